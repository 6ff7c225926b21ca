"""Stand-ins as an endpoint: a local rule answers, word by word, at a pace that a person can watch.

Rules that make files hand over their bytes; `keep_file` stores them and gives the `file` event in their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any, Protocol

from rookery.hub.bots.model import Bot
from rookery.hub.errors import HubError
from rookery.hub.failures import BotFailure
from rookery.hub.relay.ports import BotCall
from rookery.hub.standins.catalogue import UnknownRule, find_stand_in
from rookery.hub.standins.model import AnyStandIn, MadeFile, MakingStandIn
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import Event, FileEvent
from rookery.protocol.requests import QueryRequest
from rookery.protocol.sse import encode_comment

MAKERS = 2
"""Stand-ins that make something at the same time; the others wait. They share the machine with everything else."""


class KeepFile(Protocol):
    """Stores what a stand-in made."""

    async def __call__(self, call: BotCall, made: MadeFile) -> FileEvent:
        """Gives the event that shows the stored file. Raises HubError when it cannot be stored."""
        ...


class MeasureAttachment(Protocol):
    """Measures an attached picture of a query for a stand-in."""

    async def __call__(self, url: str, call: BotCall) -> str | None:
        """Gives a sentence as `standins.model.MeasurePicture` does, or None. Does not raise."""
        ...


async def keep_nothing(call: BotCall, made: MadeFile) -> FileEvent:
    """The `KeepFile` of a hub without a store of files. Raises BotFailure."""
    raise BotFailure("no_file_store", f"made the file '{made.name}', but this hub keeps no files")


async def measure_nothing(url: str, call: BotCall) -> str | None:
    """The `MeasureAttachment` of a hub without a store of files."""
    return None


class StandInEndpoint:
    """Adapter of `relay.ports.BotEndpoint` for bots of kind `stand-in`."""

    def __init__(
        self, *, pause_s: float, keep_file: KeepFile = keep_nothing, measure: MeasureAttachment = measure_nothing
    ) -> None:
        self._pause_s = pause_s
        self._keep_file = keep_file
        self._measure = measure
        self._makers = asyncio.Semaphore(MAKERS)

    async def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        yield encode_comment("stand-in")
        query = QueryRequest.model_validate(call.body)
        stand_in = _find(call.bot)
        if isinstance(stand_in, MakingStandIn):
            async with self._makers, aclosing(self._make(stand_in, query, call)) as made:
                async for event in made:
                    yield encode_event(event)
            return
        for event in stand_in.answer(query):
            await asyncio.sleep(self._pause_s)
            yield encode_event(event)

    async def _make(self, stand_in: MakingStandIn, query: QueryRequest, call: BotCall) -> AsyncGenerator[Event, None]:
        async with aclosing(stand_in.make(query, partial(self._measure, call=call))) as made:
            async for item in made:
                if isinstance(item, MadeFile):
                    yield await self._keep(call, item)
                else:
                    await asyncio.sleep(self._pause_s)
                    yield item

    async def _keep(self, call: BotCall, made: MadeFile) -> FileEvent:
        try:
            return await self._keep_file(call, made)
        except HubError as error:
            raise BotFailure(
                error.code, f"made the file '{made.name}', which could not be stored", remedy=error.sentence
            ) from None

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """A rule has no use for reports."""


def _find(bot: Bot) -> AnyStandIn:
    try:
        return find_stand_in(bot.rule or "")
    except UnknownRule as error:
        raise BotFailure("unknown_rule", f"cannot answer: {error}") from None
