"""Building the request that goes to a bot: complete, with nothing that the bot must not see (protocol 3.4, 5.1.6).

Pure. Ids, user and users come from what the hub knows, never from the body of the caller (design 4, rule 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from rookery.hub.errors import BadInput
from rookery.protocol.history import alternate_roles
from rookery.protocol.messages import MessageReaction, ProtocolMessage, Sender
from rookery.protocol.requests import QueryRequest, describe_fault
from rookery.protocol.version import PROTOCOL_VERSION

_IDS = ("user_id", "conversation_id", "message_id")
_HINTS = {
    "temperature",
    "skip_system_prompt",
    "logit_bias",
    "stop_sequences",
    "language_code",
    "adopt_current_bot_name",
    "tools",
    "tool_calls",
    "tool_results",
    "extra_params",
}


@dataclass(frozen=True, slots=True)
class ChatUser:
    """A person in a chat."""

    person_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ChatView:
    """What only the hub's own chats may say with a query; of programs and bots it would not be believed.

    The messages of such a query have person ids as `sender.id` and as `user_id` of reactions, and carry the metadata
    which the asked bot itself left with its answers.
    """

    users: tuple[ChatUser, ...] = ()
    owner_id: str | None = None
    """Whose chat it is: all its people ask in one conversation, so bots see one pseudonym of it. None: the asker's."""


@dataclass(frozen=True, slots=True)
class QueryIds:
    """Who and what a query is, as one bot sees it."""

    bot_query_id: str
    message_id: str
    user_id: str
    conversation_id: str
    metadata: str
    created_at_us: int
    users: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Person id of everybody in the chat to pseudonym and name; empty without a chat."""
    is_from_chat: bool = False


def restore_people(query: QueryRequest, people: Mapping[str, str]) -> QueryRequest:
    """Gives the query with the ids of people in place of the pseudonyms that one bot sees."""
    if not people:
        return query
    return query.model_copy(update={"query": [_restore_message(message, people) for message in query.query]})


def _restore_message(message: ProtocolMessage, people: Mapping[str, str]) -> ProtocolMessage:
    referenced = _restore_message(message.referenced_message, people) if message.referenced_message else None
    sender = message.sender
    if sender is not None and sender.id is not None:
        sender = Sender(id=people.get(sender.id, sender.id), name=sender.name)
    return message.model_copy(
        update={
            "sender": sender,
            "reactions": [
                MessageReaction(user_id=people.get(each.user_id, each.user_id), reaction=each.reaction)
                for each in message.reactions
            ],
            "referenced_message": referenced,
        }
    )


def parse_query(body: object) -> QueryRequest:
    """Reads a caller's query. Ids may be absent or empty: persons have none (protocol 2.1).

    Raises BadInput with one sentence that names the field.
    """
    if not isinstance(body, Mapping):
        raise BadInput("invalid_body", "The body must be a JSON object.")
    given = {key: value for key, value in body.items() if value is not None}
    defaults = {"version": PROTOCOL_VERSION, "type": "query", **dict.fromkeys(_IDS, "")}
    try:
        query = QueryRequest.model_validate({**defaults, **given})
    except ValidationError as error:
        raise BadInput("invalid_body", f"The query is not valid: {describe_fault(error)}.") from None
    if not query.query:
        raise BadInput("empty_query", "The query holds no message.", "Put at least one message into 'query'.")
    return query


def build_query(
    query: QueryRequest, ids: QueryIds, *, history_messages: int, alternates_roles: bool = False
) -> dict[str, Any]:
    """Gives the body to post: every field of protocol 3.2, null only where a bot's model accepts it."""
    messages = query.query[-history_messages:]
    if alternates_roles:
        messages = alternate_roles(messages)
    return {
        "version": PROTOCOL_VERSION,
        "type": "query",
        "query": [
            _build_message(message, ids, is_last=number == len(messages))
            for number, message in enumerate(messages, start=1)
        ],
        "user_id": ids.user_id,
        "conversation_id": ids.conversation_id,
        "message_id": ids.message_id,
        "metadata": ids.metadata,
        "bot_query_id": ids.bot_query_id,
        "users": [{"id": user, "name": name} for user, name in ids.users.values()]
        or [{"id": ids.user_id, "name": None}],
        "query_creation_time": ids.created_at_us,
        **query.model_dump(mode="json", include=_HINTS),
    }


def has_attachments(body: Mapping[str, Any]) -> bool:
    """Tells whether any message of a built query has a file; most have none, and then nothing has to be prepared."""
    return any(_has_attachments(message) for message in body["query"])


def _has_attachments(message: Mapping[str, Any] | None) -> bool:
    return message is not None and bool(message["attachments"] or _has_attachments(message["referenced_message"]))


def _build_message(message: ProtocolMessage, ids: QueryIds, *, is_last: bool) -> dict[str, Any]:
    body = message.model_dump(
        mode="json", exclude={"referenced_message", "metadata", "sender", "sender_id", "reactions"}
    )
    referenced = message.referenced_message
    sender = _build_sender(message, ids)
    body["sender"] = sender.model_dump() if sender else None
    body["sender_id"] = sender.id if sender else None
    body["reactions"] = [{"user_id": _user_id(r.user_id, ids), "reaction": r.reaction} for r in message.reactions]
    # What one bot stored with its answer is never shown to another (protocol 3.9.6, 5.1.6); chats know whose it is.
    body["metadata"] = message.metadata if ids.is_from_chat else None
    body["referenced_message"] = _build_message(referenced, ids, is_last=False) if referenced else None
    if is_last and not body["timestamp"]:
        body["timestamp"] = ids.created_at_us
    return body


def _build_sender(message: ProtocolMessage, ids: QueryIds) -> Sender | None:
    # A caller's pseudonym of a person would let two bots compare notes, so every hop gets its own (O2).
    name = message.sender.name if message.sender else None
    if message.role == "user":
        return Sender(id=_user_id(message.sender.id if message.sender else None, ids), name=name)
    return Sender(id=None, name=name) if name else None


def _user_id(person_id: str | None, ids: QueryIds) -> str:
    return ids.users.get(person_id or "", (ids.user_id, None))[0]


def limit_headers(depth: int, remaining_s: float) -> dict[str, str]:
    """Gives the headers that tell a bot what is left of its tree's limits."""
    return {"X-Rookery-Depth": str(depth), "X-Rookery-Deadline-Ms": str(max(0, int(remaining_s * 1000)))}


def trace_header(trace: str, span: str) -> dict[str, str]:
    """Gives the W3C header by which a bot's spans join the tree's trace.

    `trace` and `span` are pseudonyms of the root query and of this one: ids that a bot could use are not given away.
    """
    return {"traceparent": f"00-{trace[-32:]}-{span[-16:]}-01"}
