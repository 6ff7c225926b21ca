"""What all tables share: one metadata, one way of naming constraints."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SEARCH_PREFIX = "fts_"
"""Search indexes and the tables that SQLite keeps for them are made by hand, one way per database."""


def is_table_of_ours(name: str | None, kind: str, _: object) -> bool:
    """Tells Alembic (`include_name`) what to compare with this metadata: all but the search indexes."""
    return kind not in {"table", "index"} or not (name or "").startswith(SEARCH_PREFIX)
