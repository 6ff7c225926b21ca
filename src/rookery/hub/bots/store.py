"""What the registry needs from storage."""

from __future__ import annotations

from typing import Protocol

from rookery.hub.bots.model import Bot


class BotStore(Protocol):
    """Bots, kept; access keys encrypted."""

    async def list_bots(self) -> list[Bot]:
        """Gives every bot."""
        ...

    async def add_bot(self, bot: Bot) -> None:
        """Adds a bot."""
        ...

    async def update_bot(self, bot: Bot) -> None:
        """Replaces the bot with this id."""
        ...

    async def delete_bot(self, bot_id: str) -> None:
        """Removes a bot; its queries stay."""
        ...
