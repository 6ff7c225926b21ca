"""Calls to Poe's own addresses go to the hub instead.

`fastapi_poe` has Poe's addresses as defaults in a dozen signatures, old versions also inside function bodies. What all
versions share is httpx, so the one place to turn is where an httpx client sends a request. Code that writes these
addresses by hand, or passes them as `base_url`, is turned as well.

    https://api.poe.com/bot/Echo                               →  {hub}/bot/Echo
    https://www.quora.com/poe_api/file_upload_3RD_PARTY_POST   →  {hub}/poe_api/file_upload_3RD_PARTY_POST
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

__all__ = ["Redirect"]

API_HOST = "api.poe.com"
UPLOAD_HOST = "www.quora.com"
UPLOAD_PREFIX = "/poe_api/"


class Redirect:
    """Turns requests for Poe towards `hub_url`, which may have a path of its own."""

    def __init__(self, hub_url: str) -> None:
        hub = urlsplit(hub_url)
        self._scheme = hub.scheme
        self._host = hub.hostname or ""
        self._port = hub.port
        self._netloc = hub.netloc
        self._prefix = hub.path.rstrip("/").encode()

    def install(self, httpx_module: ModuleType) -> None:
        """Change the two public `send` methods of httpx. A second call, by whomever, changes nothing."""
        if hasattr(httpx_module.Client.send, "redirects_poe"):
            return
        httpx_module.Client.send = self._wrap(httpx_module.Client.send)
        httpx_module.AsyncClient.send = self._wrap_async(httpx_module.AsyncClient.send)

    def readdress(self, request: httpx.Request) -> None:
        """Change `request` in place when it is meant for Poe."""
        url = request.url
        if not is_for_poe(url.host, url.path):
            return
        request.url = url.copy_with(
            scheme=self._scheme, host=self._host, port=self._port, raw_path=self._prefix + url.raw_path
        )
        request.headers["Host"] = self._netloc

    def _wrap(self, send: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
        @functools.wraps(send)
        def redirected(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
            self.readdress(request)
            return send(client, request, **options)

        redirected.redirects_poe = True  # type: ignore[attr-defined]
        return redirected

    def _wrap_async(self, send: Callable[..., Awaitable[httpx.Response]]) -> Callable[..., Awaitable[httpx.Response]]:
        @functools.wraps(send)
        async def redirected(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
            self.readdress(request)
            return await send(client, request, **options)

        return redirected


def is_for_poe(host: str, path: str) -> bool:
    """Whether an address belongs to the platform: all of the API host, and the upload folder of the other."""
    return host == API_HOST or (host == UPLOAD_HOST and path.startswith(UPLOAD_PREFIX))
