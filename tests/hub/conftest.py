"""Fixtures: a fresh hub on a real socket for every test, and databases of both kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.databases import database, database_url, new_postgresql_url
from tests.support.hub import RunningHub, running_hub

__all__ = ["database", "database_url", "new_postgresql_url"]


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(tmp_path / "data") as running:
        yield running
