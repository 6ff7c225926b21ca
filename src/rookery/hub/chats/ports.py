"""What chats need from the outside: files, people by name, bots that a person may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot
from rookery.hub.files.model import StoredFile


class ChatFiles(Protocol):
    """The hub's files, as far as messages need them."""

    async def get(self, file_id: str) -> StoredFile:
        """Gives a file; raises NotFound."""
        ...

    async def resolve(self, url: str, person_id: str) -> StoredFile | None:
        """Gives the file behind a link of this hub; None for a foreign address.

        Raises NotAllowed for a forged link, or an expired one that is not this person's; NotFound when it is gone.
        """
        ...

    def link(self, file: StoredFile) -> str:
        """Gives a fresh link, absolute and signed."""
        ...

    async def hold(self, holder: str, file_ids: Sequence[str]) -> None:
        """Keeps files as long as the holder (a message) keeps them."""
        ...

    async def let_go(self, holders: Sequence[str]) -> None:
        """Says that these holders are gone."""
        ...


FindBot = Callable[[Person, str], Bot]
"""Gives the bot of that name if the person may use it; raises NotFound."""

FindPerson = Callable[[str], Awaitable[Person | None]]
"""Gives a person of the hub by name or id, or None."""
