"""The transport over a caller's own `httpx.AsyncClient`: its time-outs, proxies and mounts apply; it stays open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx

from rookery.sdk.transport import Outgoing, TransportError

FINISH_S = 0.2
"""How long an answer is read on after its last event; the caller waits meanwhile."""


async def post_with_client(client: httpx.AsyncClient, outgoing: Outgoing) -> _HttpxAnswer:
    """Sends a request through the given client. Raises TransportError."""
    body = outgoing.body if isinstance(outgoing.body, bytes) else outgoing.body()
    try:
        request = client.build_request("POST", outgoing.url, content=body, headers=dict(outgoing.headers))
        response = await client.send(request, stream=True, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TransportError(_clause(error)) from error
    return _HttpxAnswer(response)


class _HttpxAnswer:
    """See `transport.Answer`."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._pieces = response.aiter_bytes()
        self.status = response.status_code
        self.reason = response.reason_phrase
        self.content_type = response.headers.get("content-type", "")
        self.retry_after = response.headers.get("retry-after")

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        while piece := await self.next_piece():
            yield piece

    async def next_piece(self) -> bytes:
        try:
            async for piece in self._pieces:
                if piece:
                    return piece
            return b""
        except httpx.HTTPError as error:
            is_mid_body = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
            raise TransportError(_clause(error), is_mid_body=is_mid_body) from error

    async def finish(self) -> None:
        try:
            async with asyncio.timeout(FINISH_S):
                async for _ in self._pieces:
                    pass
        except (httpx.HTTPError, TimeoutError):
            pass  # the answer is complete; only the reuse of its connection is lost

    async def close(self) -> None:
        await self._response.aclose()


def _clause(error: Exception) -> str:
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ConnectError():
            return "connection refused" if _is_refused(error) else "no connection"
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.WriteError():
            return "the connection was closed early"
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "its address is no valid URL"
        case _:
            return f"network error {type(error).__name__}"


def _is_refused(error: BaseException | None) -> bool:
    # httpx wraps the socket's error several times over.
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False
