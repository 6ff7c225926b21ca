"""Search in titles and messages: the one module that knows how each database does it.

SQLite has full-text tables `fts_chats` and `fts_messages` that its own triggers keep in step; PostgreSQL has GIN
indexes of the same names over `to_tsvector('simple', …)`, which read the first 100,000 characters of a message
(migration 0005). What a person types never becomes syntax: both get quoted words of letters and digits only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal_column, null, select, true, union_all
from sqlalchemy import text as sql

from rookery.hub.storage.sql.tables import chat_people, chats, messages

INDEXED_CHARACTERS = 100_000
"""As in migration 0005: PostgreSQL uses its index only for the same expression."""

_UNSPACED = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF))
"""Scripts without spaces between words, or with endings on them (Thai to Korean): searched letter by letter."""


def search(
    dialect: str, person_id: str, words: Sequence[str], limit: int, outside: ColumnElement[bool] | None
) -> Select[Any]:
    """Gives the statement for `ChatStore.search`; `outside` is true for chats that do not count."""
    mine = [chat_people.c.person_id == person_id]
    if outside is not None:
        mine.append(~outside)
    seen = chat_people.c.chat_id == chats.c.id
    found_messages = (
        select(
            chats.c.id.label("chat_id"),
            chats.c.title,
            messages.c.id.label("message_id"),
            messages.c.content.label("text"),
            messages.c.created_at.label("found_at"),
            messages.c.number.label("number"),
        )
        .select_from(messages.join(chats, chats.c.id == messages.c.chat_id).join(chat_people, seen))
        .where(*mine, _holds(dialect, "messages", messages.c.content, words))
        .order_by(messages.c.created_at.desc(), messages.c.number.desc())
        .limit(limit)
        .subquery("found_messages")
    )
    found_chats = (
        select(
            chats.c.id.label("chat_id"),
            chats.c.title,
            cast(null(), String(40)).label("message_id"),
            chats.c.title.label("text"),
            chats.c.updated_at.label("found_at"),
            chats.c.number.label("number"),
        )
        .select_from(chats.join(chat_people, seen))
        .where(*mine, _holds(dialect, "chats", chats.c.title, words))
        .order_by(chats.c.updated_at.desc(), chats.c.number.desc())
        .limit(limit)
        .subquery("found_chats")
    )
    both = union_all(select(found_messages), select(found_chats)).subquery("found")
    return select(both).order_by(both.c.found_at.desc(), both.c.number.desc()).limit(limit)


def _holds(dialect: str, table: str, column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    indexed = [word for word in words if not _is_unspaced(word)]
    conditions: list[ColumnElement[bool]] = [
        column.ilike(f"%{word}%", escape="\\") for word in words if _is_unspaced(word)
    ]
    if indexed:
        conditions.append(_sqlite(table, indexed) if dialect == "sqlite" else _postgresql(column, indexed))
    return and_(true(), *conditions)


def _sqlite(table: str, words: Sequence[str]) -> ColumnElement[bool]:
    match = " ".join(f'"{word}"*' for word in words)
    statement = sql(f"SELECT rowid FROM fts_{table} WHERE fts_{table} MATCH :match_{table}")
    number = (messages if table == "messages" else chats).c.number
    return number.in_(statement.bindparams(**{f"match_{table}": match}).columns(messages.c.number))


def _postgresql(column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    # Literals, not parameters: the planner must see the expression of the index.
    simple: ColumnElement[Any] = literal_column("'simple'")
    vector = func.to_tsvector(simple, func.left(column, literal_column(str(INDEXED_CHARACTERS))))
    return vector.op("@@")(func.to_tsquery(simple, " & ".join(f"'{word}':*" for word in words)))


def _is_unspaced(word: str) -> bool:
    return any(first <= ord(character) <= last for character in word for first, last in _UNSPACED)
