"""Queries and their journal."""

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
    Index("ix_queries_person_id_started_at", "person_id", "started_at"),
    Index("ix_queries_state", "state"),
)

journal = Table(
    "journal",
    metadata,
    Column("query_id", String(40), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)
