"""Queries and journals in SQL; see `relay.store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from rookery.hub.relay.model import NoteKind, QueryNote, QueryRecord, QueryState
from rookery.hub.relay.store import JournalBeginning, JournalPart, QueryEnding, QueryFilter
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import journal, queries, query_notes

# Built once: every query runs them, and building a statement costs as much as running it.
_ADD_QUERY = insert(queries)
_ADD_JOURNAL = insert(journal)
_ADD_NOTE = insert(query_notes)
_SUMMARY: list[Any] = [column for column in queries.c if column.name != "request"]
_EXCERPT_CHARACTERS = 200
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

    async def read_journal(self, query_id: str, after: int, until: int | None = None) -> list[JournalPart]:
        statement = (
            select(journal)
            .where(journal.c.query_id == query_id, journal.c.first + journal.c.count > after)
            .order_by(journal.c.first)
        )
        if until is not None:
            statement = statement.where(journal.c.first <= until)
        async with self._database.read() as connection:
            return [
                JournalPart(row.query_id, row.first, row._mapping["count"], row.payload, _marks(row.marks))
                for row in await connection.execute(statement)
            ]

    async def read_beginnings(self, query_ids: Sequence[str]) -> dict[str, JournalBeginning]:
        own = journal.c.query_id.in_(query_ids)
        size = func.sum(journal.c.count).label("size")
        sizes = select(journal.c.query_id, size).where(own).group_by(journal.c.query_id)
        firsts = select(journal.c.query_id, journal.c.marks).where(own, journal.c.first == 1)
        async with self._database.read() as connection:
            marks = {row.query_id: _marks(row.marks) for row in await connection.execute(firsts)}
            return {
                row.query_id: JournalBeginning(int(row.size), next(iter(marks.get(row.query_id, ())), None))
                for row in await connection.execute(sizes)
            }

    async def add_note(self, note: QueryNote, *, most: int) -> None:
        values = _values(note)
        count = select(func.count()).select_from(query_notes).where(query_notes.c.query_id == note.query_id)

        def add(connection: Connection) -> None:
            number = connection.execute(count).scalar_one()
            if number < most:
                connection.execute(_ADD_NOTE, {**values, "number": number + 1})

        await self._database.write(add)

    async def read_notes(self, query_ids: Sequence[str]) -> list[QueryNote]:
        statement = (
            select(query_notes)
            .where(query_notes.c.query_id.in_(query_ids))
            .order_by(query_notes.c.at, query_notes.c.number)
        )
        async with self._database.read() as connection:
            return [_note(row) for row in await connection.execute(statement)]

    async def list_roots(self, person_id: str, which: QueryFilter, limit: int) -> list[QueryRecord]:
        columns = [column for column in _SUMMARY if column.name != "text"]
        excerpt = func.substr(queries.c.text, 1, _EXCERPT_CHARACTERS).label("text")
        statement = (
            select(*columns, excerpt)
            .where(queries.c.person_id == person_id, queries.c.parent_id.is_(None))
            .order_by(queries.c.started_at.desc())
            .limit(limit)
        )
        if which.bot_name is not None:
            statement = statement.where(func.lower(queries.c.bot_name) == which.bot_name.lower())
        if which.state is not None:
            statement = statement.where(queries.c.state == which.state.value)
        if which.before is not None:
            statement = statement.where(queries.c.started_at < which.before)
        async with self._database.read() as connection:
            return [_record(row) for row in await connection.execute(statement)]

    async def find_query(self, reference: str) -> QueryRecord | None:
        statement = select(queries).where(or_(queries.c.id == reference, queries.c.message_id == reference)).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return _record(row) if row is not None else None

    async def list_tree(self, root_id: str) -> list[QueryRecord]:
        own = queries.c.root_id == root_id
        statement = select(*_SUMMARY).where(own).order_by(queries.c.started_at, queries.c.depth)
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


def _values(item: QueryRecord | QueryEnding | JournalPart | QueryNote) -> dict[str, Any]:
    """Gives a value's fields as columns; `dataclasses.asdict` would copy every value below it too."""
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    for name in ("state", "kind"):
        if name in values:
            values[name] = values[name].value
    return values


def _record(row: Any) -> QueryRecord:
    columns = dict(row._mapping)
    columns["state"] = QueryState(columns["state"])
    return QueryRecord(**{"request": {}, **columns})


def _marks(stored: Any) -> list[tuple[int, int]]:
    return [(number, at_us) for number, at_us in stored or ()]


def _note(row: Row[Any]) -> QueryNote:
    columns = dict(row._mapping)
    del columns["number"]
    columns["kind"] = NoteKind(columns["kind"])
    return QueryNote(**columns)
