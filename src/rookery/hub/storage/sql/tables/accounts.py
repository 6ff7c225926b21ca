"""People and API keys."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

persons = Table(
    "persons",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", UtcMicroseconds, nullable=False),
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
