"""Stand-ins as an endpoint: a local rule answers, word by word, at a pace that a person can watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.hub.relay.ports import BotCall
from rookery.hub.standins.catalogue import find_stand_in
from rookery.protocol.encoding import encode_event
from rookery.protocol.requests import QueryRequest
from rookery.protocol.sse import encode_comment


class StandInEndpoint:
    """Adapter of `relay.ports.BotEndpoint` for bots of kind `stand-in`."""

    def __init__(self, *, pause_s: float) -> None:
        self._pause_s = pause_s

    async def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        yield encode_comment("stand-in")
        query = QueryRequest.model_validate(call.body)
        for event in find_stand_in(call.bot.rule or "").answer(query):
            await asyncio.sleep(self._pause_s)
            yield encode_event(event)

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """A rule has no use for reports."""
