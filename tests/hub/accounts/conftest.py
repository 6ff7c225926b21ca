"""Accounts on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rookery.hub.storage.sql.database import Database
from tests.hub.accounts.world import Accounts, ManualClock


@pytest.fixture
def accounts(database: Database) -> Iterator[Accounts]:
    made = Accounts(database, ManualClock())
    yield made
    made.sign_in.close()
