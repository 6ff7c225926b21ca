"""What was found in files."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

# No foreign key to the files: several share their bytes, and what is kept belongs to the bytes.
file_texts = Table(
    "file_texts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("form", String(100), primary_key=True),
    Column("parser", Integer, nullable=False),
    Column("text", Text),
    Column("facts", JSON(none_as_null=True)),
    Column("trouble", Text),
    Column("cause", String(20)),
    Column("read_at", UtcMicroseconds, nullable=False),
)
