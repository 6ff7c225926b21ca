"""People and API keys in SQL; see `accounts.store`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import ColumnElement

from rookery.hub.accounts.model import Actor, ApiKey, Person
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import api_keys, persons, sessions, sign_in_links


class SqlAccountStore:
    """Adapter of `AccountStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_person(self, person: Person) -> None:
        statement = insert(persons).values(
            id=person.id, name=person.name, name_key=person.name_key, role=person.role, created_at=person.created_at
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def find_owner(self) -> Person | None:
        return await self._find(persons.c.role == "owner")

    async def find_person(self, person_id: str) -> Person | None:
        return await self._find(persons.c.id == person_id)

    async def find_by_name(self, name_key: str) -> Person | None:
        return await self._find(persons.c.name_key == name_key)

    async def _find(self, condition: ColumnElement[bool]) -> Person | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(persons).where(condition).limit(1))).first()
        return read_person(row) if row is not None else None

    async def list_people(self) -> list[Person]:
        statement = select(persons).where(persons.c.removed_at.is_(None)).order_by(persons.c.created_at, persons.c.id)
        async with self._database.read() as connection:
            return [read_person(row) for row in await connection.execute(statement)]

    async def rename_person(self, person: Person) -> None:
        statement = (
            update(persons)
            .where(persons.c.id == person.id, persons.c.removed_at.is_(None))
            .values(name=person.name, name_key=person.name_key)
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def end_access(self, person_id: str, moment: datetime) -> None:
        await self._database.write(lambda connection: _end_access(connection, person_id, moment))

    async def mark_removed(self, person_id: str, moment: datetime) -> None:
        def operation(connection: Connection) -> None:
            _end_access(connection, person_id, moment)
            connection.execute(
                update(persons).where(persons.c.id == person_id).values(removed_at=moment, name_key=None)
            )

        await self._database.write(operation)

    async def save_key(self, key: ApiKey, key_hash: str) -> None:
        statement = insert(api_keys).values(
            id=key.id,
            person_id=key.person_id,
            name=key.name,
            shown_prefix=key.shown_prefix,
            key_hash=key_hash,
            bot_name=key.bot_name,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def find_by_hash(self, key_hash: str) -> Actor | None:
        async with self._database.read() as connection:
            key = (await connection.execute(select(api_keys).where(api_keys.c.key_hash == key_hash))).first()
            if key is None:
                return None
            person = (await connection.execute(select(persons).where(persons.c.id == key.person_id))).one()
        return Actor(read_person(person), _key(key)) if person.removed_at is None else None

    async def list_keys(self, person_id: str) -> list[ApiKey]:
        statement = (
            select(api_keys)
            .where(api_keys.c.person_id == person_id)
            .order_by(api_keys.c.created_at.desc(), api_keys.c.id)
        )
        async with self._database.read() as connection:
            return [_key(row) for row in await connection.execute(statement)]

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> None:
        statement = (
            update(api_keys)
            .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=revoked_at)
        )
        await self._database.write(lambda connection: connection.execute(statement))


def _end_access(connection: Connection, person_id: str, moment: datetime) -> None:
    connection.execute(
        update(api_keys)
        .where(api_keys.c.person_id == person_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=moment)
    )
    connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
    connection.execute(delete(sign_in_links).where(sign_in_links.c.person_id == person_id))
    connection.execute(update(persons).where(persons.c.id == person_id).values(password_hash=None))


def read_person(row: Row[Any]) -> Person:
    """Builds a person from a row of `persons`."""
    return Person(
        id=row.id,
        name=row.name,
        role=row.role,
        created_at=row.created_at,
        has_password=row.password_hash is not None,
        signed_in_at=row.signed_in_at,
        removed_at=row.removed_at,
    )


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        shown_prefix=row.shown_prefix,
        bot_name=row.bot_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
