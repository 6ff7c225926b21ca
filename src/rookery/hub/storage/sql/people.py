"""People to share bots with; see `bots.ports.PersonFinder`."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from rookery.hub.accounts.model import Person
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import persons


class SqlPersonFinder:
    """Adapter of `PersonFinder`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_person(self, reference: str) -> Person | None:
        name = func.lower(persons.c.name) == reference.lower()
        statement = select(persons).where(or_(persons.c.id == reference, name)).order_by(persons.c.created_at).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else Person(row.id, row.name, row.role, row.created_at)
