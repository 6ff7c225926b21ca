"""What accounts need from storage."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from rookery.hub.accounts.model import Actor, ApiKey, Person


class AccountStore(Protocol):
    """People and keys, kept."""

    async def save_person(self, person: Person) -> None:
        """Adds a person."""
        ...

    async def find_owner(self) -> Person | None:
        """Gives the hub's owner, or None on a hub that was never started."""
        ...

    async def save_key(self, key: ApiKey, key_hash: str) -> None:
        """Adds a key under the hash of its text."""
        ...

    async def find_by_hash(self, key_hash: str) -> Actor | None:
        """Gives person and key for a hash, valid or not; None when it is unknown."""
        ...

    async def list_keys(self, person_id: str) -> list[ApiKey]:
        """Gives a person's keys, newest first, revoked ones included."""
        ...

    async def revoke_key(self, key_id: str, revoked_at: datetime) -> None:
        """Marks a key as revoked; no effect when it already is."""
        ...
