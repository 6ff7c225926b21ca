"""Findings about files in SQL; see `parsing.store`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from rookery.hub.parsing.model import Finding
from rookery.hub.parsing.store import KeptFinding
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import file_texts

PARSER = 1
"""Raised when files are read differently than before, so that what older versions found is not used any more."""


class SqlFindingStore:
    """Adapter of `FindingStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, digest: str, form: str) -> KeptFinding | None:
        columns = file_texts.c
        query = select(file_texts).where(columns.digest == digest, columns.form == form, columns.parser == PARSER)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        finding = Finding(text=row.text, facts=row.facts, trouble=row.trouble, cause=row.cause)
        return KeptFinding(finding, row.read_at)

    async def keep(self, digest: str, form: str, kept: KeptFinding) -> None:
        finding = kept.finding
        older = delete(file_texts).where(file_texts.c.digest == digest, file_texts.c.form == form)
        newer = insert(file_texts).values(
            digest=digest,
            form=form,
            parser=PARSER,
            text=finding.text,
            facts=finding.facts,
            trouble=finding.trouble,
            cause=finding.cause,
            read_at=kept.read_at,
        )

        def replace(connection: Connection) -> None:
            connection.execute(older)
            connection.execute(newer)

        await self._database.write(replace)

    async def forget(self, digests: Collection[str]) -> None:
        statement = delete(file_texts).where(file_texts.c.digest.in_(list(digests)))
        await self._database.write(lambda connection: connection.execute(statement))
