"""The database: migrations lead to the tables, one writer for all, failures come back as sentences."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection

from rookery.hub.accounts.model import Person
from rookery.hub.errors import StorageFailed
from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import is_table_of_ours, metadata, persons

MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'test.db'}"


async def test_the_migrations_lead_to_the_tables(database: Database) -> None:

    options = {"compare_type": True, "include_name": is_table_of_ours}

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await database.write(differences) == []


async def test_starting_twice_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        database = Database(database_url)
        await database.start()
        await database.aclose()


async def test_moments_come_back_to_the_microsecond(database: Database) -> None:
    store = SqlAccountStore(database)
    await store.save_person(Person("p-1", "Anna", "owner", MOMENT))
    owner = await store.find_owner()
    assert owner is not None
    assert owner.created_at == MOMENT


async def test_an_operation_that_fails_takes_no_other_with_it(database: Database) -> None:
    store = SqlAccountStore(database)
    people = [Person(f"p-{i % 5}", f"x{i % 5}", "member", MOMENT) for i in range(10)]
    results = await asyncio.gather(*(store.save_person(person) for person in people), return_exceptions=True)
    assert sum(isinstance(result, StorageFailed) for result in results) == 5
    async with database.read() as connection:
        assert len((await connection.execute(select(persons))).all()) == 5


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(StorageFailed):
        async with database.read() as connection:
            await connection.execute(insert(persons).values(id="p", name="n", role="r", created_at=MOMENT))


async def test_a_mistake_in_an_operation_comes_back_and_the_writer_goes_on(database: Database) -> None:

    def mistaken(_: object) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await database.write(mistaken)
    store = SqlAccountStore(database)
    await store.save_person(Person("p-1", "Anna", "owner", MOMENT))


async def test_what_is_queued_is_written_before_closing(database_url: str) -> None:
    database = Database(database_url)
    await database.start()
    store = SqlAccountStore(database)
    saving = [asyncio.create_task(store.save_person(Person(f"p-{i}", f"x{i}", "member", MOMENT))) for i in range(200)]
    await asyncio.sleep(0)
    await database.aclose()
    await asyncio.gather(*saving)
    with pytest.raises(StorageFailed, match="closed"):
        await store.save_person(Person("p-late", "x", "member", MOMENT))


async def test_a_full_disk_is_a_sentence_and_not_a_crash(tmp_path: Path) -> None:
    database = Database(url(tmp_path))
    await database.start()

    def shrink(connection: Connection) -> None:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await database.write(shrink)  # SQLite then answers as it does on a full disk
    store = SqlAccountStore(database)
    results: list[object] = []
    for batch in range(40):
        people = [Person(f"p-{batch}-{i}", f"{batch}-{i}" + "x" * 80, "member", MOMENT) for i in range(50)]
        results += await asyncio.gather(*(store.save_person(person) for person in people), return_exceptions=True)
    failures = [result for result in results if isinstance(result, StorageFailed)]
    assert failures
    assert all("full" in failure.message for failure in failures)
    async with database.read() as connection:
        kept = len((await connection.execute(select(persons))).all())
    assert kept == len(results) - len(failures)
    await database.aclose()
