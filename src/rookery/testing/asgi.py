"""Running an ASGI app in process: its start-up phase, and requests whose answers are read as they come.

No socket is opened. An app's exception rises out of the request that caused it, with its own traceback.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

__all__ = ["App", "Response", "post", "running"]

Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
"""Any ASGI application."""


@asynccontextmanager
async def running(app: App) -> AsyncGenerator[None, None]:
    """Runs the app's start-up phase, and its shut-down at the end. Raises RuntimeError when it fails to start.

    Apps without such a phase are left alone. The phase has a task of its own, so that it begins and ends in the same
    one wherever this is entered and left.
    """
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}

    async def run() -> None:
        await app(scope, to_app.get, from_app.put)

    task = asyncio.create_task(run(), name="lifespan of the bot's app")
    to_app.put_nowait({"type": "lifespan.startup"})
    is_started = await _next(from_app, task, "startup")
    try:
        yield
    finally:
        if is_started:
            to_app.put_nowait({"type": "lifespan.shutdown"})
            await _next(from_app, task, "shutdown")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _next(from_app: asyncio.Queue[Message], task: asyncio.Task[None], phase: str) -> bool:
    # False: the app does not know about phases (it returned or raised without a word).
    answer = asyncio.ensure_future(from_app.get())
    await asyncio.wait({answer, task}, return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
        return False
    message = answer.result()
    if message["type"] == f"lifespan.{phase}.failed":
        raise RuntimeError(f"the {phase} of the bot's app failed: {message.get('message', '')}")
    return True


class Response:
    """An answer whose head has arrived."""

    def __init__(self, status: int, headers: Mapping[str, str], chunks: asyncio.Queue[bytes | None]) -> None:
        self.status = status
        self.headers = headers
        """Names in lower case."""
        self._chunks = chunks
        self._is_over = False

    async def chunk(self) -> bytes | None:
        """Gives the next piece of the body; None at its end."""
        if self._is_over:
            return None
        piece = await self._chunks.get()
        self._is_over = piece is None
        return piece

    async def read(self) -> bytes:
        """Gives the rest of the body."""
        body = bytearray()
        while (piece := await self.chunk()) is not None:
            body += piece
        return bytes(body)


@asynccontextmanager
async def post(app: App, path: str, body: bytes, headers: Mapping[str, str]) -> AsyncGenerator[Response, None]:
    """Posts to the app. Leaving before the body's end tells the app that the caller is gone, and stops it."""
    head: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
    gone = asyncio.Event()
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        request = next(requests, None)
        if request is None:
            await gone.wait()
            return {"type": "http.disconnect"}
        return dict(request)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.set_result(message)
        elif message["type"] == "http.response.body":
            if piece := message.get("body", b""):
                chunks.put_nowait(bytes(piece))
            if not message.get("more_body", False):
                chunks.put_nowait(None)

    async def run() -> None:
        try:
            await app(_scope(path, headers), receive, send)
        finally:
            chunks.put_nowait(None)

    task = asyncio.create_task(run(), name=f"POST {path}")
    try:
        waited: set[asyncio.Future[Any]] = {head, task}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not head.done():
            await task  # raises what the app raised
            raise RuntimeError("the bot's app ended without an answer")
        start = head.result()
        names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start.get("headers", [])}
        yield Response(start["status"], names, chunks)
    finally:
        gone.set()
        await _finish(task)


async def _finish(task: asyncio.Task[None], grace_s: float = 1.0) -> None:
    # The app is given a moment to end by itself, as it would on a server; its exception is the test's business.
    try:
        await asyncio.wait({task}, timeout=grace_s)
    finally:
        task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _scope(path: str, headers: Mapping[str, str]) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("bot.test", 80),
        "state": {},
    }
