"""The same bot on the real package's server and on ours: the same answers, event by event (protocol A.1).

Differences are allowed only where `server_exchanges` names their row of docs/compatibility.md.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import fastapi_poe
import pytest

import rookery
from rookery.protocol.sse import SseDecoder
from tests.compat.server_exchanges import KEY, SERVER_EXCHANGES, Answer, ServerExchange, query
from tests.support.serving import serve

COMPATIBILITY = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()


def make_bot(fp: ModuleType, exchange: ServerExchange) -> Any:
    class Bot(fp.PoeBot):  # type: ignore[name-defined, misc]
        async def get_response(self, request: Any) -> Any:
            async for item in exchange.handler(fp, self, request):
                yield item

    return Bot()


async def answer_of(fp: ModuleType, exchange: ServerExchange) -> Answer:
    """Serves the bot with a package and gives what it answers."""
    options: dict[str, Any] = {"access_key": KEY} if exchange.has_key else {"allow_without_key": True}
    app = await asyncio.to_thread(fp.make_app, make_bot(fp, exchange), **options)
    body = query() if exchange.body is None else exchange.body
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**exchange.headers, "content-type": "application/json"}
    async with (
        serve(app) as url,
        aiohttp.ClientSession() as http,
        http.request(exchange.method, url, data=data if exchange.method == "POST" else None, headers=headers) as got,
    ):
        content_type = got.headers["content-type"]
        return Answer(got.status, content_type, _events(content_type, await got.read()))


def _events(content_type: str, data: bytes) -> tuple[tuple[str, Any], ...]:
    if content_type.startswith("text/event-stream"):
        return tuple((frame.name, json.loads(frame.data)) for frame in SseDecoder().feed(data))
    if content_type.startswith("application/json"):
        return (("body", json.loads(data)),)
    return ()  # the words of pages are each package's own


@pytest.mark.parametrize("exchange", SERVER_EXCHANGES, ids=lambda exchange: exchange.name)
async def test_both_servers_answer_alike(exchange: ServerExchange) -> None:
    reference = await answer_of(fastapi_poe, exchange)
    ours = await answer_of(rookery, exchange)
    if exchange.differs is None:
        assert ours == reference
    else:
        assert exchange.differs in COMPATIBILITY
        assert ours == exchange.ours
        assert ours != reference, "this difference is gone: drop it from the list"
