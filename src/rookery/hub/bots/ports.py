"""What the registry and settings sync need from the outside."""

from __future__ import annotations

from typing import Protocol

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot


class SettingsSource(Protocol):
    """Asks bots for their settings."""

    async def fetch_settings(self, bot: Bot) -> object:
        """Gives the decoded JSON of the answer to a `settings` request (protocol 3.5).

        Raises BotFailure when the bot cannot be reached, is late, refuses, or answers no JSON.
        """
        ...


class PersonFinder(Protocol):
    """Finds people to share bots with."""

    async def find_person(self, reference: str) -> Person | None:
        """Gives the person with this id or name (case does not matter); None when there is none."""
        ...
