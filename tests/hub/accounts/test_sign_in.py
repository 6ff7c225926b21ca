"""Links, passwords and sessions, on both kinds of database."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from rookery.hub.accounts.attempts import PER_NAME, WINDOW_S
from rookery.hub.accounts.model import Actor
from rookery.hub.errors import BadInput, Conflict, HubError, NotAllowed, NotFound, NotSignedIn, TooMany
from rookery.hub.storage.sql.sign_in import SESSIONS_PER_PERSON
from rookery.hub.storage.sql.tables import persons, sessions, sign_in_links
from tests.hub.accounts.world import PASSWORD, Accounts


async def test_a_link_signs_in_once_among_fifty_at_the_same_time(accounts: Accounts) -> None:
    token = await accounts.link(await accounts.member("Ada"))
    results = await asyncio.gather(
        *(accounts.by_link(token, address=f"192.0.2.{number}") for number in range(50)), return_exceptions=True
    )
    begun = [result for result in results if isinstance(result, str)]
    assert len(begun) == 1
    assert sum(isinstance(result, NotSignedIn) for result in results) == 49
    assert await accounts.sign_in.find_actor(begun[0]) is not None


async def test_a_link_ends_after_a_day(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    token = await accounts.link(person)
    accounts.clock.move(hours=23, minutes=59)
    await accounts.by_link(token)
    token = await accounts.link(person)
    accounts.clock.move(hours=24)
    with pytest.raises(NotSignedIn, match="used or expired"):
        await accounts.by_link(token)


async def test_tokens_and_passwords_are_stored_as_hashes_only(accounts: Accounts) -> None:
    person = await accounts.member("Ada", PASSWORD)
    _, session = await accounts.signed_in(person)
    link = await accounts.link(person)
    async with accounts.database.read() as connection:
        rows = [
            str(tuple(row))
            for table in (persons, sessions, sign_in_links)
            for row in await connection.execute(select(table))
        ]
        password_hash = (await connection.execute(select(persons.c.password_hash))).scalar_one()
    stored = "\n".join(rows)
    assert not any(secret in stored for secret in (PASSWORD, session, link))
    assert password_hash.startswith("$argon2id$v=19$")


async def test_a_password_signs_in_under_any_case_of_the_name(accounts: Accounts) -> None:
    await accounts.member("Zoë Straße", PASSWORD)
    for name in ("Zoë Straße", "ZOË STRASSE", " zoe\u0308  straße "):
        assert await accounts.sign_in.find_actor(await accounts.by_password(name)) is not None


async def test_a_refusal_does_not_tell_whether_the_name_exists(accounts: Accounts) -> None:
    await accounts.member("Ada", PASSWORD)
    await accounts.member("Ben")
    sentences = set()
    for name, password in (("Ada", "wrong password"), ("Ben", PASSWORD), ("Nobody", PASSWORD), ("\x00", ""), ("", "")):
        with pytest.raises(NotSignedIn) as refused:
            await accounts.by_password(name, password)
        sentences.add((refused.value.code, refused.value.sentence))
    assert len(sentences) == 1


async def test_many_wrong_passwords_lock_a_name_for_a_while_and_a_link_still_works(accounts: Accounts) -> None:
    person = await accounts.member("Ada", PASSWORD)
    for number in range(PER_NAME):
        with pytest.raises(NotSignedIn):
            await accounts.by_password("ADA", "wrong password", address=f"192.0.2.{number}")
    with pytest.raises(TooMany) as refused:
        await accounts.by_password("Ada", PASSWORD, address="198.51.100.1")
    assert 0 < refused.value.retry_after_s <= WINDOW_S
    await accounts.by_link(await accounts.link(person))
    accounts.clock.move(seconds=refused.value.retry_after_s)
    await accounts.by_password("Ada")


async def test_guesses_at_the_same_time_get_no_more_tries_than_one_after_another(accounts: Accounts) -> None:
    await accounts.member("Ada", PASSWORD)
    guesses = (accounts.by_password("Ada", f"guess {number}", address=f"10.0.0.{number}") for number in range(30))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sum(isinstance(result, NotSignedIn) for result in results) == PER_NAME
    assert sum(isinstance(result, TooMany) for result in results) == 30 - PER_NAME


async def test_good_sign_ins_lock_nobody_out(accounts: Accounts) -> None:
    await accounts.member("Ada", PASSWORD)
    for _ in range(PER_NAME + 2):
        await accounts.by_password("Ada")


async def test_a_session_slides_with_use_and_ends_after_thirty_idle_days(accounts: Accounts) -> None:
    _, token = await accounts.signed_in(await accounts.member("Ada"))
    for _ in range(3):
        accounts.clock.move(days=29)
        assert await accounts.sign_in.find_actor(token) is not None
    # Another process, which remembers nothing, sees the same.
    other = Accounts(accounts.database, accounts.clock)
    assert await other.sign_in.find_actor(token) is not None
    other.sign_in.close()
    accounts.clock.move(days=30)
    assert await accounts.sign_in.find_actor(token) is None


async def test_what_has_expired_is_forgotten_at_the_start(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    await accounts.signed_in(person)
    await accounts.link(person)
    accounts.clock.move(days=31)
    await accounts.sign_in.start()
    async with accounts.database.read() as connection:
        for table in (sessions, sign_in_links):
            assert (await connection.execute(select(table))).all() == []


async def test_ending_a_session_ends_that_one_at_once(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    first, first_token = await accounts.signed_in(person)
    _, second_token = await accounts.signed_in(person)
    assert first.session is not None
    await accounts.sign_in.end_session(person, first.session.id)
    assert await accounts.sign_in.find_actor(first_token) is None
    assert await accounts.sign_in.find_actor(second_token) is not None
    with pytest.raises(NotFound):
        await accounts.sign_in.end_session(person, first.session.id)


async def test_nobody_ends_or_sees_another_persons_session(accounts: Accounts) -> None:
    mine, token = await accounts.signed_in(await accounts.member("Ada"))
    stranger = await accounts.member("Ben")
    assert mine.session is not None
    with pytest.raises(NotFound):
        await accounts.sign_in.end_session(stranger, mine.session.id)
    assert await accounts.sign_in.list_sessions(stranger) == []
    assert await accounts.sign_in.find_actor(token) is not None


async def test_the_longest_unused_session_gives_way(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    tokens = []
    for _ in range(SESSIONS_PER_PERSON + 1):
        tokens.append((await accounts.signed_in(person))[1])
        accounts.clock.move(seconds=1)
    assert len(await accounts.sign_in.list_sessions(person)) == SESSIONS_PER_PERSON
    fresh = Accounts(accounts.database, accounts.clock)
    assert await fresh.sign_in.find_actor(tokens[0]) is None
    assert await fresh.sign_in.find_actor(tokens[1]) is not None
    fresh.sign_in.close()


async def test_a_new_password_ends_every_session_and_link(accounts: Accounts) -> None:
    person = await accounts.member("Ada")
    actor, token = await accounts.signed_in(person)
    link = await accounts.link(person)
    await accounts.sign_in.set_password(actor, PASSWORD, None, address="")
    assert await accounts.sign_in.find_actor(token) is None
    with pytest.raises(NotSignedIn):
        await accounts.by_link(link)
    again = await accounts.sign_in.begin_again(actor, agent="", address="")
    assert again is not None
    assert await accounts.sign_in.find_actor(again) is not None


async def test_changing_a_password_asks_for_the_current_one(accounts: Accounts) -> None:
    actor = Actor(await accounts.member("Ada", PASSWORD))
    for current in (None, "", "wrong password"):
        with pytest.raises(NotAllowed, match="current password"):
            await accounts.sign_in.set_password(actor, "another password", current, address="")
    await accounts.sign_in.set_password(actor, "another password", PASSWORD, address="")
    await accounts.by_password("Ada", "another password")
    with pytest.raises(NotSignedIn):
        await accounts.by_password("Ada", PASSWORD)


async def test_a_forgotten_password_is_replaced_within_an_hour_of_a_link(accounts: Accounts) -> None:
    person = await accounts.member("Ada", PASSWORD)
    actor, _ = await accounts.signed_in(person)
    accounts.clock.move(minutes=61)
    with pytest.raises(NotAllowed):
        await accounts.sign_in.set_password(actor, "another password", None, address="")
    actor, _ = await accounts.signed_in(person)
    accounts.clock.move(minutes=59)
    await accounts.sign_in.set_password(actor, "another password", None, address="")
    await accounts.by_password("Ada", "another password")


async def test_of_two_new_passwords_at_once_one_wins(accounts: Accounts) -> None:
    actor = Actor(await accounts.member("Ada", PASSWORD))
    new = ["the first one", "the second one"]
    results: list[HubError | None] = await asyncio.gather(
        *(accounts.sign_in.set_password(actor, password, PASSWORD, address="") for password in new),
        return_exceptions=True,
    )  # type: ignore[assignment]
    winner = new[results.index(None)]
    (loser,) = [result for result in results if result is not None]
    assert isinstance(loser, Conflict | NotAllowed)
    await accounts.by_password("Ada", winner)


@pytest.mark.parametrize("password", ["", "seven c", "x" * 257, "x" * 1_000_000])
async def test_a_password_of_a_wrong_length_is_refused(accounts: Accounts, password: str) -> None:
    person = await accounts.member("Ada")
    with pytest.raises(BadInput, match=f"8 to 256 characters; this one has {len(password)}"):
        await accounts.sign_in.set_password(Actor(person), password, None, address="")
