"""People, their API keys, sign-in links and sessions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

persons = Table(
    "persons",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(100), nullable=False),
    # Null once the person is removed: the name is free again.
    Column("name_key", String(100)),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),
    Column("created_at", UtcMicroseconds, nullable=False),
    Column("signed_in_at", UtcMicroseconds),
    Column("removed_at", UtcMicroseconds),
    # An index, not a constraint: SQLite cannot add a constraint to a table that others refer to.
    Index("ix_persons_name_key", "name_key", unique=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("shown_prefix", String(20), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("bot_name", String(64)),
    Column("created_at", UtcMicroseconds, nullable=False),
    Column("expires_at", UtcMicroseconds),
    Column("revoked_at", UtcMicroseconds),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), nullable=False, index=True),
    Column("created_at", UtcMicroseconds, nullable=False),
    Column("expires_at", UtcMicroseconds, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("began_by", String(20), nullable=False),
    Column("created_at", UtcMicroseconds, nullable=False),
    Column("seen_at", UtcMicroseconds, nullable=False),
    Column("expires_at", UtcMicroseconds, nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(64), nullable=False),
)
