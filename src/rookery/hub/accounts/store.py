"""What accounts need from storage."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from rookery.hub.accounts.model import Actor, ApiKey, Person, Session


class AccountStore(Protocol):
    """People and keys, kept."""

    async def save_person(self, person: Person) -> None:
        """Adds a person; nobody else has a name with the same key."""
        ...

    async def find_owner(self) -> Person | None:
        """Gives the hub's owner, or None on a hub that was never started."""
        ...

    async def find_person(self, person_id: str) -> Person | None:
        """Gives a person by id, removed or not; None when there never was one."""
        ...

    async def find_by_name(self, name_key: str) -> Person | None:
        """Gives the person whose name has this key; None when nobody's does."""
        ...

    async def list_people(self) -> list[Person]:
        """Gives everybody who is not removed, oldest account first."""
        ...

    async def rename_person(self, person: Person) -> None:
        """Writes a person's new name."""
        ...

    async def end_access(self, person_id: str, moment: datetime) -> None:
        """Revokes every key and deletes sessions, sign-in links and password, in one step."""
        ...

    async def mark_removed(self, person_id: str, moment: datetime) -> None:
        """Like `end_access`, and marks the person as removed, which frees the name."""
        ...

    async def save_key(self, key: ApiKey, key_hash: str) -> None:
        """Adds a key under the hash of its text."""
        ...

    async def find_by_hash(self, key_hash: str) -> Actor | None:
        """Gives person and key for a hash, valid or not; None when it is unknown or the person removed."""
        ...

    async def list_keys(self, person_id: str) -> list[ApiKey]:
        """Gives a person's keys, newest first, revoked ones included."""
        ...

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> None:
        """Marks a key as revoked; no effect when it already is."""
        ...


class SignInStore(Protocol):
    """Passwords, sign-in links and sessions, kept."""

    async def find_password(self, name_key: str) -> tuple[Person, str | None] | None:
        """Gives the person of that name with the hash of their password, if they have one."""
        ...

    async def get_password(self, person_id: str) -> str | None:
        """Gives the hash of a person's password; None when they have none."""
        ...

    async def save_password(self, person_id: str, password_hash: str, replaced: str | None) -> bool:
        """Writes a password and deletes the person's sessions and links, in one step.

        False, with nothing written, when the hash is no longer the one to replace or the person is removed.
        """
        ...

    async def save_link(self, person_id: str, token_hash: str, created_at: datetime, expires_at: datetime) -> bool:
        """Adds a sign-in link; False when the person is removed."""
        ...

    async def begin_by_link(self, link_hash: str, session: Session, token_hash: str) -> Person | None:
        """Uses up a link and begins its person's session, in one step; the session's `person_id` is filled in.

        None when the link is unknown, used or expired at the session's `created_at`.
        """
        ...

    async def begin_by_password(self, session: Session, token_hash: str, password_hash: str) -> Person | None:
        """Begins a session; None when the password is no longer this one or the person is removed."""
        ...

    async def find_session(self, token_hash: str) -> Actor | None:
        """Gives a session and its person, expired or not; None when it is unknown."""
        ...

    async def extend_session(self, session: Session) -> None:
        """Writes when a session was seen and when it expires; no effect when it is gone."""
        ...

    async def list_sessions(self, person_id: str, now: datetime) -> list[Session]:
        """Gives a person's sessions that have not expired, last used first."""
        ...

    async def delete_session(self, person_id: str, session_id: str) -> bool:
        """Ends a person's session; False when they have none with this id."""
        ...

    async def delete_expired(self, now: datetime) -> None:
        """Forgets links and sessions that have expired."""
        ...
