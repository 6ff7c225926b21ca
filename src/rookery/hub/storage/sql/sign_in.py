"""Passwords, sign-in links and sessions in SQL; see `accounts.store`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from rookery.hub.accounts.model import Actor, Person, Session
from rookery.hub.storage.sql.accounts import read_person
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import persons, sessions, sign_in_links

SESSIONS_PER_PERSON = 50
"""The longest unused ends when one more begins."""


class SqlSignInStore:
    """Adapter of `SignInStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_password(self, name_key: str) -> tuple[Person, str | None] | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(persons).where(persons.c.name_key == name_key))).first()
        return (read_person(row), row.password_hash) if row is not None else None

    async def get_password(self, person_id: str) -> str | None:
        statement = select(persons.c.password_hash).where(persons.c.id == person_id)
        async with self._database.read() as connection:
            password_hash: str | None = (await connection.execute(statement)).scalar_one_or_none()
        return password_hash

    async def save_password(self, person_id: str, password_hash: str, replaced: str | None) -> bool:
        current = persons.c.password_hash.is_(None) if replaced is None else persons.c.password_hash == replaced
        statement = (
            update(persons)
            .where(persons.c.id == person_id, persons.c.removed_at.is_(None), current)
            .values(password_hash=password_hash)
        )

        def operation(connection: Connection) -> bool:
            if connection.execute(statement).rowcount == 0:
                return False
            connection.execute(delete(sessions).where(sessions.c.person_id == person_id))
            connection.execute(delete(sign_in_links).where(sign_in_links.c.person_id == person_id))
            return True

        return await self._database.write(operation)

    async def save_link(self, person_id: str, token_hash: str, created_at: datetime, expires_at: datetime) -> bool:
        def operation(connection: Connection) -> bool:
            if _find_present(connection, person_id) is None:
                return False
            connection.execute(
                insert(sign_in_links).values(
                    token_hash=token_hash, person_id=person_id, created_at=created_at, expires_at=expires_at
                )
            )
            return True

        return await self._database.write(operation)

    async def begin_by_link(self, link_hash: str, session: Session, token_hash: str) -> Person | None:
        known = sign_in_links.c.token_hash == link_hash

        def operation(connection: Connection) -> Person | None:
            link = connection.execute(select(sign_in_links).where(known)).first()
            # Deleting is what uses it up: of two at once only one deletes a row, on any database.
            if link is None or connection.execute(delete(sign_in_links).where(known)).rowcount == 0:
                return None
            if link.expires_at <= session.created_at:
                return None
            person = _find_present(connection, link.person_id)
            return _begin(connection, person, session, token_hash) if person is not None else None

        return await self._database.write(operation)

    async def begin_by_password(self, session: Session, token_hash: str, password_hash: str) -> Person | None:
        def operation(connection: Connection) -> Person | None:
            person = _find_present(connection, session.person_id)
            if person is None or person.password_hash != password_hash:
                return None
            return _begin(connection, person, session, token_hash)

        return await self._database.write(operation)

    async def find_session(self, token_hash: str) -> Actor | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(sessions).where(sessions.c.token_hash == token_hash))).first()
            if row is None:
                return None
            person = (await connection.execute(select(persons).where(persons.c.id == row.person_id))).one()
        return Actor(read_person(person), session=_session(row)) if person.removed_at is None else None

    async def extend_session(self, session: Session) -> None:
        statement = (
            update(sessions)
            .where(sessions.c.id == session.id)
            .values(seen_at=session.seen_at, expires_at=session.expires_at)
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def list_sessions(self, person_id: str, now: datetime) -> list[Session]:
        statement = (
            select(sessions)
            .where(sessions.c.person_id == person_id, sessions.c.expires_at > now)
            .order_by(sessions.c.seen_at.desc(), sessions.c.id)
        )
        async with self._database.read() as connection:
            return [_session(row) for row in await connection.execute(statement)]

    async def delete_session(self, person_id: str, session_id: str) -> bool:
        statement = delete(sessions).where(sessions.c.person_id == person_id, sessions.c.id == session_id)
        return await self._database.write(lambda connection: connection.execute(statement).rowcount > 0)

    async def delete_expired(self, now: datetime) -> None:
        def operation(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))

        await self._database.write(operation)


def _find_present(connection: Connection, person_id: str) -> Row[Any] | None:
    return connection.execute(select(persons).where(persons.c.id == person_id, persons.c.removed_at.is_(None))).first()


def _begin(connection: Connection, person: Row[Any], session: Session, token_hash: str) -> Person:
    mine = sessions.c.person_id == person.id
    kept = connection.execute(
        select(sessions.c.id).where(mine).order_by(sessions.c.seen_at.desc()).limit(SESSIONS_PER_PERSON - 1)
    ).scalars()
    connection.execute(delete(sessions).where(mine, sessions.c.id.not_in(list(kept))))
    connection.execute(
        insert(sessions).values(
            id=session.id,
            person_id=person.id,
            token_hash=token_hash,
            began_by=session.began_by,
            created_at=session.created_at,
            seen_at=session.seen_at,
            expires_at=session.expires_at,
            agent=session.agent,
            address=session.address,
        )
    )
    connection.execute(update(persons).where(persons.c.id == person.id).values(signed_in_at=session.created_at))
    return replace(read_person(person), signed_in_at=session.created_at)


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        person_id=row.person_id,
        began_by=row.began_by,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        agent=row.agent,
        address=row.address,
    )
