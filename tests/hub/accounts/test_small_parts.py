"""Names, counters of attempts, hashing: without a database."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.accounts.attempts import PER_ADDRESS, PER_NAME, WINDOW_S, SignInAttempts, network_of
from rookery.hub.accounts.names import NAME_CHARACTERS, check_person_name, name_key
from rookery.hub.accounts.passwords import NOBODYS_HASH, THREADS, WAITING, Passwords
from rookery.hub.errors import BadInput, TooMany
from tests.hub.accounts.world import CHEAP, PASSWORD, ManualClock

ANY_TEXT = st.text(st.characters(), max_size=120)


@given(ANY_TEXT)
def test_a_name_that_is_kept_is_kept_as_it_is(text: str) -> None:
    try:
        kept = check_person_name(text)
    except BadInput:
        return
    assert check_person_name(kept) == kept
    assert 1 <= len(kept) <= NAME_CHARACTERS
    assert "\x00" not in kept
    assert name_key(kept) == name_key(text)


@given(ANY_TEXT)
def test_the_compared_form_of_a_name_is_its_own(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


@given(st.lists(st.tuples(st.floats(0, 400), st.booleans()), max_size=60))
def test_no_window_ever_sees_more_failures_than_are_allowed(steps: list[tuple[float, bool]]) -> None:
    clock = ManualClock()
    attempts = SignInAttempts(clock)
    failures: list[float] = []
    for pause_s, is_good in steps:
        clock.move(seconds=pause_s)
        now = clock.monotonic()
        recent = [moment for moment in failures if moment > now - WINDOW_S]
        try:
            attempt = attempts.begin("192.0.2.1", "ada")
        except TooMany:
            assert len(recent) >= PER_NAME
            continue
        assert len(recent) < PER_NAME
        if is_good:
            attempt.succeeded()
        else:
            failures.append(now)


def test_an_address_is_counted_over_all_names() -> None:
    attempts = SignInAttempts(ManualClock())
    for number in range(PER_ADDRESS):
        attempts.begin(f"2001:db8::{number:x}", f"name {number}")
    with pytest.raises(TooMany):
        attempts.begin("2001:db8::ffff", "one more")
    attempts.begin("2001:db8:0:1::1", "one more")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_addresses_of_one_household_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_checking_against_nobody_costs_what_checking_against_somebody_does() -> None:
    passwords = Passwords()
    parameters = (await passwords.hash(PASSWORD)).rsplit("$", 2)[0]
    assert NOBODYS_HASH.rsplit("$", 2)[0] == parameters
    assert not await passwords.verify(PASSWORD, None)
    assert not await passwords.verify(PASSWORD, "no hash at all")
    passwords.close()


async def test_a_flood_of_passwords_waits_in_a_short_queue_or_is_refused() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(PASSWORD)
    results = await asyncio.gather(*(passwords.verify(PASSWORD, stored) for _ in range(200)), return_exceptions=True)
    assert results.count(True) == THREADS + WAITING
    assert sum(isinstance(result, TooMany) for result in results) == 200 - THREADS - WAITING
    assert await passwords.verify(PASSWORD, stored)
    passwords.close()


async def test_the_same_password_typed_on_another_keyboard_fits() -> None:
    passwords = Passwords()
    stored = await passwords.hash("Passwört 12")
    assert await passwords.verify("Passwo\u0308rt 12", stored)
    passwords.close()
