"""People and API keys in SQL; see `accounts.store`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from rookery.hub.accounts.model import Actor, ApiKey, Person
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import api_keys, persons


class SqlAccountStore:
    """Adapter of `AccountStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_person(self, person: Person) -> None:
        statement = insert(persons).values(
            id=person.id, name=person.name, role=person.role, created_at=person.created_at
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def find_owner(self) -> Person | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(persons).where(persons.c.role == "owner").limit(1))).first()
        return _person(row) if row is not None else None

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
        return Actor(_person(person), _key(key))

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


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, row.role, row.created_at)


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
