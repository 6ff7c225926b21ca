"""The tables as they are now. Migrations in `migrations/versions` lead here; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from rookery.hub.storage.sql.types import UtcMicroseconds

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
