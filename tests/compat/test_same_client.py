"""The same answer read by the real package's client and by ours: the same messages, errors, tries and reports.

Differences are allowed only where `client_exchanges` names their row of docs/compatibility.md.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import fastapi_poe
import pytest

import rookery
from tests.compat.client_exchanges import CLIENT_EXCHANGES, EVENT_STREAM, ClientExchange, Reading
from tests.compat.server_exchanges import query
from tests.support.scripted_bot import Exchange, scripted_bot

COMPATIBILITY = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()


def on_wire(exchange: ClientExchange) -> bytes:
    """Gives the body of the answer."""
    if exchange.content_type != EVENT_STREAM:
        return exchange.frames.encode()
    lines = [line.partition(" ") for line in exchange.frames.splitlines()]
    frames = [(f"event: {name}\r\n" if name else "") + f"data: {data}\r\n\r\n" for name, _, data in lines]
    return "".join(frames).encode()


async def reading_of(fp: ModuleType, exchange: ClientExchange) -> Reading:
    """Calls the scripted bot with a package's client."""

    async def script(request: Exchange) -> None:
        await request.start(exchange.status, exchange.content_type)
        await request.raw(on_wire(exchange))
        if exchange.breaks:
            request.reset()

    async with scripted_bot(script) as bot:
        messages, error = await _call(fp, bot.url)
        reports = await _settled(bot.reports)
        return Reading(messages, error, len(bot.queries), reports)


async def _call(fp: ModuleType, url: str) -> tuple[tuple[tuple[Any, ...], ...], str | None]:
    request = fp.QueryRequest.model_validate(query())
    messages = []
    try:
        async for message in fp.stream_request(
            request, "X", "K", base_url=url, retry_sleep_time=0, on_error=lambda *_: None
        ):
            messages.append(_plain(message))
    except Exception as error:
        return tuple(messages), type(error).__name__
    return tuple(messages), None


def _plain(message: Any) -> tuple[Any, ...]:
    file = message.attachment
    parts = (file.url, file.content_type, file.name, file.inline_ref) if file else None
    meta = (message.content_type, message.linkify, message.suggested_replies) if hasattr(message, "linkify") else ()
    return (
        type(message).__name__,
        message.text,
        message.is_replace_response,
        message.is_suggested_reply,
        parts,
        message.data,
        message.index,
        *meta,
    )


async def _settled(reports: asyncio.Queue[dict[str, Any]]) -> tuple[str, ...]:
    """Gives the reports that came. Ours are sent in the background, so a moment is left for the last one."""
    messages = []
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.3):
                messages.append((await reports.get())["message"])
    return tuple(messages)


@pytest.mark.parametrize("exchange", CLIENT_EXCHANGES, ids=lambda exchange: exchange.name)
async def test_both_clients_read_alike(exchange: ClientExchange) -> None:
    reference = await reading_of(fastapi_poe, exchange)
    ours = await reading_of(rookery, exchange)
    if exchange.differs is None:
        assert ours == reference
    else:
        assert exchange.differs in COMPATIBILITY
        assert ours == exchange.ours
        assert ours != reference, "this difference is gone: drop it from the list"
