"""A sound bot server in plain ASGI, of no SDK, and the same with one seeded fault.

Each fault is a change of one place; `BotServer("")` has none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from rookery.conformance.bodies import build_message, build_query

KEY = "0123456789abcdef0123456789abcdef"

ROLES = {"system", "user", "bot", "tool"}
KNOWN_FIELDS = set(build_query())
KNOWN_MESSAGE_FIELDS = set(build_message(""))
BODY_BYTES = 16 * 1024 * 1024


def event(name: str, body: object) -> bytes:
    """Gives one event; text is taken as data as it is."""
    return f"event: {name}\ndata: {body if isinstance(body, str) else json.dumps(body)}\n\n".encode()


class Refusal(Exception):
    """Ends a request with a status."""

    def __init__(self, status: int, detail: str = "no") -> None:
        super().__init__(detail)
        self.status = status


class BotServer:
    """The server; an ASGI app."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.queries_running = 0
        self.queries_after_reports = 0
        self.has_reports = False
        self.is_dead = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._live(receive, send)
            return
        try:
            await self._answer(scope, receive, send)
        except ConnectionResetError:
            return  # before the end of the answer: the server then closes the connection
        except Refusal as refusal:
            await self._whole(send, refusal.status, {"detail": str(refusal)})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            if self.fault == "no page":
                raise Refusal(405)
            await self._whole(send, 200, {"runs": True})
            return
        if self.is_dead:
            raise Refusal(503)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self._check_key(headers.get("authorization", ""))
        request = self._parse(await self._read(headers, receive))
        if request is None:  # the fault: this server waits for more
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        handle: dict[str, Callable[[dict[str, Any], Receive, Send], Awaitable[None]]] = {
            "query": self._query,
            "settings": self._settings,
            "report_reaction": self._report,
            "report_feedback": self._report,
            "report_error": self._report,
        }
        if request["type"] not in handle:
            raise Refusal(200 if self.fault == "takes unknown types" else 501)
        await handle[request["type"]](request, receive, send)

    def _check_key(self, authorization: str) -> None:
        scheme, _, key = authorization.partition(" ")
        if self.fault == "checks no key":
            return
        if self.fault == "refuses with 403" and key != KEY:
            raise Refusal(403)
        if self.fault == "echoes the key" and key and key != KEY:
            raise Refusal(401, f"expected {KEY}")
        if self.fault == "compares eight characters":
            key += KEY[len(key) :] if not key else ""
            key = KEY if authorization and key[:8] == KEY[:8] else "other"
        is_bearer = scheme == "Bearer" if self.fault == "reads Bearer only" else scheme.lower() == "bearer"
        if not is_bearer or key != KEY or self.fault == "refuses everybody":
            raise Refusal(401)

    async def _read(self, headers: dict[str, str], receive: Receive) -> bytes:
        if int(headers.get("content-length", "0")) > BODY_BYTES and self.fault != "reads any body":
            raise Refusal(413)
        if self.fault == "small bodies only" and int(headers.get("content-length", "0")) > 64 * 1024:
            raise Refusal(413)
        body = bytearray()
        while True:
            message: Message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400)
            body += message.get("body", b"")
            if not message.get("more_body"):
                return bytes(body)

    def _parse(self, body: bytes) -> dict[str, Any] | None:
        try:
            request = json.loads(body)
        except ValueError:
            raise Refusal(500 if self.fault == "fails on no JSON" else 400) from None
        if not isinstance(request, dict):
            raise Refusal(400)
        if self.fault == "complains with the key" and request.get("type") not in ("query", "settings"):
            raise Refusal(400, f"{KEY} may not do that")
        if not isinstance(request.get("type"), str):
            if self.fault == "hangs without a type":
                return None
            raise Refusal(400)
        if request["type"] == "query":
            self._check_query(request)
        return request

    def _check_query(self, request: dict[str, Any]) -> None:
        messages = request.get("query")
        if messages is None and self.fault == "fails on missing fields":
            raise Refusal(500)
        if not isinstance(messages, list):
            raise Refusal(502 if self.fault == "fails on wrong types" and messages is not None else 400)
        for message in messages:
            if "role" not in message or not isinstance(message.get("content"), str):
                raise Refusal(400)
            if self.fault == "knows its fields only" and set(message) - KNOWN_MESSAGE_FIELDS:
                raise Refusal(400)
            if self.fault == "knows its roles only" and message["role"] not in ROLES:
                raise Refusal(500)
            if self.fault == "knows its content types only" and not message["content_type"].endswith("markdown"):
                raise Refusal(400)
            if self.fault == "knows its feedback only" and message["feedback"]:
                raise Refusal(400)
            if self.fault == "fails on attachments" and message["attachments"]:
                raise Refusal(500)
        if self.fault == "knows its fields only" and set(request) - KNOWN_FIELDS:
            raise Refusal(400)
        if self.fault == "ten messages only" and len(messages) > 10:
            raise Refusal(400)

    async def _settings(self, _request: dict[str, Any], receive: Receive, send: Send) -> None:
        settings: Any = {"response_version": 2, "allow_attachments": True, "server_bot_dependencies": {}}
        match self.fault:
            case "settings hang":
                await receive()
                return
            case "settings are a list":
                settings = [settings]
            case "settings are not JSON":
                await self._raw(send, 200, "text/html", b"<h1>Settings</h1>")
                return
            case "settings are wrong in two places":
                settings |= {"allow_attachments": "perhaps", "colour": "red"}
            case "settings are odd":
                settings |= {"custom_rate_card": "free", "server_bot_dependencies": {"Other": 11}}
            case "settings fail":
                raise Refusal(500)
        await self._whole(send, 200, settings)

    async def _report(self, request: dict[str, Any], _receive: Receive, send: Send) -> None:
        if self.fault == "takes no reactions" and request["type"] == "report_reaction":
            raise Refusal(501)
        self.has_reports = self.has_reports or request["type"] == "report_error"
        await self._whole(send, 200, {})

    async def _query(self, request: dict[str, Any], receive: Receive, send: Send) -> None:
        if self.fault == "one at a time":
            if self.queries_running:
                raise Refusal(503)
            self.queries_running += 1
            await _wait_for_company(receive)
            self.queries_running -= 1
        if self.fault == "answers JSON":
            await self._whole(send, 200, {"text": "Hello"})
            return
        if self.fault == "queries fail":
            raise Refusal(500)
        kind = "text/plain" if self.fault == "calls it text/plain" else "text/event-stream"
        await self._start(send, 200, kind)
        if self.fault == "never begins":
            await receive()
            return
        async for piece in self._pieces(request):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if self.fault == "dies of leavers":
            self.queries_after_reports += self.has_reports
            if self.queries_after_reports == 11:  # ten come at once, the next leaves
                await receive()
                self.is_dead = True
                return
        end = b"" if self.fault == "never says done" else event("done", "" if self.fault == "done is empty" else {})
        if self.fault == "talks on":
            end += event("text", {"text": "one more thing"})
        await send({"type": "http.response.body", "body": end, "more_body": False})

    async def _pieces(self, request: dict[str, Any]) -> AsyncIterator[bytes]:
        message = request["query"][-1]
        text = message["content"] or "(nothing)"
        match self.fault:
            case "sends control characters":
                yield event("\x1b[31mevil\x07", {})
            case "meta comes late":
                yield event("text", {"text": ""})
            case "sends plain text":
                yield event("text", "Hello")
            case "sends unknown events":
                yield event("thinking", {"text": "hm"})
            case "sends a number as text":
                yield event("text", {"text": 7})
            case "refers to files early":
                yield event("text", {"text": "![bird][b1]"})
            case "fails for parameters" if message["parameters"]:
                yield event("error", {"text": "I cannot do that", "allow_retry": False})
        if self.fault != "sends unknown events":
            yield event("meta", {"content_type": "text/markdown"})
        file = {"url": "https://files.example/b", "content_type": "image/png", "name": "bird.png", "inline_ref": "b1"}
        yield event("file", file)
        if self.fault == "says nothing":
            return
        if self.fault == "reads Latin-1":
            text = text.encode().decode("latin-1")
        if self.fault == "says too much":
            text = "x" * 600_000
        if self.fault == "breaks off":
            raise ConnectionResetError
        if self.fault == "writes U+2028 raw":
            yield event("text", json.dumps({"text": text}, ensure_ascii=False))
        else:
            yield event("text", {"text": text})
        yield event("text", {"text": " ![bird][b1]"})

    async def _whole(self, send: Send, status: int, body: object) -> None:
        await self._raw(send, status, "application/json", json.dumps(body).encode())

    async def _raw(self, send: Send, status: int, content_type: str, body: bytes) -> None:
        await self._start(send, status, content_type)
        await send({"type": "http.response.body", "body": body})

    async def _start(self, send: Send, status: int, content_type: str) -> None:
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})


async def _wait_for_company(receive: Receive) -> None:
    # Slow enough that queries sent at once meet, and gone with the reader.
    try:
        async with asyncio.timeout(0.03):
            await receive()
    except TimeoutError:
        pass
