"""What may stand between the command and a hub: a connection that breaks, or something that is no hub at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route


@dataclass
class BreakingLine:
    """Passes bytes on to a hub; breaks connections in the middle of a followed reply, as often as `cuts` says."""

    target: str
    cuts: list[int] = field(default_factory=list)
    """For each followed reply in turn: how many of its bytes to let through."""
    url: str = ""
    broken: int = 0
    running: set[asyncio.Task[None]] = field(default_factory=set)
    """Keeps the tasks alive: the event loop itself does not."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection; whichever side ends first ends both."""
        address = urlsplit(self.target)
        hub_reader, hub_writer = await asyncio.open_connection(address.hostname, address.port)
        directions = {
            asyncio.create_task(_pass_on(reader, hub_writer)),
            asyncio.create_task(self._pass_answers(hub_reader, writer)),
        }
        self.running |= directions
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        self.running -= directions
        for each in (writer, hub_writer):
            each.close()
            with suppress(ConnectionError):
                await each.wait_closed()

    async def _pass_answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        allowance: int | None = None
        while data := await reader.read(65536):
            head, separator, body = data.partition(b"\r\n\r\n")
            if allowance is None and separator and b"text/event-stream" in head and self.cuts:
                allowance = self.cuts.pop(0)
                writer.write(head + separator)
                data = body
            if allowance is not None:
                allowance -= len(data)
                if allowance <= 0:
                    writer.write(data[: len(data) + allowance])
                    await writer.drain()
                    self.broken += 1
                    return
            writer.write(data)
            await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def breaking_line(target: str) -> AsyncIterator[BreakingLine]:
    """Runs a line to the hub at `target`; it holds until `cuts` are set."""
    line = BreakingLine(target)
    server = await asyncio.start_server(line.handle, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()


QUERY: dict[str, Any] = {
    "query_id": "q1",
    "bot": "b",
    "message_id": "m1",
    "conversation_id": "c1",
    "state": "interrupted",
}


class OddHub:
    """Answers like a hub in unusual states; `events` are the bodies of followed replies, in turn."""

    def __init__(self, *events: str) -> None:
        self.events = list(events)
        self.asked_after: list[str] = []

    async def open_chat(self, _: Request) -> Response:
        return JSONResponse({"chat": {"id": "c1"}, "messages": [], "before": None}, 201)

    async def send(self, _: Request) -> Response:
        return JSONResponse({"message": {}, "answer": {"id": "m1", "bot": "b"}, "query_id": "q1"}, 202)

    async def show(self, _: Request) -> Response:
        return JSONResponse(QUERY)

    async def follow(self, request: Request) -> Response:
        self.asked_after.append(request.query_params["after"])
        if not self.events:
            body = {"error": {"code": "unknown_query", "message": "There is no query 'q1' of yours on this hub."}}
            return JSONResponse(body, 404)
        return Response(self.events.pop(0), media_type="text/event-stream")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/chats", self.open_chat, methods=["POST"]),
                Route("/api/chats/c1/messages", self.send, methods=["POST"]),
                Route("/api/queries/q1", self.show),
                Route("/api/queries/q1/events", self.follow),
            ]
        )


def numbered(number: int | None, name: str, body: object) -> str:
    """One event as the hub sends it."""
    head = "" if number is None else f"id: {number}\r\n"
    return f"{head}event: {name}\r\ndata: {json.dumps(body)}\r\n\r\n"


async def _web_page(_: Request) -> Response:
    return HTMLResponse("<h1>It works!</h1>")


async def _broken(_: Request) -> Response:
    return HTMLResponse("<h1>Bad gateway</h1>", 502)


async def _moved(_: Request) -> Response:
    return RedirectResponse("https://elsewhere.example/api/bots", 308)


def no_hub() -> Starlette:
    """Three things that are no hub: a web page, a proxy without its server, and an address that has moved."""
    return Starlette(
        routes=[
            Route("/page/api/bots", _web_page),
            Route("/broken/api/bots", _broken),
            Route("/moved/api/bots", _moved),
        ]
    )
