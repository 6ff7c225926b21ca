"""Entering hosted bots in the hub's registry, under the names, keys and addresses they have in their file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rookery.hosting import HostedBot
from rookery.hub.app import Hub
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import Bot
from rookery.hub.errors import HubError


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of entering one bot."""

    name: str
    bot: Bot | None = None
    """None when the hub refused it."""
    trouble: str | None = None
    """Why it was refused, or why its settings could not be read."""
    calls: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Declared dependencies: number of calls, and the kind of bot that will answer (empty: there is none)."""


class Registrar:
    """Registers bots for the hub's owner."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def register(self, bots: Sequence[HostedBot]) -> list[Registered]:
        """Enters the bots, or updates their addresses, and reads their settings; never raises for a bot's fault.

        All are entered before any settings are read: bots of one file that call each other need no stand-ins.
        """
        entered = [await self._enter(bot) for bot in bots]
        return [registered if registered.bot is None else await self._read(registered.bot) for registered in entered]

    async def _enter(self, hosted: HostedBot) -> Registered:
        draft = BotDraft(
            name=hosted.name,
            kind="server",
            url=hosted.url,
            access_key=hosted.access_key,
            wants_stand_ins=True,
            replace=True,
        )
        try:
            return Registered(hosted.name, await self._hub.bots.create_bot(self._hub.owner.id, draft))
        except HubError as error:
            return Registered(hosted.name, trouble=error.sentence)

    async def _read(self, bot: Bot) -> Registered:
        try:
            bot = (await self._hub.sync.pull(bot, "registration")).bot
        except HubError as error:
            return Registered(bot.name, bot, error.sentence)
        return Registered(bot.name, bot, calls=self._calls(bot))

    def _calls(self, bot: Bot) -> dict[str, tuple[int, str]]:
        calls: dict[str, tuple[int, str]] = {}
        for name, count in bot.resolved.server_bot_dependencies.items():
            callee = self._hub.bots.find_bot(name)
            calls[name] = (count, callee.kind if callee else "")
        return calls
