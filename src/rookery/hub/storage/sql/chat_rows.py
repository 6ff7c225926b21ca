"""Rows of chats and messages to values and back, and the walk up a path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, literal, select
from sqlalchemy.engine import Row

from rookery.hub.chats.model import AnswerResult, Chat, ChatPerson, Feedback, Message, MessageFile, Reaction
from rookery.hub.chats.store import NewPair
from rookery.hub.files.model import StoredFile
from rookery.hub.relay.model import QueryState
from rookery.hub.storage.sql.tables import messages

_SAME = (
    "id", "chat_id", "parent_id", "role", "kind", "person_id", "bot_id", "bot_name", "content", "content_type",
    "metadata", "error", "query_id", "reply_to", "context", "created_at",
)  # fmt: skip


def chat_columns(chat: Chat) -> dict[str, Any]:
    """Gives what is kept of a chat itself."""
    names = ("id", "owner_id", "title", "bot_name", "leaf_id", "context", "created_at", "updated_at")
    return {name: getattr(chat, name) for name in names}


def chat(row: Row[Any], people: Sequence[ChatPerson], bots: Sequence[str]) -> Chat:
    """Gives a chat as the person sees it whose membership is in the row."""
    return Chat(
        id=row.id,
        owner_id=row.owner_id,
        title=row.title,
        bot_name=row.bot_name,
        leaf_id=row.leaf_id,
        context=row.context,
        created_at=row.created_at,
        updated_at=row.updated_at,
        people=tuple(people),
        bots=tuple(bots),
        is_pinned=row.is_pinned,
        is_archived=row.is_archived,
    )


def message_columns(message: Message) -> dict[str, Any]:
    """Gives a message as columns."""
    return {
        **{name: getattr(message, name) for name in _SAME},
        "state": message.state.value,
        "parameters": dict(message.parameters),
        **_lists(message),
    }


def result_columns(result: AnswerResult) -> dict[str, Any]:
    """Gives what an answer came to as columns of its message."""
    names = ("error", "content", "content_type", "metadata")
    return {"state": result.state.value, **{name: getattr(result, name) for name in names}, **_lists(result)}


def _lists(item: Message | AnswerResult) -> dict[str, Any]:
    return {
        "attachments": [_file_json(file) for file in item.attachments],
        "suggested_replies": list(item.suggested_replies),
        "alternatives": {str(index): text for index, text in item.alternatives.items()},
        "notices": list(item.notices),
    }


def message(row: Row[Any], reactions: Sequence[Reaction], feedback: Sequence[Feedback]) -> Message:
    """Gives a message with what people thought of it."""
    columns = row._mapping
    return Message(
        **{name: columns[name] for name in _SAME},
        state=QueryState(columns["state"]),
        attachments=tuple(_file(item) for item in columns["attachments"]),
        parameters=columns["parameters"],
        suggested_replies=tuple(columns["suggested_replies"]),
        alternatives={int(index): text for index, text in columns["alternatives"].items()},
        notices=tuple(columns["notices"]),
        reactions=tuple(reactions),
        feedback=tuple(feedback),
    )


def _file_json(item: MessageFile) -> dict[str, Any]:
    body: dict[str, Any] = {"name": item.name, "content_type": item.content_type, "inline_ref": item.inline_ref}
    if item.file is None:
        return {**body, "url": item.url}
    # All of the stored file: a link is made from it without looking each file of a long chat up.
    kept = item.file
    return {
        **body,
        "file_id": kept.id,
        "owner_id": kept.owner_id,
        "size": kept.size,
        "digest": kept.digest,
        "file_created_at": kept.created_at.isoformat(),
    }


def _file(body: Mapping[str, Any]) -> MessageFile:
    file = None
    if "file_id" in body:
        created_at = datetime.fromisoformat(body["file_created_at"])
        file = StoredFile(
            id=body["file_id"],
            owner_id=body["owner_id"],
            name=body["name"],
            content_type=body["content_type"],
            size=body["size"],
            digest=body["digest"],
            created_at=created_at,
        )
    return MessageFile(body["name"], body["content_type"], file, body.get("url"), body["inline_ref"])


def place_pair(pair: NewPair, leaf_id: str | None, context: int) -> tuple[Message | None, Message]:
    """Gives question and answer at their place in the tree."""
    if not pair.at_leaf:
        return pair.question, pair.answer
    if pair.question is None:
        return None, replace(pair.answer, parent_id=leaf_id, context=context)
    return replace(pair.question, parent_id=leaf_id, context=context), replace(pair.answer, context=context)


def path_above(chat_id: str, leaf_id: str, limit: int) -> CTE:
    """Gives `id` and `height` (0 for the leaf) of a leaf and what is above it, at most `limit` messages."""
    leaf = (
        select(messages.c.id, messages.c.parent_id, literal(0).label("height"))
        .where(messages.c.id == leaf_id, messages.c.chat_id == chat_id)
        .cte("path", recursive=True)
    )
    above = (
        select(messages.c.id, messages.c.parent_id, leaf.c.height + 1)
        .join(leaf, messages.c.id == leaf.c.parent_id)
        .where(leaf.c.height < limit - 1)
    )
    return leaf.union_all(above)
