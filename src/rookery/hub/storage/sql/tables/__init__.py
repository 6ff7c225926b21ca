"""The tables as they are now, a module for each feature. Migrations in `migrations/versions` lead here; a test compares
the two.
"""

from __future__ import annotations

from rookery.hub.storage.sql.tables.accounts import api_keys, persons, sessions, sign_in_links
from rookery.hub.storage.sql.tables.base import is_table_of_ours, metadata
from rookery.hub.storage.sql.tables.bots import bot_shares, bots, settings_changes
from rookery.hub.storage.sql.tables.chats import chat_bots, chat_people, chats, feedback, messages, reactions
from rookery.hub.storage.sql.tables.files import file_holds, files
from rookery.hub.storage.sql.tables.parsing import file_texts
from rookery.hub.storage.sql.tables.relay import journal, queries, query_notes

__all__ = [
    "api_keys",
    "bot_shares",
    "bots",
    "chat_bots",
    "chat_people",
    "chats",
    "feedback",
    "file_holds",
    "file_texts",
    "files",
    "is_table_of_ours",
    "journal",
    "messages",
    "metadata",
    "persons",
    "queries",
    "query_notes",
    "reactions",
    "sessions",
    "settings_changes",
    "sign_in_links",
]
