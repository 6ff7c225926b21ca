"""What accounts tell the other features."""

from __future__ import annotations

from typing import Protocol

from rookery.hub.accounts.model import Person


class PersonObserver(Protocol):
    """Keeps something for people: bots, chats, files."""

    async def person_removed(self, person: Person, heir: Person) -> None:
        """Deletes what is the person's own, or gives it to the heir, who is the hub's owner.

        The person can no longer come in. May be called again for the same person when another observer failed.
        """
        ...
