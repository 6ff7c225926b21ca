"""Bots."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

bots = Table(
    "bots",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("owner_id", String(40), ForeignKey("persons.id"), nullable=False),
    Column("description", Text, nullable=False),
    Column("url", Text),
    Column("access_key_encrypted", Text),
    Column("model", Text),
    Column("rule", String(40)),
    Column("wants_stand_ins", Boolean, nullable=False),
    Column("settings", JSON(none_as_null=True)),
    Column("settings_read_at", UtcMicroseconds),
    Column("settings_error", Text),
    Column("created_at", UtcMicroseconds, nullable=False),
)
