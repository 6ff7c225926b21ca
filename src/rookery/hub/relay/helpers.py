"""Bots that the hub itself asks, below a query of somebody else: for suggested replies, for what a picture shows.

Their queries hang in the tree like a prompt bot's to its base: seen by the inspector, paid by the person, in time or
not at all. An answer that does not come is no trouble of the query that it was to help.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from rookery.hub.bots.model import Bot
from rookery.hub.relay.contract import Refused
from rookery.hub.relay.model import QueryState
from rookery.hub.relay.ports import BaseCaller
from rookery.hub.relay.suggestions import helper_query, read_suggestions, suggestion_query
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.messages import Attachment, ProtocolMessage
from rookery.protocol.requests import QueryRequest

logger = logging.getLogger("rookery.hub.relay")

SUGGESTION_S = 10.0
"""Seconds by which suggestions may delay the end of an answer."""
DESCRIPTION_S = 60.0
"""Seconds for the description of a picture, before the bot is asked."""
DESCRIBE = "Describe this picture for somebody who cannot see it: what it shows, and any text in it, word for word."
TOO_LATE = "The hub needed the answer sooner."

BotFinder = Callable[[], Bot | None]
"""Gives the configured bot, or None."""


class HelperBots:
    """Asks the configured bots."""

    def __init__(self, calls: BaseCaller, find_suggester: BotFinder, find_describer: BotFinder) -> None:
        self._calls = calls
        self._find_suggester = find_suggester
        self._find_describer = find_describer

    async def suggest(self, live: LiveQuery, answer: str) -> list[str]:
        """Gives replies that the person may want to send next; none when nobody is configured or none come."""
        bot = self._find_suggester()
        if bot is None:
            return []
        text = await self._ask(live, bot, suggestion_query(live.record.request, answer), SUGGESTION_S)
        return read_suggestions(text or "")

    def describes(self, live: LiveQuery) -> bool:
        """Tells whether a bot is configured that describes pictures for this query."""
        bot = self._find_describer()
        return bot is not None and bot.id != live.bot.id

    async def describe(self, live: LiveQuery, picture: Attachment) -> str | None:
        """Gives what the configured bot says about a picture; None when it gives no answer."""
        bot = self._find_describer()
        if bot is None:
            return None
        message = ProtocolMessage(role="user", content=DESCRIBE, attachments=[picture])
        return await self._ask(live, bot, helper_query(live.record.request, [message]), DESCRIPTION_S)

    async def _ask(self, live: LiveQuery, bot: Bot, query: QueryRequest, limit_s: float) -> str | None:
        try:
            child = self._calls.call_base(live.id, bot, lambda _: query)
        except Refused as refusal:
            logger.info("helper:refused bot=%s reason=%s", bot.name, refusal.text)
            return None
        try:
            async with asyncio.timeout(limit_s):
                while not child.log.is_ended:
                    await child.log.wait(len(child.log.entries), limit_s)
        except TimeoutError:
            await child.stop(TOO_LATE)
            return None
        result = child.result
        return result.text if result is not None and result.state is QueryState.DONE else None
