"""People: made, renamed, removed."""

from __future__ import annotations

import asyncio

import pytest

from rookery.hub.accounts.model import Person
from rookery.hub.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from tests.hub.accounts.world import PASSWORD, Accounts


async def test_names_are_unique_whatever_their_case_and_width(accounts: Accounts) -> None:
    await accounts.member("Zoë")
    for twin in ("ZOË", "zoe\u0308", " Zoë ", "Z\u200boë", "Ｚoë"):
        with pytest.raises((Conflict, BadInput)):
            await accounts.people.create_person(twin)
    assert [person.name for person in await accounts.people.list_people()] == ["Zoë"]


async def test_of_many_with_one_name_at_once_one_gets_in(accounts: Accounts) -> None:
    results = await asyncio.gather(*(accounts.people.create_person("Ada") for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, Person) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 19


@pytest.mark.parametrize("name", ["李小龙", "Ольга", "علی‌رضا", "Zoë 🦊", "O'Brien <b>", "x" * 100])
async def test_names_of_all_scripts_are_kept_as_they_are(accounts: Accounts, name: str) -> None:
    person = await accounts.people.create_person(name)
    assert (await accounts.people.get_person(person.id)).name == name


@pytest.mark.parametrize(
    "name", ["", "   ", "a\x00b", "a\nb\x1b", "\u202eadA", "\u200d", "x" * 101, "ﷺ" * 20, "\ud800"]
)
async def test_names_that_cannot_be_shown_are_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(BadInput):
        await accounts.people.create_person(name)


async def test_renaming_shows_at_once_and_frees_the_old_name(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    _, token = await accounts.signed_in(person)
    _, key = await accounts.keys.create_key(person, "k")
    assert await accounts.keys.find_actor(key) is not None
    await accounts.people.rename_person(person.id, "ADA")
    await accounts.people.rename_person(person.id, "Augusta")
    by_key, by_session = await accounts.keys.find_actor(key), await accounts.sign_in.find_actor(token)
    assert by_key is not None
    assert by_session is not None
    assert (by_key.person.name, by_session.person.name) == ("Augusta", "Augusta")
    other = await accounts.people.create_person("Ada")
    with pytest.raises(Conflict):
        await accounts.people.rename_person(other.id, "augusta")


async def test_removing_ends_keys_sessions_links_and_password_at_once(accounts: Accounts) -> None:
    owner = await accounts.keys.ensure_owner()
    person = await accounts.member("Ada", PASSWORD)
    _, token = await accounts.signed_in(person)
    link = await accounts.link(person)
    _, key = await accounts.keys.create_key(person, "k")
    assert await accounts.keys.find_actor(key) is not None
    await accounts.people.remove_person(person.id, owner)
    assert await accounts.keys.find_actor(key) is None
    assert await accounts.sign_in.find_actor(token) is None
    for attempt in (accounts.by_link(link), accounts.by_password("Ada")):
        with pytest.raises(NotSignedIn):
            await attempt
    with pytest.raises(NotFound):
        await accounts.people.get_person(person.id)
    with pytest.raises(NotFound):
        await accounts.link(person)
    assert (await accounts.people.create_person("Ada")).id != person.id


async def test_a_key_made_while_the_account_was_ending_is_worth_nothing(accounts: Accounts) -> None:
    owner = await accounts.keys.ensure_owner()
    person = await accounts.member("Ada")
    await accounts.people.remove_person(person.id, owner)
    _, late = await accounts.keys.create_key(person, "late")
    assert await accounts.keys.find_actor(late) is None


async def test_the_owner_stays(accounts: Accounts) -> None:
    owner = await accounts.keys.ensure_owner()
    with pytest.raises(NotAllowed, match="owner cannot be removed"):
        await accounts.people.remove_person(owner.id, owner)


async def test_observers_are_told_when_the_person_is_already_locked_out(accounts: Accounts) -> None:
    owner = await accounts.keys.ensure_owner()
    person = await accounts.member("Ada")
    _, token = await accounts.signed_in(person)
    told: list[tuple[Person, Person, object]] = []

    class Failing:
        async def person_removed(self, person: Person, heir: Person) -> None:
            told.append((person, heir, await accounts.sign_in.find_actor(token)))
            if len(told) == 1:
                raise OSError("cannot delete")

    accounts.people.observe(Failing())
    with pytest.raises(OSError, match="cannot delete"):
        await accounts.people.remove_person(person.id, owner)
    assert person.id in [each.id for each in await accounts.people.list_people()]
    await accounts.people.remove_person(person.id, owner)
    assert [(removed.id, heir.id, actor) for removed, heir, actor in told] == [(person.id, owner.id, None)] * 2
    assert person.id not in [each.id for each in await accounts.people.list_people()]
