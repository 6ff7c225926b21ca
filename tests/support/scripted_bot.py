"""A bot server that does exactly what a test says, down to the bytes and the moment it breaks the connection.

It is a real HTTP server on a real socket, written on asyncio streams because no framework lets a test send half an
event and then reset the connection.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import Any


@dataclass
class Exchange:
    """One request and the means to answer it."""

    headers: dict[str, str]
    body: dict[str, Any]
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _has_started: bool = False

    async def start(self, status: int = 200, content_type: str = "text/event-stream; charset=utf-8") -> None:
        """Sends the head of a chunked answer."""
        self._has_started = True
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
        self._writer.write(head.encode())
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        """Sends bytes as one chunk, after the head if that is still missing."""
        if not self._has_started:
            await self.start()
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self._writer.drain()

    async def event(self, name: str, body: object) -> None:
        """Sends one event."""
        await self.raw(f"event: {name}\r\ndata: {json.dumps(body)}\r\n\r\n".encode())

    async def text(self, *texts: str) -> None:
        """Sends text events."""
        for text in texts:
            await self.event("text", {"text": text})

    async def done(self) -> None:
        """Sends `done`."""
        await self.event("done", {})

    async def reply(self, status: int, content_type: str, content: str) -> None:
        """Answers with a whole body."""
        await self.start(status, content_type)
        if content:
            await self.raw(content.encode())

    async def end(self) -> None:
        """Ends the answer properly."""
        if not self._has_started:
            await self.start()
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    def reset(self) -> None:
        """Breaks the connection at once, as a killed process does."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def until_gone(self) -> None:
        """Waits until the other side has closed the connection."""
        with suppress(ConnectionError):
            while await self._reader.read(1024):
                pass


Script = Callable[[Exchange], Awaitable[None]]


@dataclass
class ScriptedBot:
    """A running bot server."""

    url: str
    script: Script
    """Answers queries."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Answers settings requests."""
    queries: list[dict[str, Any]] = field(default_factory=list)
    query_headers: list[dict[str, str]] = field(default_factory=list)
    settings_requests: int = 0
    settings_asked: asyncio.Condition = field(default_factory=asyncio.Condition)
    reports: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    open_queries: int = 0
    connections: int = 0
    all_closed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while (exchange := await _read_request(reader, writer)) is not None:
                await self._answer(exchange)
        self._writers.discard(writer)
        writer.close()

    def close_connections(self) -> None:
        """Drops every connection, idle ones too, as a server that ends does."""
        for writer in self._writers:
            writer.transport.abort()

    async def until_settings_requests(self, count: int) -> None:
        """Waits until the settings have been asked for so often; the answers may still be on their way."""
        async with asyncio.timeout(10), self.settings_asked:
            await self.settings_asked.wait_for(lambda: self.settings_requests >= count)

    async def _answer(self, exchange: Exchange) -> None:
        kind = exchange.body.get("type")
        if kind == "settings":
            async with self.settings_asked:
                self.settings_requests += 1
                self.settings_asked.notify_all()
            await exchange.reply(200, "application/json", json.dumps(self.settings))
            await exchange.end()
        elif kind == "query":
            self.queries.append(exchange.body)
            self.query_headers.append(exchange.headers)
            self.open_queries += 1
            self.all_closed.clear()
            try:
                await self.script(exchange)
                await exchange.end()
            finally:
                self.open_queries -= 1
                if not self.open_queries:
                    self.all_closed.set()
        else:
            await self.reports.put(exchange.body)
            await exchange.reply(200, "application/json", "{}")
            await exchange.end()


async def _read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Exchange(headers, json.loads(body or b"{}"), reader, writer)


@asynccontextmanager
async def scripted_bot(script: Script, **settings: Any) -> AsyncIterator[ScriptedBot]:
    """Runs a bot server that answers every query by the script."""
    bot = ScriptedBot("", script, settings)
    server = await asyncio.start_server(bot.handle, "127.0.0.1", 0, limit=64 * 1024 * 1024)
    bot.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield bot
    finally:
        server.close()
        bot.close_connections()


def say(*texts: str) -> Script:
    """Gives a script that says the texts and is done."""

    async def script(exchange: Exchange) -> None:
        await exchange.text(*texts)
        await exchange.done()

    return script
