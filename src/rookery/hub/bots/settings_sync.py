"""Keeping settings fresh: pulled from the bot, or pushed by it (protocol 4.2, 5.2).

Syncing is no rite: `pull_if_due` is called before a bot's call is refused, at most once per interval and bot, and
everybody who needs the same pull waits for the one under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rookery.hub.bots.changes import ChangeSource
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import Bot
from rookery.hub.bots.ports import SettingsSource
from rookery.hub.bots.service import BotService
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, UpstreamFailed, UpstreamTimeout
from rookery.hub.failures import BotFailure
from rookery.protocol.settings import InvalidSettings, find_settings_warnings, parse_settings

logger = logging.getLogger("rookery.hub.bots")


@dataclass(frozen=True, slots=True)
class SettingsReading:
    """What came of a pull or push."""

    bot: Bot
    is_changed: bool
    warnings: list[str] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    """Names of stand-ins made for dependencies that the hub did not have."""


class SettingsSync:
    """Reads and stores bots' settings."""

    def __init__(
        self,
        bots: BotService,
        source: SettingsSource,
        clock: Clock,
        *,
        interval_s: float,
        refetch_interval_s: float = 3600.0,
        stand_in_draft: Callable[[str], BotDraft],
    ) -> None:
        self._bots = bots
        self._source = source
        self._clock = clock
        self._interval_s = interval_s
        self._refetch_interval_s = refetch_interval_s
        self._stand_in_draft = stand_in_draft
        self._running: dict[str, asyncio.Task[SettingsReading]] = {}
        self._pulled_at: dict[str, float] = {}
        self._refetched_at: dict[str, float] = {}

    async def pull(self, bot: Bot, source: ChangeSource = "pull") -> SettingsReading:
        """Asks the bot now, or joins the pull under way; `source` is what a change is noted with.

        Raises UpstreamFailed or UpstreamTimeout when the bot does not answer, BadInput when its settings are
        invalid; the earlier settings then stay in force and the reason is kept on the bot. Other kinds than server
        bots have nothing to pull: they come back unchanged.
        """
        if bot.kind != "server":
            return SettingsReading(bot, is_changed=False)
        task = self._running.get(bot.key)
        if task is None:
            task = asyncio.create_task(self._pull(bot, source), name=f"pull-settings {bot.name}")
            self._running[bot.key] = task
            task.add_done_callback(lambda done: self._pull_ended(bot.key, done))
        # Shielded: one waiter that goes away must not cancel the pull of the others.
        return await asyncio.shield(task)

    def _pull_ended(self, key: str, task: asyncio.Task[SettingsReading]) -> None:
        self._running.pop(key, None)
        self._pulled_at[key] = self._clock.monotonic()
        if not task.cancelled():
            task.exception()  # whoever waited has it; without a waiter it is already in the log

    async def pull_if_due(self, bot: Bot) -> Bot:
        """Gives the bot with settings that are at most one interval old, as far as it can be asked; never raises."""
        if bot.key in self._running or self._is_due(self._pulled_at.get(bot.key), self._interval_s):
            return await self._pull_quietly(bot, "refusal")
        return self._bots.find_bot(bot.name) or bot

    async def refetch(self, bot: Bot) -> Bot:
        """Serves `meta.refetch_settings`, at most once an hour and bot (protocol 3.9.1, O21); never raises."""
        if not self._is_due(self._refetched_at.get(bot.key), self._refetch_interval_s):
            return self._bots.find_bot(bot.name) or bot
        self._refetched_at[bot.key] = self._clock.monotonic()
        return await self._pull_quietly(bot, "refetch")

    def _is_due(self, last: float | None, interval_s: float) -> bool:
        return last is None or self._clock.monotonic() - last >= interval_s

    async def _pull_quietly(self, bot: Bot, source: ChangeSource) -> Bot:
        try:
            return (await self.pull(bot, source)).bot
        except (UpstreamFailed, UpstreamTimeout, BadInput) as error:
            logger.info("settings:pull-failed bot=%s reason=%s", bot.name, error.message)
        return self._bots.find_bot(bot.name) or bot

    async def _pull(self, bot: Bot, source: ChangeSource) -> SettingsReading:
        try:
            body = await self._source.fetch_settings(bot)
        except BotFailure as failure:
            sentence = failure.sentence(bot.name)
            await self._bots.store_settings(replace(bot, settings_error=sentence))
            kind = UpstreamTimeout if failure.code == "bot_timeout" else UpstreamFailed
            raise kind(failure.code, sentence) from None
        try:
            return await self.store(bot, body, source)
        except BadInput as error:
            await self._bots.store_settings(replace(bot, settings_error=error.message))
            raise

    async def store(self, bot: Bot, body: object, source: ChangeSource) -> SettingsReading:
        """Takes over a settings object, pulled or pushed; it replaces the earlier one as a whole.

        Raises BadInput naming every fault; nothing is changed then.
        """
        try:
            settings = parse_settings(body)
        except InvalidSettings as error:
            raise BadInput(
                "invalid_settings",
                f"The settings of bot '{bot.name}' are invalid: {error}.",
                "The earlier settings stay in force.",
            ) from None
        is_changed = settings != bot.settings
        stored = await self._bots.store_settings(bot.with_settings(settings, self._clock.now()), source)
        stand_ins = await self._make_stand_ins(stored) if stored.wants_stand_ins else []
        if is_changed:
            logger.info("settings:changed bot=%s", bot.name)
        return SettingsReading(stored, is_changed, find_settings_warnings(settings), stand_ins)

    async def _make_stand_ins(self, bot: Bot) -> list[str]:
        made = []
        for name in bot.resolved.server_bot_dependencies:
            if self._bots.find_bot(name) is not None:
                continue
            try:
                await self._bots.create_bot(bot.owner_id, self._stand_in_draft(name))
            except BadInput as error:
                logger.warning("stand-in:refused bot=%s reason=%s", name, error.message)
            else:
                made.append(name)
        return made
