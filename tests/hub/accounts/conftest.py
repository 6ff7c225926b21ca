"""Accounts on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rookery.hub.storage.sql.database import Database
from tests.hub.accounts.world import Accounts, ManualClock


@pytest.fixture
async def accounts(database: Database) -> AsyncIterator[Accounts]:
    made = Accounts(database, ManualClock())
    yield made
    await made.sign_in.aclose()
