"""Old exchanges go, in small steps, and nothing else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.engine import Connection

from rookery.hub.accounts.model import Person
from rookery.hub.relay.retention import PARTS, Retention
from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.retention import SqlRetentionStore
from rookery.hub.storage.sql.tables import journal, queries, query_notes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FixedClock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    await database.start()
    store = SqlAccountStore(database)
    for name in ("anna", "ben"):
        await store.save_person(Person(name, name, "member", NOW))
    yield database
    await database.aclose()


def retention(database: Database, **bounds: Any) -> Retention:
    keeping = {"keep_for": timedelta(days=30), "keep_most": 10_000, "breath_s": 0.0, **bounds}
    return Retention(SqlRetentionStore(database), FixedClock(), **keeping)


async def fill(database: Database, person: str, ages: list[timedelta], *, parts: int = 3, state: str = "done") -> None:
    """Adds a tree of two queries for each age, with journal and notes."""
    rows: dict[Any, list[dict[str, Any]]] = {queries: [], journal: [], query_notes: []}
    for number, age in enumerate(ages):
        root = f"{person}-{number}-{state}"
        for query_id, parent in ((root, None), (f"{root}-below", root)):
            rows[queries].append(
                {
                    "id": query_id,
                    "root_id": root,
                    "parent_id": parent,
                    "depth": 0 if parent is None else 1,
                    "bot_id": "b",
                    "bot_name": "B",
                    "person_id": person,
                    "conversation_id": "c",
                    "message_id": f"m-{query_id}",
                    "request": {"query": []},
                    "state": state,
                    "started_at": NOW - age,
                }
            )
            part = {"query_id": query_id, "count": 1, "payload": b"x" * 100, "marks": [[1, 2]]}
            rows[journal] += [{**part, "first": first} for first in range(1, parts + 1)]
            note = {"query_id": query_id, "number": 1, "kind": "report", "at": NOW, "text": "t"}
            rows[query_notes].append(note)

    def add(connection: Connection) -> None:
        for table, values in rows.items():
            connection.execute(insert(table), values)

    await database.write(add)


async def count(database: Database, table: Any = queries) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_only_what_is_older_than_allowed_goes_with_all_that_belongs_to_it(database: Database) -> None:
    await fill(database, "anna", [timedelta(days=day) for day in (0, 29, 31, 400)])
    await fill(database, "ben", [timedelta(days=31)])
    assert await retention(database).clean() == 6
    assert await count(database) == 4
    assert await count(database, journal) == 12
    assert await count(database, query_notes) == 4
    assert await retention(database).clean() == 0


async def test_each_person_keeps_so_many_of_the_newest(database: Database) -> None:
    await fill(database, "anna", [timedelta(hours=hour) for hour in range(10)])
    await fill(database, "ben", [timedelta(hours=hour) for hour in range(3)])
    await retention(database, keep_most=4).clean()
    async with database.read() as connection:
        kept = (await connection.execute(select(queries.c.id).where(queries.c.parent_id.is_(None)))).scalars().all()
    assert sorted(kept) == [f"anna-{i}-done" for i in range(4)] + [f"ben-{i}-done" for i in range(3)]


async def test_what_runs_stays(database: Database) -> None:
    await fill(database, "anna", [timedelta(days=31)], state="running")
    assert await retention(database).clean() == 0
    assert await count(database) == 2


async def test_a_large_table_is_cleaned_while_others_write(database: Database) -> None:
    await fill(database, "anna", [timedelta(days=31, minutes=i) for i in range(3000)], parts=2)
    await fill(database, "ben", [timedelta(days=31)], parts=5 * PARTS)
    cleaning = asyncio.create_task(retention(database).clean())
    written_meanwhile = 0
    while not cleaning.done():
        # A write is served between two steps, long before the cleaning is over.
        await fill(database, "ben", [timedelta(seconds=written_meanwhile)], state=f"new{written_meanwhile}")
        written_meanwhile += 1
    assert await cleaning == 6002
    assert written_meanwhile > 50
    assert await count(database) == 2 * written_meanwhile
    assert await count(database, journal) == 6 * written_meanwhile


async def test_the_journal_of_a_person_with_thousands_of_messages_is_found_by_the_index(database: Database) -> None:
    await fill(database, "anna", [timedelta(days=1)])
    plans: list[str] = []

    def explain(connection: Connection) -> None:
        statement = (
            "EXPLAIN QUERY PLAN SELECT started_at FROM queries WHERE person_id = 'anna' AND parent_id IS NULL "
            "ORDER BY started_at DESC LIMIT 1 OFFSET 10000"
        )
        plans.extend(str(row) for row in connection.exec_driver_sql(statement))

    await database.write(explain)
    assert len(plans) == 1
    assert "USING COVERING INDEX ix_queries_person_id_parent_id_started_at" in plans[0]
