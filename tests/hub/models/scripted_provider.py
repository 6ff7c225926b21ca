"""A provider that does exactly what a test says: OpenAI's wire format over real HTTP, and no model behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.serving import serve

CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}


@dataclass
class Exchange:
    """One request and the means to answer it. An answer without its end is cut off when the script returns."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    port: int
    """The client's port: the same for requests over one connection."""
    _receive: Callable[[], Awaitable[Mapping[str, Any]]]
    _send: Callable[[dict[str, Any]], Awaitable[None]]
    _has_started: bool = False

    async def start(self, status: int = 200, content_type: str = "text/event-stream", **headers: str) -> None:
        """Sends the head of an answer."""
        self._has_started = True
        fields = {"content-type": content_type, **{name.replace("_", "-"): text for name, text in headers.items()}}
        pairs = [(name.encode(), text.encode()) for name, text in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": pairs})

    async def raw(self, text: str) -> None:
        """Sends text as it is, after the head if that is still missing."""
        if not self._has_started:
            await self.start()
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})

    async def event(self, data: object) -> None:
        """Sends one event of OpenAI's stream."""
        await self.raw(f"data: {json.dumps(data)}\n\n")

    async def delta(self, finish_reason: str | None = None, **delta: object) -> None:
        """Sends a piece of the answer."""
        await self.event({**CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    async def say(self, *texts: str) -> None:
        """Sends pieces of text."""
        for text in texts:
            await self.delta(content=text)

    async def finish(self, reason: str = "stop") -> None:
        """Ends a good answer."""
        await self.delta(reason)
        await self.raw("data: [DONE]\n\n")
        await self.end()

    async def refuse(self, status: int, code: str | None = None, message: str = "no", **headers: str) -> None:
        """Answers with an error in OpenAI's form."""
        await self.start(status, "application/json", **headers)
        await self.raw(json.dumps({"error": {"message": message, "type": None, "param": None, "code": code}}))
        await self.end()

    async def end(self) -> None:
        """Ends the body properly."""
        if not self._has_started:
            await self.start()
        await self._send({"type": "http.response.body", "body": b""})

    async def until_gone(self) -> None:
        """Waits until the other side has closed the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


Script = Callable[[Exchange], Awaitable[None]]


@dataclass
class ScriptedProvider:
    """A running provider."""

    script: Script
    url: str = ""
    requests: list[Exchange] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a script has come to its end."""

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await _live(receive, send)
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        headers = {name.decode(): text.decode() for name, text in scope["headers"]}
        exchange = Exchange(scope["path"], headers, json.loads(body), scope["client"][1], receive, send)
        self.requests.append(exchange)
        try:
            await self.script(exchange)
        finally:
            self.answered.set()


async def _live(receive: Any, send: Any) -> None:
    for stage in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{stage}.complete"})


@asynccontextmanager
async def scripted_provider(script: Script) -> AsyncIterator[ScriptedProvider]:
    """Runs a provider that answers every request by the script."""
    provider = ScriptedProvider(script)
    async with serve(provider) as url:
        provider.url = url
        yield provider


def say(*texts: str) -> Script:
    """Gives a script that says the texts and finishes."""

    async def script(exchange: Exchange) -> None:
        await exchange.say(*texts)
        await exchange.finish()

    return script
