"""Outgoing connections: one pool for the whole hub, and the guard that keeps it away from private addresses.

With the guard on, names are resolved once, every address is checked, and the connection goes to a checked address:
a name that changes its mind between check and use (DNS rebinding) gains nothing. Redirects are not followed at all.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from rookery.hub.errors import BadInput

IDLE_CONNECTION_S = 4.0
"""Below the 5 s after which uvicorn closes an idle connection, so that a dying one is rarely picked up."""
CONNECT_S = 4.0
READ_BUFFER_BYTES = 64 * 1024


class PrivateAddress(OSError):
    """The name leads to an address that bots may not live at."""


def is_public_address(address: str) -> bool:
    """Tells whether an IP address is reachable by everybody; IPv4 hidden in IPv6 is looked at as IPv4."""
    ip = ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses those with any address that is not public."""

    def __init__(self) -> None:
        self._inner = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._inner.resolve(host, port, family)
        for result in results:
            if not is_public_address(result["host"]):
                raise PrivateAddress(f"{host} leads to the private address {result['host']}")
        return results

    async def close(self) -> None:
        await self._inner.close()


class ConnectionPool:
    """The hub's one pool of outgoing connections; opened on first use, inside the event loop."""

    def __init__(self, *, allow_private: bool) -> None:
        self.allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pool's session; whoever holds the pool closes it."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=IDLE_CONNECTION_S,
                resolver=None if self.allow_private else GuardedResolver(),
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
                read_bufsize=READ_BUFFER_BYTES,
                auto_decompress=True,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def aclose(self) -> None:
        """Closes every connection."""
        if self._session is not None:
            await self._session.close()


def url_check(*, allow_private: bool) -> Callable[[str], None]:
    """Builds the check for addresses that people register; names are checked again when they are used."""

    def check(url: str) -> None:
        parts = _split(url)
        if parts is None:
            raise BadInput(
                "invalid_url", f"'{url[:200]}' is not an address of a bot server.", "Use http://host:port/path."
            )
        host, has_credentials = parts
        if has_credentials:
            raise BadInput("invalid_url", "A bot server's address must not contain a user name or password.")
        if not allow_private and is_private_host(host):
            raise BadInput(
                "private_url",
                f"'{host}' is a private or loopback address, which this hub does not call.",
                "The owner may allow it: ROOKERY_ALLOW_PRIVATE_URLS=true",
            )

    return check


def _split(url: str) -> tuple[str, bool] | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.hostname, parts.username is not None or parts.password is not None


def is_private_host(host: str) -> bool:
    """Tells whether a host is a private address in any spelling, or a name for this machine."""
    if host.lower().rstrip(".").endswith("localhost"):
        return True
    try:
        return not is_public_address(host)
    except ValueError:
        pass
    try:
        # Decimal, hexadecimal and shortened spellings of IPv4, which the system's resolver understands too.
        return not is_public_address(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError:
        return False
