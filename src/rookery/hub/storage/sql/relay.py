"""Queries and journals in SQL; see `relay.store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from rookery.hub.relay.model import QueryRecord, QueryState
from rookery.hub.relay.store import JournalPart, QueryEnding
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import journal, queries

# Built once: every query runs them, and building a statement costs as much as running it.
_ADD_QUERY = insert(queries)
_ADD_JOURNAL = insert(journal)
_FINISH = (
    update(queries)
    .where(queries.c.id == bindparam("query_id"))
    .values({name: bindparam(name) for name in ("state", "ended_at", "text", "error")})
)


class SqlRelayStore:
    """Adapter of `RelayStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_query(self, record: QueryRecord) -> None:
        columns = _values(record)
        await self._database.write(lambda connection: connection.execute(_ADD_QUERY, columns))

    async def save_request(self, query_id: str, request: dict[str, Any]) -> None:
        statement = update(queries).where(queries.c.id == query_id).values(request=request)
        await self._database.write(lambda connection: connection.execute(statement))

    async def finish_query(self, ending: QueryEnding, last: JournalPart | None) -> None:
        values = _values(ending)

        def finish(connection: Connection) -> None:
            if last is not None:
                connection.execute(_ADD_JOURNAL, [_values(last)])
            connection.execute(_FINISH, values)

        await self._database.write(finish)

    async def append_journal(self, parts: Sequence[JournalPart]) -> None:
        rows = [_values(part) for part in parts]
        await self._database.write(lambda connection: connection.execute(_ADD_JOURNAL, rows))

    async def read_journal(self, query_id: str, after: int) -> list[JournalPart]:
        statement = (
            select(journal)
            .where(journal.c.query_id == query_id, journal.c.first + journal.c.count > after)
            .order_by(journal.c.first)
        )
        async with self._database.read() as connection:
            return [
                JournalPart(row.query_id, row.first, row._mapping["count"], row.payload)
                for row in await connection.execute(statement)
            ]

    async def find_query(self, reference: str) -> QueryRecord | None:
        statement = select(queries).where(or_(queries.c.id == reference, queries.c.message_id == reference)).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return _record(row) if row is not None else None

    async def list_tree(self, root_id: str) -> list[QueryRecord]:
        statement = select(queries).where(queries.c.root_id == root_id).order_by(queries.c.started_at, queries.c.depth)
        async with self._database.read() as connection:
            return [_record(row) for row in await connection.execute(statement)]

    async def interrupt_running(self, ended_at: datetime, error: str) -> int:
        statement = (
            update(queries)
            .where(queries.c.state == QueryState.RUNNING.value)
            .values(state=QueryState.INTERRUPTED.value, ended_at=ended_at, error=error)
        )
        result = await self._database.write(lambda connection: connection.execute(statement))
        return result.rowcount


def _values(item: QueryRecord | QueryEnding | JournalPart) -> dict[str, Any]:
    """Gives a value's fields as columns; `dataclasses.asdict` would copy every value below it too."""
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    if "state" in values:
        values["state"] = values["state"].value
    return values


def _record(row: Row[Any]) -> QueryRecord:
    columns = dict(row._mapping)
    columns["state"] = QueryState(columns["state"])
    return QueryRecord(**columns)
