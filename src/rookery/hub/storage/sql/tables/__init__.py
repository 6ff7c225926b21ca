"""The tables as they are now, a module for each feature. Migrations in `migrations/versions` lead here; a test compares
the two.
"""

from __future__ import annotations

from rookery.hub.storage.sql.tables.accounts import api_keys, persons, sessions, sign_in_links
from rookery.hub.storage.sql.tables.base import metadata
from rookery.hub.storage.sql.tables.bots import bot_shares, bots, settings_changes
from rookery.hub.storage.sql.tables.relay import journal, queries

__all__ = [
    "api_keys",
    "bot_shares",
    "bots",
    "journal",
    "metadata",
    "persons",
    "queries",
    "sessions",
    "settings_changes",
    "sign_in_links",
]
