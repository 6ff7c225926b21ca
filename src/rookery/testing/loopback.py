"""The platform's address while bots are tested: one small HTTP server on loopback for the whole process.

It runs in threads of its own, so that bots may also call it in the blocking way (`get_bot_response_sync`, and the
settings sync of the real `fastapi_poe`). While at least one bot is under test

- `ROOKERY_URL` names it, which is what our SDK follows;
- requests that httpx sends to Poe's two hosts are re-addressed to it, which is what the real `fastapi_poe` does.
  So no test ever reaches Poe, whatever key lies in the environment.

Whom a request belongs to is decided by the handlers (`desk`), not here.
"""

from __future__ import annotations

import functools
import os
import socket
import socketserver
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

import httpx

from rookery.protocol.encoding import encode_event
from rookery.protocol.events import ErrorEvent
from rookery.protocol.json_values import dump_json
from rookery.protocol.sse import encode_frame

__all__ = ["EVENT_STREAM", "Incoming", "Loopback", "Outgoing", "loopback"]

EVENT_STREAM = "text/event-stream; charset=utf-8"

UNKNOWN_KEY = (
    "Access denied. The key is neither an API key of a person nor the access key of a bot on this hub. "
    "In a test, only bots under test are known, by their own keys: pass request.access_key."
)

_HOST = "127.0.0.1"
_POE_API_HOST = "api.poe.com"
_POE_UPLOAD_HOST = "www.quora.com"
_POE_UPLOAD_PREFIX = "/poe_api/"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request that arrived, read to its end."""

    method: str
    path: str
    """Without the query string, not decoded."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


Handler = Callable[[Incoming], Outgoing | None]
"""Called in a thread of the server; None: not mine."""


@dataclass
class Loopback:
    """The running server: its address, and who answers."""

    url: str
    """Without a slash at its end."""
    handlers: list[Handler] = field(default_factory=list)

    def answer(self, incoming: Incoming) -> Outgoing:
        """Asks the handlers, the newest first."""
        for handle in reversed(tuple(self.handlers)):
            outgoing = handle(incoming)
            if outgoing is not None:
                return outgoing
        if incoming.path.startswith("/bot/cost/"):
            return Outgoing(encode_frame("error", dump_json({"message": UNKNOWN_KEY})), EVENT_STREAM, 401)
        if incoming.path.startswith("/bot/"):
            return Outgoing(encode_event(ErrorEvent(UNKNOWN_KEY, allow_retry=False)), EVENT_STREAM)
        return Outgoing(dump_json({"detail": UNKNOWN_KEY}), status=401 if incoming.method == "POST" else 404)


class _State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.loopback: Loopback | None = None
        self.undo: Generator[Loopback, None, None] | None = None


_state = _State()


@contextmanager
def loopback(handler: Handler) -> Generator[Loopback, None, None]:
    """Gives the server, with this handler added; the first user starts it and the last one stops it."""
    with _state.lock:
        if _state.users == 0:
            _state.undo = _run()
            _state.loopback = next(_state.undo)
        _state.users += 1
        running = _state.loopback
        assert running is not None
        running.handlers.append(handler)
    try:
        yield running
    finally:
        with _state.lock:
            running.handlers.remove(handler)
            _state.users -= 1
            if _state.users == 0 and _state.undo is not None:
                next(_state.undo, None)
                _state.undo = _state.loopback = None


def _run() -> Generator[Loopback, None, None]:
    # A generator rather than a context manager: two different users call its two halves.
    with _Server((_HOST, 0), _RequestHandler) as server:
        port = server.server_address[1]
        server.loopback = Loopback(f"http://{_HOST}:{port}")
        thread = threading.Thread(target=server.serve, name="platform of the test kit", daemon=True)
        thread.start()
        try:
            with _environment(server.loopback.url), _redirected(server.loopback.url):
                yield server.loopback
        finally:
            server.stop()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    loopback: Loopback

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._is_stopping = False

    def serve(self) -> None:
        while not self._is_stopping:
            self.handle_request()

    def stop(self) -> None:
        # A connection of our own wakes the server; `serve_forever` would have to be polled.
        self._is_stopping = True
        with socket.create_connection((_HOST, self.server_address[1])):
            pass

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that leave early are no fault of the server."""


class _RequestHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        incoming = Incoming(self.command, urlsplit(self.path).path, headers, self._read_body(headers))
        outgoing = self.server.loopback.answer(incoming)
        self.send_response(outgoing.status)
        self.send_header("Content-Type", outgoing.content_type)
        self.send_header("Content-Length", str(len(outgoing.body)))
        # Nothing outlives a request: no idle connection has to be closed when the server stops.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(outgoing.body)

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        if "chunked" not in headers.get("transfer-encoding", ""):
            return self.rfile.read(int(headers.get("content-length", "0")))
        body = bytearray()
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing by themselves."""


@contextmanager
def _environment(url: str) -> Generator[None, None, None]:
    changes = {"ROOKERY_URL": url, "ROOKERY_SYNC_SETTINGS": "off"}
    for name in ("no_proxy", "NO_PROXY"):
        known = os.environ.get(name)
        changes[name] = f"{known},{_HOST}" if known else _HOST
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _redirected(url: str) -> Generator[None, None, None]:
    # `send` is httpx's public door which every request of both clients passes, also those of `httpx.post`.
    base = urlsplit(url)

    def readdress(request: httpx.Request) -> None:
        host, path = request.url.host, request.url.path
        if host == _POE_API_HOST or (host == _POE_UPLOAD_HOST and path.startswith(_POE_UPLOAD_PREFIX)):
            request.url = request.url.copy_with(scheme="http", host=base.hostname, port=base.port)
            request.headers["Host"] = base.netloc

    send: Callable[..., httpx.Response] = httpx.Client.send
    send_async: Callable[..., Awaitable[httpx.Response]] = httpx.AsyncClient.send

    @functools.wraps(send)
    def redirected(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
        readdress(request)
        return send(client, request, **options)

    @functools.wraps(send_async)
    async def redirected_async(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        readdress(request)
        return await send_async(client, request, **options)

    client_class: Any = httpx.Client
    async_client_class: Any = httpx.AsyncClient
    client_class.send, async_client_class.send = redirected, redirected_async
    try:
        yield
    finally:
        client_class.send, async_client_class.send = send, send_async
