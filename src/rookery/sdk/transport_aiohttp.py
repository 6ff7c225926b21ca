"""The default transport: one pool of connections per event loop, opened with the first call (10.2, C1).

A pool is closed when its loop shuts down its async generators, which `asyncio.run`, uvicorn and pytest all do; so no
author has to close anything.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import aiohttp
import certifi
from yarl import URL

from rookery.sdk.background import spawn
from rookery.sdk.transport import CONNECT_S, Outgoing, TransportError

KEEP_ALIVE_S = 4.0
"""Below uvicorn's 5 s: a POST on a connection which the server is just closing would be lost."""

FINISH_S = 1.0
FINISH_BYTES = 64 * 1024
"""How long and how far an answer is read on after its last event."""


class _Pool:
    """The connections of one event loop."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),  # one pool serves all bots and keys: nothing may stick to it
        )
        # aiohttp's own `trust_env` also reads ~/.netrc, which clashes with the Authorization header.
        self._proxies = getproxies()

    def proxy_for(self, url: URL) -> str | None:
        """Gives the proxy that the environment names for this address."""
        if not self._proxies or (url.host is not None and proxy_bypass(url.host)):
            return None
        return self._proxies.get(url.scheme) or self._proxies.get("all")


_pools: dict[asyncio.AbstractEventLoop, tuple[_Pool, AsyncGenerator[None, None]]] = {}


async def _pool_of_loop() -> _Pool:
    loop = asyncio.get_running_loop()
    known = _pools.get(loop)
    if known is not None and not known[0].session.closed:
        return known[0]
    for other in [other for other in list(_pools) if other.is_closed()]:
        del _pools[other]
    pool = _Pool()
    keeper = _keep(pool)
    _pools[loop] = (pool, keeper)
    await anext(keeper)
    return pool


async def _keep(pool: _Pool) -> AsyncGenerator[None, None]:
    # Started and never finished: the loop closes it when it ends, and with it the pool.
    try:
        yield
    finally:
        await pool.session.close()
        _pools.pop(asyncio.get_running_loop(), None)


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    # The system's authorities and certifi's: python.org builds on macOS come without the former.
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=certifi.where())
    return context


@lru_cache(maxsize=16)
def _timeout(total_s: float | None, idle_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=total_s, sock_connect=CONNECT_S, sock_read=idle_s)


async def post_pooled(outgoing: Outgoing) -> _AiohttpAnswer:
    """Sends a request through the running loop's pool. Raises TransportError."""
    pool = await _pool_of_loop()
    try:
        url = URL(outgoing.url, encoded=True)
        response = await pool.session.post(
            url,
            data=outgoing.body if isinstance(outgoing.body, bytes) else outgoing.body(),
            headers=outgoing.headers,
            timeout=_timeout(outgoing.total_s, outgoing.idle_s),
            allow_redirects=False,
            ssl=_tls_context() if url.scheme == "https" else True,
            proxy=pool.proxy_for(url),
        )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise TransportError(_clause(error)) from error
    return _AiohttpAnswer(response)


class _AiohttpAnswer:
    """See `transport.Answer`."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._is_handed_over = False
        self.status = response.status
        self.reason = response.reason or ""
        self.content_type = response.headers.get("Content-Type", "")
        self.retry_after = response.headers.get("Retry-After")

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        while piece := await self.next_piece():
            yield piece

    async def next_piece(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise TransportError(_clause(error), is_mid_body=not isinstance(error, TimeoutError)) from error

    async def finish(self) -> None:
        # The end usually came with the last event; where it did not, nobody has to wait for it.
        if not self._response.content.is_eof():
            self._is_handed_over = True
            spawn(_read_to_end(self._response), "read to end")

    async def close(self) -> None:
        if not self._is_handed_over:
            self._response.close()


async def _read_to_end(response: aiohttp.ClientResponse) -> None:
    unread = FINISH_BYTES
    try:
        async with asyncio.timeout(FINISH_S):
            async for piece in response.content.iter_any():
                unread -= len(piece)
                if unread < 0:
                    break
    except (aiohttp.ClientError, OSError):
        pass  # nobody waits for this answer any more
    finally:
        response.close()


def _clause(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError() | socket.gaierror():
            return "its address could not be resolved"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "the secure connection failed"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return "connection refused"
        case aiohttp.ServerTimeoutError() | TimeoutError():
            return "no answer in time"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionResetError():
            return "the connection was closed early"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "its address is no valid URL"
        case ValueError():
            return "the request could not be made"
        case _:
            return f"network error {type(error).__name__}"
