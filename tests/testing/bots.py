"""Bots to be tested, written for any of the two SDKs (`fp` is the module)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

Handler = Callable[[Any, Any], AsyncIterator[Any]]
"""`get_response` as a function of the bot and the request."""


def make_bot(fp: Any, handler: Handler, *, path: str = "/", name: str = "Tested", **settings: Any) -> Any:
    """Gives a bot of this SDK that answers by the function."""

    class Tested(fp.PoeBot):  # type: ignore[misc]
        async def get_response(self, request: Any) -> AsyncIterator[Any]:
            async for item in handler(self, request):
                yield item

        async def get_settings(self, setting: Any) -> Any:
            return fp.SettingsResponse(**settings)

    return Tested(path=path, bot_name=name)


def wrapper(fp: Any, callee: str = "Inner", *, calls: int = 1, declared: int = 1, **options: Any) -> Any:
    """Gives a bot that hands on what another one says, so many times."""

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        for _ in range(calls):
            async for message in fp.stream_request(request, callee, request.access_key, retry_sleep_time=0):
                yield message

    return make_bot(fp, handler, server_bot_dependencies={callee: declared} if declared else {}, **options)


def event_stream(*pieces: bytes, status: int = 200) -> Any:
    """Gives an ASGI app that answers settings with {} and queries with these bytes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        is_query = b'"type":"query"' in body
        kind = b"text/event-stream" if is_query else b"application/json"
        start = {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]}
        await send(start)
        for piece in pieces if is_query else (b"{}",):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app
