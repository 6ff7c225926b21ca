"""Real servers for tests: any ASGI app on a loopback port, and a scripted one that plays answers and keeps requests.

`serve` listens before it returns, so no test waits for a server to come up.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from rookery.protocol.sse import Frame, SseDecoder

WAIT_S = 5.0
"""Longest wait of any test, in seconds."""

KEY = "k" * 32

EVENT_STREAM = "text/event-stream; charset=utf-8"


@asynccontextmanager
async def serve(app: ASGIApp) -> AsyncIterator[str]:
    """Serves an app while the block runs; gives its address without a slash at its end."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        # `serve` and `shutdown` in parts: their own ticks of 0.1 s would be most of the suite's time.
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await _stop(server)


async def _stop(server: uvicorn.Server) -> None:
    for each in server.servers:
        each.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    try:
        async with asyncio.timeout(1):
            while state.connections or state.tasks:
                await asyncio.sleep(0.001)
    except TimeoutError:
        for task in state.tasks:
            task.cancel()
    await server.lifespan.shutdown()


def free_address() -> str:
    """Gives an address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def event(name: str, data: object = None) -> bytes:
    """Gives one event's bytes; text data is taken as it is, anything else is JSON."""
    text = data if isinstance(data, str) else json.dumps({} if data is None else data)
    return f"event: {name}\r\ndata: {text}\r\n\r\n".encode()


DONE = event("done")


@dataclass
class Answer:
    """One answer to play."""

    pieces: Sequence[bytes | asyncio.Event]
    """Body in pieces; at an Event the server waits."""
    status: int = 200
    content_type: str = EVENT_STREAM
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    """Breaks the connection after the last piece."""


def stream(*pieces: bytes | asyncio.Event, status: int = 200, is_cut: bool = False) -> Answer:
    """Gives an event stream."""
    return Answer(pieces, status=status, is_cut=is_cut)


def reply_json(body: object, status: int = 200, **headers: str) -> Answer:
    """Gives a JSON answer."""
    return Answer([json.dumps(body).encode()], status, "application/json", headers)


@dataclass
class Seen:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]
    """The other side's address: equal for two requests on one connection."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Broken(Exception):
    """Raised by the scripted server to break a connection."""


class ScriptedServer:
    """Plays the given answers to queries and other calls, one after the other; answers reports by itself."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = deque(answers)
        self.calls: list[Seen] = []
        """All requests but reports."""
        self.reports: asyncio.Queue[Any] = asyncio.Queue()
        """Bodies of `report_error` requests."""
        self.arrived = asyncio.Event()
        self.left = asyncio.Event()
        """Set when a caller closed its connection before the answer's end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        seen = await _read(scope, receive)
        if b'"report_error"' in seen.body:
            self.reports.put_nowait(seen.json)
            await _send_all(send, 200, "application/json", {}, b"{}")
            return
        self.calls.append(seen)
        self.arrived.set()
        if not self.answers:
            await _send_all(send, 500, "text/plain", {}, b"the script has no more answers")
            return
        await self._play(self.answers.popleft(), receive, send)

    async def _play(self, answer: Answer, receive: Receive, send: Send) -> None:
        await _send_head(send, answer.status, answer.content_type, answer.headers)
        for piece in answer.pieces:
            if isinstance(piece, bytes):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            elif not await self._wait(piece, receive):
                return
        if answer.is_cut:
            raise Broken
        await send({"type": "http.response.body", "body": b""})

    async def _wait(self, gate: asyncio.Event, receive: Receive) -> bool:
        opened, gone = asyncio.create_task(gate.wait()), asyncio.ensure_future(receive())
        await asyncio.wait({opened, gone}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.left.set()
        opened.cancel()
        gone.cancel()
        return gate.is_set()


async def _read(scope: Scope, receive: Receive) -> Seen:
    body = bytearray()
    is_complete = False
    while not is_complete:
        message = await receive()
        body += message.get("body", b"")
        is_complete = not message.get("more_body", False)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Seen(scope["path"], headers, bytes(body), tuple(scope["client"]))


async def _send_head(send: Send, status: int, content_type: str, headers: Mapping[str, str]) -> None:
    pairs = [(b"content-type", content_type.encode()), *((k.encode(), v.encode()) for k, v in headers.items())]
    await send({"type": "http.response.start", "status": status, "headers": pairs})


async def _send_all(send: Send, status: int, content_type: str, headers: Mapping[str, str], body: bytes) -> None:
    await _send_head(send, status, content_type, headers)
    await send({"type": "http.response.body", "body": body})


def query_body(**changes: Any) -> dict[str, Any]:
    """Gives the body of a query as a platform sends it."""
    return {
        "version": "1.2",
        "type": "query",
        "query": [{"role": "user", "content": "hi", "content_type": "text/markdown", "timestamp": 1}],
        "user_id": "u-1",
        "conversation_id": "c-1",
        "message_id": "m-1",
        "metadata": "",
        **changes,
    }


@dataclass
class Got:
    """An answer of a served bot."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def frames(self) -> list[Frame]:
        return SseDecoder().feed(self.body)

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Name and decoded data of each event."""
        return [(frame.name, json.loads(frame.data)) for frame in self.frames]


async def post(url: str, body: object, **headers: str) -> Got:
    """Posts JSON (or bytes as they are) and reads the whole answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers={"Content-Type": "application/json", **headers}) as answer,
    ):
        return Got(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())


async def ask(url: str, key: str | None = KEY, **changes: Any) -> Got:
    """Posts a query to a bot."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return await post(url, query_body(**changes), **headers)
