"""Queries, their journal, and what happened beside it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

queries = Table(
    "queries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("root_id", String(40), nullable=False, index=True),
    Column("parent_id", String(40)),
    Column("depth", Integer, nullable=False),
    # No foreign key: a query outlives the bot that answered it.
    Column("bot_id", String(40), nullable=False),
    Column("bot_name", String(64), nullable=False),
    Column("person_id", String(40), ForeignKey("persons.id"), nullable=False),
    Column("conversation_id", String(64), nullable=False),
    Column("message_id", String(40), nullable=False, index=True),
    Column("request", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("started_at", UtcMicroseconds, nullable=False),
    Column("ended_at", UtcMicroseconds),
    Column("text", Text),
    Column("error", Text),
    # Lists of a person's own messages, counting them and finding the old ones read this index alone.
    Index("ix_queries_person_id_parent_id_started_at", "person_id", "parent_id", "started_at"),
    Index("ix_queries_state", "state"),
)

journal = Table(
    "journal",
    metadata,
    Column("query_id", String(40), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # [[number of a batch's first event, microseconds since the query began], …]
    Column("marks", JSON(none_as_null=True)),
)

query_notes = Table(
    "query_notes",
    metadata,
    Column("query_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("at", UtcMicroseconds, nullable=False),
    Column("text", Text, nullable=False),
    Column("code", String(64)),
    Column("bot", String(100)),
    Column("detail", JSON(none_as_null=True)),
)
