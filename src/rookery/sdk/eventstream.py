"""A streamed reply as an ASGI response, without a task group per stream (protocol 3.9, 10.1 S6).

writer task:  reply ──► send        watcher task:  receive ──► the caller left ──► cancel the writer
this task:    waits for either; writes a comment when the reply was silent for 15 s
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rookery.protocol.sse import encode_comment

PING_S = 15.0
"""Silence after which a comment keeps proxies from closing the connection, in seconds (protocol 3.9)."""

FRAMES_PER_TURN = 50
"""Events after which other streams get their turn."""

HEADERS = {
    "cache-control": "no-store",
    "connection": "keep-alive",
    "x-accel-buffering": "no",
}


class EventStream(Response):
    """Streams the bytes of a reply. When the caller leaves, the reply is cancelled and closed.

    The first byte, a comment, goes out at once, however long the reply takes to begin (O30).
    """

    media_type = "text/event-stream"

    def __init__(self, reply: AsyncGenerator[bytes, None]) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(HEADERS)
        self._reply = reply
        self._has_left = False
        self._is_sending = False
        self._written_at_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._send(send, encode_comment("open"))
        writer = asyncio.create_task(self._write(send))
        watcher = asyncio.create_task(_wait_until_gone(receive))
        try:
            await self._supervise(writer, watcher, send)
        finally:
            self._has_left = True
            writer.cancel()
            watcher.cancel()
            await asyncio.gather(writer, watcher, return_exceptions=True)
        if not writer.cancelled():
            writer.result()  # raises what the writer raised
        if self.background is not None:
            await self.background()

    async def _supervise(self, writer: asyncio.Task[None], watcher: asyncio.Task[None], send: Send) -> None:
        now_s = asyncio.get_running_loop().time
        while True:
            silence_s = now_s() - self._written_at_s
            if silence_s >= PING_S and not self._is_sending:
                await self._send(send, encode_comment(f"ping - {datetime.now(UTC):%Y-%m-%d %H:%M:%S}+00:00"))
                silence_s = 0.0
            wait_s = PING_S if self._is_sending else max(PING_S - silence_s, 0.01)
            done, _ = await asyncio.wait({writer, watcher}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return

    async def _write(self, send: Send) -> None:
        unshared = 0
        async with aclosing(self._reply) as frames:
            async for frame in frames:
                if self._has_left:
                    return  # the handler swallowed its cancellation
                await self._send(send, frame)
                unshared += 1
                if unshared == FRAMES_PER_TURN:
                    # Neither a handler that never awaits nor `send` to a caller who left ever gives way by itself.
                    unshared = 0
                    await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, data: bytes) -> None:
        self._is_sending = True
        try:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        finally:
            self._is_sending = False
            self._written_at_s = asyncio.get_running_loop().time()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
