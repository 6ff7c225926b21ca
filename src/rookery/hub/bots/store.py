"""What the registry needs from storage."""

from __future__ import annotations

from typing import Protocol

from rookery.hub.bots.changes import SettingsChange
from rookery.hub.bots.model import Bot


class BotStore(Protocol):
    """Bots, kept; access keys encrypted."""

    async def list_bots(self) -> list[Bot]:
        """Gives every bot."""
        ...

    async def add_bot(self, bot: Bot, change: SettingsChange | None = None) -> None:
        """Adds a bot, and the change that its first settings are."""
        ...

    async def update_bot(self, bot: Bot, change: SettingsChange | None = None) -> None:
        """Replaces the bot with this id; adds a change of its settings and drops those beyond the bound."""
        ...

    async def delete_bot(self, bot_id: str) -> None:
        """Removes a bot with its history of settings; its queries stay."""
        ...

    async def list_changes(self, bot_id: str, limit: int) -> list[SettingsChange]:
        """Gives the changes of a bot's settings, newest first."""
        ...
