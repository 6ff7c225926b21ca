"""Addresses of hubs: reading what people type, and telling when two addresses mean the same hub."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote, urlsplit

DEFAULT_HUB = "http://127.0.0.1:8080"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = "127.0.0.1"


class HubIdentity(NamedTuple):
    """What makes two addresses the same hub. The scheme counts: a key saved for https never goes out in the clear."""

    scheme: str
    host: str
    port: int
    path: str
    """Empty, or beginning with a slash, for a hub behind a proxy."""

    @property
    def file_name(self) -> str:
        """A name for files about this hub, without suffix: `127.0.0.1_8080`, `hub.example.com_443_https`."""
        parts = [quote(self.host, safe=""), str(self.port)]
        if self.scheme != "http":
            parts.append(self.scheme)
        if self.path:
            parts.append(quote(self.path.strip("/"), safe=""))
        return "_".join(parts)


def parse_address(text: str) -> str:
    """Gives a hub's address in one spelling: scheme, host, port if any, path if any, no slash at the end.

    Raises ValueError with a sentence for people.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _no_address(text) from None
    if parts.scheme not in _DEFAULT_PORTS or not host or " " in host:
        raise _no_address(text)
    if parts.username is not None:
        raise ValueError("a hub's address holds no name or password; the API key belongs into ROOKERY_API_KEY")
    shown_port = "" if port is None else f":{port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{shown_port}{parts.path.rstrip('/')}"


def _no_address(text: str) -> ValueError:
    return ValueError(f"'{text}' is not the address of a hub; it looks like {DEFAULT_HUB}")


def identify_hub(address: str) -> HubIdentity:
    """Gives what makes this address the same hub as another; raises ValueError as `parse_address` does.

    `localhost`, `[::1]`, and `0.0.0.0` (which a hub listens on to be reached everywhere) are all 127.0.0.1.
    """
    parts = urlsplit(parse_address(address))
    host = _THIS_MACHINE if is_this_machine(address) else parts.hostname or ""
    return HubIdentity(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme], parts.path)


def is_this_machine(address: str) -> bool:
    """Tells whether the address leads to the machine that this command runs on."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip = ip_address(host)
    except ValueError:
        return False
    return ip.is_unspecified or str(ip) in (_THIS_MACHINE, "::1")
