"""The environment that a bot's process gets."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

__all__ = ["build_environment"]


def build_environment(own: Mapping[str, str], *, hub_url: str, access_key: str) -> dict[str, str]:
    """Ours without everything that is the hub's or its owner's, and with what the SDKs read.

    The ROOKERY_ variables hold the owner's API key, database addresses and provider keys; a bot needs none of them.
    """
    passed_on = {name: value for name, value in own.items() if not name.startswith("ROOKERY_")}
    host = urlsplit(hub_url).hostname or ""
    return {
        **passed_on,
        "POE_ACCESS_KEY": access_key,
        "PYTHONUNBUFFERED": "1",
        "ROOKERY_URL": hub_url,
        # The hub does not know the bot while the file is loaded; it asks for the settings itself afterwards.
        "ROOKERY_SYNC_SETTINGS": "off",
        **{name: _with_host(own.get(name, ""), host) for name in ("NO_PROXY", "no_proxy")},
    }


def _with_host(hosts: str, host: str) -> str:
    """A NO_PROXY list with the hub in it: HTTP clients would ask a configured proxy for it otherwise."""
    return ",".join(part for part in (hosts, host) if part)
