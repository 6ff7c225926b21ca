"""What a record of a query does not show: a private prompt, and whatever below it may repeat that prompt.

Pure. The query itself is sent whole; only `QueryRecord.request`, which the person who asked can read, shows less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.messages import MessageReaction, ProtocolMessage, Sender
from rookery.protocol.requests import QueryRequest

HIDDEN = "[Not shown: below a bot with a private prompt.]"


def hide_prompt(live: LiveQuery, shown: QueryRequest) -> None:
    """Makes the record show the messages of `shown` instead of those that are sent."""
    _show(live, [message.model_dump(mode="json") for message in shown.query])


def hide_messages(live: LiveQuery) -> None:
    """Makes the record show no messages: a bot below may have put the prompt into any of them."""
    live.hides_prompt = True
    _show(live, [ProtocolMessage(role="system", content=HIDDEN).model_dump(mode="json")])


def _show(live: LiveQuery, messages: list[dict[str, Any]]) -> None:
    live.body = live.record.request
    live.record = replace(live.record, request={**live.record.request, "query": messages})


def restore_people(query: QueryRequest, people: Mapping[str, str]) -> QueryRequest:
    """Gives the query with the ids of people in place of the pseudonyms that one bot sees."""
    if not people:
        return query
    return query.model_copy(update={"query": [_restore(message, people) for message in query.query]})


def _restore(message: ProtocolMessage, people: Mapping[str, str]) -> ProtocolMessage:
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
            "referenced_message": _restore(message.referenced_message, people) if message.referenced_message else None,
        }
    )
