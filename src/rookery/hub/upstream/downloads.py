"""Fetching files from addresses that people and bots name (`download_url`), guarded (design 9).

Only http and https; every host is checked before each step, names are resolved once by the pool's guarded resolver;
redirects are followed by hand, a few. Time is bounded here, size by whoever reads. See `files.ports`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp

from rookery.hub.errors import Unprocessable
from rookery.hub.files.ports import Download
from rookery.hub.upstream.outbound import ConnectionPool, PrivateAddress, is_private_host

REDIRECTS = 5
DOWNLOAD_S = 60.0
"""Seconds for everything, redirects included: below the 120 s after which SDKs give up an upload."""
PIECE_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SHOWN_CHARACTERS = 200


class GuardedDownloader:
    """Adapter of `Downloader`."""

    def __init__(self, pool: ConnectionPool, *, total_s: float = DOWNLOAD_S) -> None:
        self._pool = pool
        self._total_s = total_s

    @contextlib.asynccontextmanager
    async def fetch(self, url: str) -> AsyncIterator[Download]:
        """Opens the address; see `Downloader.fetch`."""
        ends_at = asyncio.get_running_loop().time() + self._total_s
        response = await self._follow(url, ends_at)
        try:
            _check_answer(response)
            yield Download(_name(response), response.content_length, self._chunks(response, ends_at))
        finally:
            # Not released but closed: what is left of a body that nobody wants may be endless.
            response.close()

    async def _follow(self, url: str, ends_at: float) -> aiohttp.ClientResponse:
        for _ in range(REDIRECTS + 1):
            self._check(url)
            response = await self._get(url, ends_at)
            if response.status not in _REDIRECTS:
                return response
            location = response.headers.get("location", "")
            response.close()
            if not location:
                raise _refused(url, "it redirects to nowhere")
            try:
                url = urljoin(url, location)
            except ValueError:
                raise _refused(url, "it redirects to something that is no address") from None
        raise _refused(url, f"it redirects more than {REDIRECTS} times")

    def _check(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise _refused(url, "it is not an address") from None
        if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isprintable():
            raise _refused(url, "only http:// and https:// addresses can be fetched")
        if parts.username is not None or parts.password is not None:
            raise _refused(url, "it contains a user name or password")
        if not self._pool.allow_private and is_private_host(host):
            raise _private(url, host)

    async def _get(self, url: str, ends_at: float) -> aiohttp.ClientResponse:
        # Files are kept as they are; asking for no compression keeps a small body from unfolding into a huge one.
        headers = {"Accept-Encoding": "identity", "User-Agent": "rookery"}
        try:
            async with asyncio.timeout_at(ends_at):
                return await self._pool.session.get(
                    url, headers=headers, allow_redirects=False, auto_decompress=False, read_bufsize=PIECE_BYTES
                )
        except TimeoutError:
            raise self._too_slow(url) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _unreachable(url, error) from error

    async def _chunks(self, response: aiohttp.ClientResponse, ends_at: float) -> AsyncIterator[bytes]:
        url = str(response.url)
        while True:
            try:
                async with asyncio.timeout_at(ends_at):
                    chunk = await response.content.readany()
            except TimeoutError:
                raise self._too_slow(url) from None
            except (aiohttp.ClientError, OSError) as error:
                raise _refused(url, f"the transfer broke off ({type(error).__name__})") from error
            if not chunk:
                return
            yield chunk

    def _too_slow(self, url: str) -> Unprocessable:
        return _refused(url, f"it took longer than {self._total_s:g} seconds, the limit for a download")


def _check_answer(response: aiohttp.ClientResponse) -> None:
    url = str(response.url)
    if response.status != 200:
        raise _refused(url, f"its server answered {response.status}")
    if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise _refused(url, "its server sends it compressed although it was asked not to")


def _name(response: aiohttp.ClientResponse) -> str:
    disposition = response.content_disposition
    if disposition is not None and disposition.filename:
        return disposition.filename
    return unquote(response.url.raw_path.rpartition("/")[2])


def _unreachable(url: str, error: Exception) -> Unprocessable:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, PrivateAddress):
            return _private(url, urlsplit(url).hostname or "")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _refused(url, "its name cannot be resolved")
    return _refused(url, f"its server cannot be reached ({type(error).__name__})")


def _private(url: str, host: str) -> Unprocessable:
    return Unprocessable(
        "private_url",
        f"The file at '{_shown(url)}' was not fetched: '{host[:_SHOWN_CHARACTERS]}' is a private or loopback address.",
        "Upload the bytes instead, or let the hub's owner allow it: ROOKERY_ALLOW_PRIVATE_URLS=true",
    )


def _refused(url: str, reason: str) -> Unprocessable:
    return Unprocessable(
        "download_failed",
        f"The file at '{_shown(url)}' was not fetched: {reason}.",
        "Check the address, or upload the bytes instead.",
    )


def _shown(url: str) -> str:
    # The query may hold a signature of somebody else's; it is left out of sentences.
    shown = url.partition("?")[0][:_SHOWN_CHARACTERS]
    return shown.encode("utf-8", "replace").decode()
