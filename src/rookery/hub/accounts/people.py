"""Rules of people: the owner lets members in, renames and removes them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from rookery.hub.accounts.model import Person
from rookery.hub.accounts.names import check_person_name, name_key
from rookery.hub.accounts.ports import PersonObserver
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.accounts.store import AccountStore
from rookery.hub.clock import Clock
from rookery.hub.errors import Conflict, NotAllowed, NotFound
from rookery.hub.vault import new_identifier


class PeopleService:
    """The people of the hub: one owner, who was there first, and members."""

    def __init__(self, store: AccountStore, accounts: AccountService, sign_in: SignInService, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._sign_in = sign_in
        self._clock = clock
        self._observers: list[PersonObserver] = []
        self._changes = asyncio.Lock()

    def observe(self, observer: PersonObserver) -> None:
        """Tells a feature when a person is removed; observers are asked in the order in which they came."""
        self._observers.append(observer)

    async def list_people(self) -> list[Person]:
        """Gives everybody, oldest account first."""
        return await self._store.list_people()

    async def get_person(self, person_id: str) -> Person:
        """Gives a person by id; raises NotFound when there is none, or not any more."""
        person = await self._store.find_person(person_id)
        if person is None or person.removed_at is not None:
            raise unknown_person(person_id)
        return person

    async def find_person(self, reference: str) -> Person | None:
        """Gives the person with this id or name (case does not matter); None when there is none, or not any more."""
        if "\0" in reference:  # which no id and no name has, and PostgreSQL takes in no question
            return None
        person = await self._store.find_person(reference) or await self._store.find_by_name(name_key(reference))
        return person if person is not None and person.removed_at is None else None

    async def create_person(self, name: str) -> Person:
        """Adds a member. Raises BadInput for an unusable name, Conflict when somebody has it."""
        name = check_person_name(name)
        async with self._changes:
            await self._check_free(name)
            person = Person(new_identifier("p"), name, "member", self._clock.now())
            await self._store.save_person(person)
        return person

    async def rename_person(self, person_id: str, name: str) -> Person:
        """Gives a person another name. Raises NotFound, BadInput, Conflict."""
        name = check_person_name(name)
        async with self._changes:
            person = await self.get_person(person_id)
            if name_key(name) != person.name_key:
                await self._check_free(name)
            person = replace(person, name=name)
            await self._store.rename_person(person)
            self._forget(person)
        return person

    async def remove_person(self, person_id: str, heir: Person) -> Person:
        """Ends a member's account: keys, sessions, links and password at once, then whatever observers keep.

        Bots go to the heir, because other people's bots may call them. Raises NotFound, or NotAllowed for the owner.
        When an observer fails, its error passes through; the person stays listed, locked out, to be removed again.
        """
        async with self._changes:
            person = await self.get_person(person_id)
            if person.role == "owner":
                raise NotAllowed("owner_stays", "The hub's owner cannot be removed.")
            await self._store.end_access(person.id, self._clock.now())
            self._forget(person)
            for observer in self._observers:
                await observer.person_removed(person, heir)
            await self._store.mark_removed(person.id, self._clock.now())
            self._forget(person)
        return person

    async def _check_free(self, name: str) -> None:
        if await self._store.find_by_name(name_key(name)) is not None:
            raise Conflict("name_taken", f"There is already somebody called '{name}' here.", "Choose another name.")

    def _forget(self, person: Person) -> None:
        self._accounts.forget(person.id)
        self._sign_in.forget(person.id)


def unknown_person(reference: str) -> NotFound:
    """Builds the refusal for somebody who is not there."""
    return NotFound("unknown_person", f"There is nobody '{reference[:100]}' on this hub.", "See: rookery users list")
