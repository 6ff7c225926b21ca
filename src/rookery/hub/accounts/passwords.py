"""Passwords: Argon2id hashes, made and checked in a few threads of their own.

One hash takes 64 MiB and a good part of a second of one processor on purpose, so at most `THREADS` are made at a time
and at most `WAITING` wait: a flood of sign-ins costs time, never more memory than that.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from rookery.hub.errors import BadInput, TooMany

LEAST_CHARACTERS = 8
MOST_CHARACTERS = 256
THREADS = 2
WAITING = 32

NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$U1q6q9Q+mmP0jKNojrzqyg$Hhy3VJdyKx0rdKAws92QHbR9rh6wU71nvXo+cIJf91c"
"""Checked when there is no such person or no password, so that the answer takes as long. Nobody knows its password."""

Result = TypeVar("Result")


def check_password(password: str) -> str:
    """Gives the password as it is hashed (NFKC: keyboards write the same character in several ways).

    Raises BadInput for one that is too short or too long.
    """
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise BadInput(
            "invalid_password",
            f"A password has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters; this one has {len(password)}.",
            "Several words make a good one.",
        )
    return _composed(password)


class Passwords:
    """Makes and checks hashes. `close` ends its threads."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        """`hasher`: how costly new hashes are; unset: what the library recommends."""
        self._hashing = PasswordHash((hasher or Argon2Hasher(),))
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="passwords")
        self._at_work = 0

    async def hash(self, password: str) -> str:
        """Gives the hash to store. Raises BadInput for a bad length, TooMany when too many wait already."""
        text = check_password(password)
        return await self._run(lambda: self._hashing.hash(text.encode("utf-8", "surrogatepass")))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Tells whether this is the password; always False, and as slow, for no hash. Raises TooMany."""
        if len(password) > MOST_CHARACTERS:
            return False
        text = _composed(password)
        matches = await self._run(lambda: self._matches(text, password_hash or NOBODYS_HASH))
        return matches and password_hash is not None

    def close(self) -> None:
        """Lets the hashes at work end and takes no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _matches(self, text: str, password_hash: str) -> bool:
        try:
            return self._hashing.verify(text.encode("utf-8", "surrogatepass"), password_hash)
        except PwdlibError:  # a stored hash that is none: nobody gets in by it
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._at_work >= THREADS + WAITING:
            raise TooMany("busy", "Too many people are signing in at this moment.", "Try again in a few seconds.")
        self._at_work += 1
        try:
            # Shielded: whoever leaves early must not free a place whose thread is still at work.
            future = asyncio.get_running_loop().run_in_executor(self._threads, work)
            future.add_done_callback(self._done)
        except BaseException:
            self._at_work -= 1
            raise
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[Result]) -> None:
        self._at_work -= 1
        if not future.cancelled():
            future.exception()  # looked at, also when whoever asked has left


def _composed(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
