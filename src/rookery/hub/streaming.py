"""Event streams as plain ASGI: everything that is ready goes out in one piece, and a leaving client is noticed.

No task group per stream: one small task waits for the client to leave, the response itself writes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rookery.hub.relay.follow import PING
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import ErrorEvent

STREAM_HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}
"""As the reference server sends them (protocol 3.9)."""

OnGone = Callable[[], Awaitable[None]]


class _Stream(Response):
    """Base: headers, the watch over the client, and the end."""

    def __init__(self) -> None:
        super().__init__(status_code=200, headers=STREAM_HEADERS)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        gone.add_done_callback(self._client_left)
        try:
            await self._write(send, gone)
        finally:
            gone.cancel()

    def _client_left(self, _: asyncio.Future[None]) -> None:
        """Called once when the client is gone, or when the stream ended by itself."""

    async def _write(self, send: Send, gone: asyncio.Future[None]) -> None:
        raise TypeError("a stream must say what it writes")


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class QueryStream(_Stream):
    """A query's events for a caller over the Bot Query API; the query lives as long as this connection (design 5)."""

    def __init__(self, live: LiveQuery, *, keep_alive_s: float, on_gone: OnGone) -> None:
        super().__init__()
        self._live = live
        self._keep_alive_s = keep_alive_s
        self._on_gone = on_gone

    def _client_left(self, _: asyncio.Future[None]) -> None:
        self._live.log.wake()

    async def _write(self, send: Send, gone: asyncio.Future[None]) -> None:
        log = self._live.log
        sent = 0
        try:
            while not gone.done():
                if len(log.entries) > sent:
                    data = log.public_bytes(sent)
                    sent = len(log.entries)
                    if data:
                        await send({"type": "http.response.body", "body": data, "more_body": True})
                elif log.is_ended:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    return
                elif not await log.wait(sent, self._keep_alive_s):
                    await send({"type": "http.response.body", "body": PING, "more_body": True})
        finally:
            if self._live.is_running:
                await self._on_gone()


class FollowStream(_Stream):
    """A reply followed from a number; a reader that leaves changes nothing for the query."""

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces

    async def _write(self, send: Send, gone: asyncio.Future[None]) -> None:
        async with contextlib.aclosing(self._pieces) as pieces:
            async for piece in pieces:
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def refusal_stream(text: str, *, allow_retry: bool = False) -> Response:
    """Gives a refusal in the protocol's own shape: an SSE `error` event, the only thing clients read (5.1.3, O8)."""
    body = encode_event(ErrorEvent(text=text, allow_retry=allow_retry))
    return Response(body, status_code=200, headers=STREAM_HEADERS)
