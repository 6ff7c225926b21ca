"""A streamed reply as an ASGI response (protocol 3.9, 10.1 S6).

    request's task:  handler ──► put ──► what is ready ──┐
                        │ suspends for the first time    ├──► one body message
    the loop's turn:    └──► flush task ─────────────────┘
                             watcher task: receive ──► the caller left ──► cancel the request's task
                             timer: the reply was silent for 15 s ──► a comment

The handler runs in the request's own task. What it yields without suspending is collected, and written as soon as the
loop turns, which is when the handler suspends. A reply that never suspends needs neither task nor timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from time import monotonic

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rookery.protocol.sse import encode_comment

PING_S = 15.0
"""Silence after which a comment keeps proxies from closing the connection, in seconds (protocol 3.9)."""

FRAMES_PER_TURN = 256
"""Events after which a handler that never suspends makes room for other streams."""

BYTES_PER_TURN = 64 * 1024
"""Bytes after which it does, and waits until they are sent."""

TURN_S = 0.002
"""Time after which it does, in seconds: what a handler said that blocks the loop must not wait for its next word."""

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
)

OPEN = encode_comment("open")


class EventStream(Response):
    """Streams the bytes of a reply. When the caller leaves, the reply is cancelled and closed.

    The head goes out at once, and a comment as soon as the handler suspends, however long the reply takes to begin
    (O30). Only with a reply that is complete without ever suspending it travels together.
    """

    media_type = "text/event-stream"

    def __init__(self, reply: AsyncGenerator[bytes, None]) -> None:
        self.status_code = 200
        self.background = None
        self.raw_headers = list(HEADERS)
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await _Sending(receive, send).run(self._reply)
        if self.background is not None:
            await self.background()


class _Sending:
    """One reply on its way out."""

    __slots__ = (
        "_bytes",
        "_error",
        "_flush_task",
        "_has_left",
        "_has_suspended",
        "_is_over",
        "_is_sending",
        "_loop",
        "_ready",
        "_receive",
        "_send",
        "_sent",
        "_task",
        "_timer",
        "_turn_began_s",
        "_watcher",
        "_written_at_s",
    )

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._ready: list[bytes] = [OPEN]
        self._bytes = 0
        self._turn_began_s = monotonic()
        self._written_at_s = self._turn_began_s
        self._has_suspended = False
        self._has_left = False
        self._is_sending = False
        self._is_over = False
        self._error: Exception | None = None
        self._task: asyncio.Task[object] | None = None
        self._flush_task: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sent: asyncio.Future[None] | None = None

    async def run(self, reply: AsyncGenerator[bytes, None]) -> None:
        """Sends the whole reply, or what there is of it when the caller leaves. Raises what `send` raises."""
        self._task = task = asyncio.current_task()
        assert task is not None
        cancelled_before = task.cancelling()
        suspended = self._loop.call_soon(self._suspended)
        try:
            await self._play(reply)
            if not self._has_left:
                await self._finish()
        except asyncio.CancelledError:
            if not self._has_left or task.uncancel() > cancelled_before:
                raise  # not, or not only, by the watcher
        else:
            if self._has_left:
                task.uncancel()  # the handler swallowed it
        finally:
            self._is_over = True
            suspended.cancel()
            await self._clear_up()
        if self._error is not None:
            raise self._error

    async def _play(self, reply: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(reply) as frames:
            async for frame in frames:
                if self._put(frame) and not await self._give_way():
                    return

    def _put(self, frame: bytes) -> bool:
        # Takes a frame; True when the handler has to give way.
        ready = self._ready
        if not ready and self._has_suspended and self._flush_task is None:
            self._flush_task = self._loop.create_task(self._flush())
        ready.append(frame)
        self._bytes += len(frame)
        if self._turn_began_s:
            if monotonic() - self._turn_began_s > TURN_S:
                return True
        else:
            self._turn_began_s = monotonic()
        return self._bytes > BYTES_PER_TURN or len(ready) >= FRAMES_PER_TURN or self._has_left

    async def _give_way(self) -> bool:
        # Waits until everything is sent; False when there is nobody to send to.
        if self._has_left:
            return False
        await self._wait_until_sent()
        self._turn_began_s = monotonic()
        return not self._has_left

    async def _wait_until_sent(self) -> None:
        self._sent = self._loop.create_future()
        await self._sent

    def _suspended(self) -> None:
        # Runs when the loop turns for the first time.
        self._has_suspended = True
        self._watcher = self._loop.create_task(self._watch())
        self._timer = self._loop.call_later(PING_S, self._ping)
        if self._ready:
            self._flush_task = self._loop.create_task(self._flush())

    async def _flush(self) -> None:
        try:
            while self._ready and not self._is_over:
                body = b"".join(self._ready)
                self._ready.clear()
                self._bytes = 0
                self._turn_began_s = 0.0  # the handler suspended: its next turn begins with its next word
                self._is_sending = True
                await self._send({"type": "http.response.body", "body": body, "more_body": True})
                self._is_sending = False
                self._written_at_s = monotonic()
        except Exception as error:
            self._error = error
            self._leave()
        finally:
            self._is_sending = False
            self._flush_task = None
            if self._sent is not None and not self._sent.done():
                self._sent.set_result(None)

    async def _finish(self) -> None:
        if self._is_sending:
            await self._wait_until_sent()
        self._is_over = True
        if self._error is None:
            body = b"".join(self._ready)
            self._ready.clear()
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _watch(self) -> None:
        with suppress(Exception):  # a connection that cannot be read is one that was left
            while (await self._receive())["type"] != "http.disconnect":
                pass
        self._leave()

    def _leave(self) -> None:
        if not self._is_over and not self._has_left and self._task is not None:
            self._has_left = True
            self._task.cancel()

    def _ping(self) -> None:
        silence_s = monotonic() - self._written_at_s
        if silence_s >= PING_S:
            silence_s = 0.0
            if self._flush_task is None:
                self._ready.append(encode_comment(f"ping - {datetime.now(UTC):%Y-%m-%d %H:%M:%S}+00:00"))
                self._flush_task = self._loop.create_task(self._flush())
        self._timer = self._loop.call_later(max(PING_S - silence_s, 0.001), self._ping)

    async def _clear_up(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        tasks = [task for task in (self._watcher, self._flush_task) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        for task in tasks:
            await asyncio.wait((task,))
