"""Bots, whom they are shared with, and how their settings changed."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Integer, String, Table, Text, false

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
    # A name, not an id: whoever takes the base's name over answers.
    Column("base_bot", String(64)),
    Column("prompt", Text, nullable=False, server_default=""),
    Column("prompt_visibility", String(20), nullable=False, server_default="private"),
    Column("suggests_replies", Boolean, nullable=False, server_default=false()),
    Column("visibility", String(20), nullable=False, server_default="public"),
)

bot_shares = Table(
    "bot_shares",
    metadata,
    Column("bot_id", String(40), ForeignKey("bots.id"), primary_key=True),
    Column("person_id", String(40), ForeignKey("persons.id"), primary_key=True),
)

settings_changes = Table(
    "settings_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("bot_id", String(40), ForeignKey("bots.id"), nullable=False, index=True),
    Column("changed_at", UtcMicroseconds, nullable=False),
    Column("source", String(20), nullable=False),
    Column("differences", JSON, nullable=False),
)
