"""A web server from which the hub is asked to fetch files."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

PUBLIC_NAME = "files.public.test"
"""Leads to the test's own server, and counts as public (see `NamedHosts`)."""

REBOUND_NAME = "rebound.test"
"""Leads to a private address."""


async def remote_app(scope: Any, receive: Any, send: Any) -> None:
    """Answers by path; see the branches."""
    if scope["type"] != "http":
        return
    path, query = scope["path"], scope["query_string"].decode()
    headers: list[tuple[bytes, bytes]] = []
    status, body, is_endless = 200, b"hello", False
    if path == "/named":
        headers.append((b"content-disposition", b'attachment; filename="../named.txt"'))
    elif path.startswith("/redirect"):
        status, body = 302, b""
        headers.append((b"location", query.encode()))
    elif path == "/loop":
        status = 307
        headers.append((b"location", b"/loop"))
    elif path == "/odd":
        status = 302
        headers.append((b"location", b"http://["))
    elif path == "/nowhere":
        status = 302
    elif path == "/missing":
        status = 404
    elif path == "/zipped":
        headers.append((b"content-encoding", b"gzip"))
    elif path == "/announced":
        headers.append((b"content-length", b"60000000"))
        is_endless = True
    elif path == "/endless":
        is_endless = True
    elif path == "/stalls":
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"some", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    elif path == "/breaks":
        headers.append((b"content-length", b"100"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"some", "more_body": True})
        raise ConnectionError("the bench's server breaks off")
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if is_endless:
        for _ in range(50_000_000 // 2**16):
            await send({"type": "http.response.body", "body": bytes(2**16), "more_body": True})
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": body, "more_body": is_endless})


class NamedHosts(AbstractResolver):
    """Resolves the names above, and no others."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in (PUBLIC_NAME, REBOUND_NAME):
            raise OSError(f"{host} is unknown here")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0),
        ]

    async def close(self) -> None:
        pass
