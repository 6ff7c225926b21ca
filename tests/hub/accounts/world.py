"""The services of accounts on a database, with a clock that tests move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pwdlib.hashers.argon2 import Argon2Hasher

from rookery.hub.accounts.model import Actor, Person
from rookery.hub.accounts.passwords import Passwords
from rookery.hub.accounts.people import PeopleService
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.sign_in import SqlSignInStore
from rookery.hub.vault import Vault

SECRET = bytes(range(32))
PASSWORD = "correct horse battery"
CHEAP = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - START).total_seconds()

    def move(self, **time: float) -> None:
        self.moment += timedelta(**time)


class Accounts:
    """People, keys and sign-in together."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        vault = Vault(SECRET)
        store = SqlAccountStore(database)
        self.keys = AccountService(store, vault, clock)
        self.sign_in = SignInService(SqlSignInStore(database), vault, clock, Passwords(CHEAP))
        self.people = PeopleService(store, self.keys, self.sign_in, clock)

    async def link(self, person: Person) -> str:
        """A fresh link's token."""
        token, _ = await self.sign_in.create_link(person)
        return token

    async def by_link(self, token: str, address: str = "192.0.2.1") -> str:
        """Signs in; gives the session's token."""
        _, session = await self.sign_in.by_link(token, agent="test", address=address)
        return session

    async def by_password(self, name: str, password: str = PASSWORD, address: str = "192.0.2.1") -> str:
        """Signs in; gives the session's token."""
        _, session = await self.sign_in.by_password(name, password, agent="test", address=address)
        return session

    async def signed_in(self, person: Person) -> tuple[Actor, str]:
        """Signs somebody in by a fresh link; gives them as an actor, and the session's token."""
        token = await self.by_link(await self.link(person))
        actor = await self.sign_in.find_actor(token)
        assert actor is not None
        return actor, token

    async def member(self, name: str, password: str | None = None) -> Person:
        """Makes a member, with a password if one is given."""
        person = await self.people.create_person(name)
        if password is not None:
            await self.sign_in.set_password(Actor(person), password, None, address="192.0.2.9")
        return person
