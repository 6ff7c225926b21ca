"""Records of files in SQL; see `files.store`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.engine import Connection, Row

from rookery.hub.files.model import StoredFile
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import file_holds, files

BATCH = 500
"""Values of one IN list: below what every database takes."""


class SqlFileStore:
    """Adapter of `FileStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_file(self, file: StoredFile) -> None:
        statement = insert(files).values(
            id=file.id,
            owner_id=file.owner_id,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            digest=file.digest,
            created_at=file.created_at,
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def find_file(self, file_id: str) -> StoredFile | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(files).where(files.c.id == file_id))).first()
        return _file(row) if row is not None else None

    async def hold(self, holder: str, file_ids: Sequence[str]) -> list[str]:
        wanted = list(dict.fromkeys(file_ids))

        def operation(connection: Connection) -> list[str]:
            held_query = select(file_holds.c.file_id).where(file_holds.c.holder == holder)
            held = set(connection.execute(held_query).scalars())
            known = {
                file_id
                for batch in _batches(wanted)
                for file_id in connection.execute(select(files.c.id).where(files.c.id.in_(batch))).scalars()
            }
            missing = [file_id for file_id in wanted if file_id not in known]
            added = [{"holder": holder, "file_id": file_id} for file_id in wanted if file_id not in held]
            if added and not missing:
                connection.execute(insert(file_holds), added)
            return missing

        return await self._database.write(operation)

    async def let_go(self, holders: Iterable[str]) -> None:
        names = list(holders)

        def operation(connection: Connection) -> None:
            for batch in _batches(names):
                connection.execute(delete(file_holds).where(file_holds.c.holder.in_(batch)))

        if names:
            await self._database.write(operation)

    async def delete_unheld(self, created_before: datetime) -> int:
        return await self._delete(files.c.created_at < created_before)

    async def delete_unheld_file(self, file_id: str) -> None:
        await self._delete(files.c.id == file_id)

    async def _delete(self, which: ColumnElement[bool]) -> int:
        # One statement in the one writer: a hold is either there before it, or finds the file gone.
        statement = delete(files).where(which, ~exists().where(file_holds.c.file_id == files.c.id))
        return await self._database.write(lambda connection: int(connection.execute(statement).rowcount))

    async def find_used_digests(self, digests: Sequence[str]) -> set[str]:
        used: set[str] = set()
        async with self._database.read() as connection:
            for batch in _batches(digests):
                statement = select(files.c.digest).where(files.c.digest.in_(batch)).distinct()
                used.update((await connection.execute(statement)).scalars())
        return used


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def _file(row: Row[Any]) -> StoredFile:
    return StoredFile(
        id=row.id,
        owner_id=row.owner_id,
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        digest=row.digest,
        created_at=row.created_at,
    )
