"""Where calls go: Poe by default, the hub named by `ROOKERY_URL` otherwise (protocol 1.2, design 3.3).

Every function of the SDK keeps its `base_url` argument with Poe's address as default. An argument that was left at
its default follows `ROOKERY_URL`, read when the call is made; any other argument is taken as it is.
"""

from __future__ import annotations

import os
from urllib.parse import quote

HUB_VARIABLE = "ROOKERY_URL"

POE_BOTS_URL = "https://api.poe.com/bot/"
"""Queries, reports and settings of bots."""

POE_COSTS_URL = "https://api.poe.com/"
"""The cost endpoints; `bot/cost/...` is appended."""

POE_UPLOADS_URL = "https://www.quora.com/poe_api/"
"""File upload."""

POE_CREATE_BOT_URL = "https://poe.com/create_bot?server=1"


def find_hub_url() -> str | None:
    """Gives the hub's address without a slash at its end, or None when bots talk to Poe."""
    return os.environ.get(HUB_VARIABLE, "").strip().rstrip("/") or None


def bots_url(base_url: str = POE_BOTS_URL) -> str:
    """Gives the base of `/bot/...`, with a slash at its end."""
    return _resolve(base_url, POE_BOTS_URL, "/bot/")


def costs_url(base_url: str = POE_COSTS_URL) -> str:
    """Gives the base of the cost endpoints, with a slash at its end."""
    return _resolve(base_url, POE_COSTS_URL, "/")


def uploads_url(base_url: str = POE_UPLOADS_URL) -> str:
    """Gives the base of the upload endpoint, with a slash at its end."""
    return _resolve(base_url, POE_UPLOADS_URL, "/poe_api/")


def create_bot_url() -> str:
    """Gives the page on which a bot server is registered."""
    hub = find_hub_url()
    return f"{hub}/create_bot?server=1" if hub else POE_CREATE_BOT_URL


def path_part(text: str) -> str:
    """Gives a name or id as one segment of a URL's path."""
    return quote(text, safe="")


def _resolve(given: str, default: str, hub_path: str) -> str:
    hub = find_hub_url()
    if hub and given == default:
        return hub + hub_path
    return given if given.endswith("/") else given + "/"
