"""Building the requests of a platform: every field of protocol 3.2 and 3.3, as the hub sends them. Pure but for ids."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from rookery.protocol.identifiers import encode_identifier
from rookery.protocol.messages import ProtocolMessage, Sender, User
from rookery.protocol.requests import QueryRequest, describe_fault
from rookery.protocol.version import PROTOCOL_VERSION

__all__ = ["MessageLike", "build_query", "build_report", "dump_query", "new_id"]

MessageLike: TypeAlias = BaseModel | Mapping[str, Any] | tuple[str, str]
"""A message of the history: a ProtocolMessage of either SDK, its fields, or `(role, content)`."""

AttachmentLike: TypeAlias = BaseModel | Mapping[str, Any]

_OWN = {"version", "type", "query", "message_id", "bot_query_id", "access_key", "api_key"}
_LEFT_OUT = {"access_key", "api_key"}


def new_id(tag: str) -> str:
    """Gives a fresh identifier of the protocol's form (2.1)."""
    return encode_identifier(tag, secrets.token_bytes(16))


def build_query(
    text: str,
    *,
    history: Iterable[MessageLike],
    attachments: Iterable[AttachmentLike],
    parameters: Mapping[str, Any] | None,
    metadata: str | None,
    fields: Mapping[str, Any],
) -> QueryRequest:
    """Gives the query of a person's message, with fresh ids.

    `fields` are further top-level fields of the query. Raises TypeError for a field that the protocol does not have
    or that the kit fills itself, ValueError for a value that no query can hold.
    """
    for name in fields:
        if name not in QueryRequest.model_fields or name in _OWN:
            raise TypeError(f"'{name}' is no field of a query that a test can set")
    messages = [_message(message) for message in history]
    if metadata is not None:
        _give_back(metadata, messages)
    user_id = str(fields["user_id"])
    now = time.time_ns() // 1000
    last = {
        "role": "user",
        "content": text,
        "attachments": [_plain(attachment) for attachment in attachments],
        "parameters": dict(parameters or {}),
        "sender": Sender(id=user_id),
        "sender_id": user_id,
        "timestamp": now,
        "message_id": new_id("m"),
    }
    try:
        return QueryRequest.model_validate(
            {
                "version": PROTOCOL_VERSION,
                "type": "query",
                "query": [*messages, ProtocolMessage.model_validate(last)],
                "message_id": new_id("m"),
                "bot_query_id": new_id("bq"),
                "metadata": new_id("d"),
                "users": [User(id=user_id)],
                "query_creation_time": now,
                **{name: _plain(value) for name, value in fields.items()},
            }
        )
    except ValidationError as error:
        raise ValueError(f"this is no query that a platform can send: {describe_fault(error)}") from None


def dump_query(query: QueryRequest) -> dict[str, Any]:
    """Gives the body to post. Keys of the bot are no part of it."""
    return query.model_dump(mode="json", exclude=_LEFT_OUT)


def build_report(kind: str, **fields: object) -> dict[str, Any]:
    """Gives the body of any other request."""
    return {"version": PROTOCOL_VERSION, "type": kind, **fields}


def _give_back(metadata: str, messages: list[ProtocolMessage]) -> None:
    # It belongs to the bot's newest answer (protocol 3.9.6).
    for message in reversed(messages):
        if message.role == "bot":
            message.metadata = metadata
            return
    raise ValueError(
        "metadata is what the bot stored with an earlier answer: give a history that has a message of role 'bot'"
    )


def _message(message: MessageLike) -> ProtocolMessage:
    if isinstance(message, tuple):
        role, content = message
        return ProtocolMessage.model_validate({"role": role, "content": content, "message_id": new_id("m")})
    return ProtocolMessage.model_validate(_plain(message))


def _plain(value: object) -> object:
    # Models of the real SDK are no instances of ours, so both go in as plain data.
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
