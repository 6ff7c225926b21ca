"""Chats, who is in them, their messages, and what people thought of the answers.

The search indexes (`fts_…`) are no tables of this module: they differ between databases, see `chat_search.py`.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

chats = Table(
    "chats",
    metadata,
    # The order of making; SQLite's full-text index needs a whole number that stays.
    Column("number", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("owner_id", String(40), ForeignKey("persons.id"), nullable=False, index=True),
    Column("title", String(200), nullable=False),
    Column("bot_name", String(64), nullable=False),
    Column("leaf_id", String(40)),
    Column("context", Integer, nullable=False),
    Column("contexts", Integer, nullable=False),
    Column("created_at", UtcMicroseconds, nullable=False),
    Column("updated_at", UtcMicroseconds, nullable=False),
)

chat_people = Table(
    "chat_people",
    metadata,
    Column("chat_id", String(40), ForeignKey("chats.id"), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), primary_key=True, index=True),
    # Pinning and archiving are one person's own order, not everybody's.
    Column("is_pinned", Boolean, nullable=False),
    Column("is_archived", Boolean, nullable=False),
    Column("added_at", UtcMicroseconds, nullable=False),
)

chat_bots = Table(
    "chat_bots",
    metadata,
    Column("chat_id", String(40), ForeignKey("chats.id"), primary_key=True),
    Column("bot_key", String(64), primary_key=True),
    Column("bot_name", String(64), nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("chat_id", String(40), ForeignKey("chats.id"), nullable=False),
    Column("parent_id", String(40)),
    Column("role", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("person_id", String(40), ForeignKey("persons.id")),
    # No foreign key: a message outlives the bot that wrote it.
    Column("bot_id", String(40)),
    Column("bot_name", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("content_type", String(40), nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("suggested_replies", JSON, nullable=False),
    Column("alternatives", JSON, nullable=False),
    Column("notices", JSON, nullable=False),
    Column("metadata", Text),
    Column("state", String(20), nullable=False),
    Column("error", Text),
    Column("query_id", String(40)),
    Column("reply_to", String(40)),
    Column("context", Integer, nullable=False),
    Column("created_at", UtcMicroseconds, nullable=False),
    Index("ix_messages_chat_id_parent_id", "chat_id", "parent_id"),
    Index("ix_messages_state", "state"),
)

reactions = Table(
    "reactions",
    metadata,
    Column("message_id", String(40), ForeignKey("messages.id"), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), primary_key=True),
    Column("reaction", String(32), primary_key=True),
    Column("created_at", UtcMicroseconds, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("message_id", String(40), ForeignKey("messages.id"), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), primary_key=True),
    Column("type", String(10), nullable=False),
    Column("reason", Text),
    Column("created_at", UtcMicroseconds, nullable=False),
)
