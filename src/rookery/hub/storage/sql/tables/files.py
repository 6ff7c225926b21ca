"""Files and who holds them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table, Text

from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.types import UtcMicroseconds

files = Table(
    "files",
    metadata,
    Column("id", String(40), primary_key=True),
    # No foreign key: a file outlives the account of its owner while somebody's message shows it.
    Column("owner_id", String(40), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False, index=True),
    Column("created_at", UtcMicroseconds, nullable=False, index=True),
)

file_holds = Table(
    "file_holds",
    metadata,
    Column("holder", String(100), primary_key=True),
    Column("file_id", String(40), ForeignKey("files.id"), primary_key=True, index=True),
)
