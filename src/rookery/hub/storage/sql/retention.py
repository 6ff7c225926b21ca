"""Finding and deleting old query trees in SQL; see `relay.store.RetentionStore`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.engine import Connection

from rookery.hub.relay.model import QueryState
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import journal, persons, queries, query_notes


class SqlRetentionStore:
    """Adapter of `RetentionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_people_with_queries(self) -> list[str]:
        # One probe of the index for each person: a `distinct` over all queries would read the whole of it.
        has_asked = select(queries.c.id).where(queries.c.person_id == persons.c.id).exists()
        async with self._database.read() as connection:
            return list((await connection.execute(select(persons.c.id).where(has_asked))).scalars())

    async def find_surplus(self, person_id: str, keep: int) -> datetime | None:
        statement = (
            select(queries.c.started_at)
            .where(queries.c.person_id == person_id, queries.c.parent_id.is_(None))
            .order_by(queries.c.started_at.desc())
            .offset(keep)
            .limit(1)
        )
        async with self._database.read() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def list_ended_roots(self, person_id: str, until: datetime, limit: int) -> list[str]:
        statement = (
            select(queries.c.id)
            .where(
                queries.c.person_id == person_id,
                queries.c.parent_id.is_(None),
                queries.c.started_at <= until,
                queries.c.state != QueryState.RUNNING.value,
            )
            .order_by(queries.c.started_at)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def delete_journal(self, root_ids: Sequence[str], limit: int) -> int:
        key = (journal.c.query_id, journal.c.first)
        members = select(queries.c.id).where(queries.c.root_id.in_(root_ids))
        some = select(*key).where(journal.c.query_id.in_(members)).limit(limit)
        return await self._database.write(
            lambda connection: connection.execute(delete(journal).where(tuple_(*key).in_(some))).rowcount
        )

    async def delete_trees(self, root_ids: Sequence[str]) -> int:
        trees = queries.c.root_id.in_(root_ids)
        members = select(queries.c.id).where(trees)

        def remove(connection: Connection) -> int:
            connection.execute(delete(journal).where(journal.c.query_id.in_(members)))
            connection.execute(delete(query_notes).where(query_notes.c.query_id.in_(members)))
            return connection.execute(delete(queries).where(trees)).rowcount

        return await self._database.write(remove)
