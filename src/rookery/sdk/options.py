"""How a bot is called: the one value that goes through the client instead of fourteen parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from rookery.sdk.addresses import bots_url, path_part
from rookery.sdk.log import logger

if TYPE_CHECKING:
    import httpx

QUERY_IDLE_S = 600.0
"""Longest silence of a called bot, in seconds, as in `fastapi_poe` (protocol 2.5)."""

ErrorHandler: TypeAlias = Callable[[Exception, str], None]
"""Told of every failed try and every breach of the protocol: the exception and where it happened."""


def log_error(error: Exception, message: str) -> None:
    """The default `on_error`: one line in the log."""
    logger.warning("%s: %s", message, error)


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Which bot is called, how often, over what."""

    bot_name: str
    url: str
    """Address of the bot's query endpoint."""
    session: httpx.AsyncClient | None = None
    """A client to use instead of the pool; it is never closed here."""
    on_error: ErrorHandler = log_error
    num_tries: int = 2
    retry_sleep_time: float = 0.5
    """Seconds before the second try; doubled before each further one."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All headers of the request, the key among them."""
    has_tools: bool = False
    """True when tools were offered, so that an answer without text is no breach (protocol 5.1.4)."""


def build_options(
    bot_name: str,
    api_key: str,
    *,
    base_url: str,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    extra_headers: Mapping[str, str] | None = None,
    has_tools: bool = False,
) -> CallOptions:
    """Resolves the address (`ROOKERY_URL`) and puts the headers of a query together (protocol 5.1.1)."""
    return CallOptions(
        bot_name=bot_name,
        url=bots_url(base_url) + path_part(bot_name),
        session=session,
        on_error=on_error,
        num_tries=max(1, num_tries),
        retry_sleep_time=retry_sleep_time,
        headers={
            "Authorization": f"Bearer {api_key}",
            "Accept": "text/event-stream",
            "Cache-Control": "no-store",
            "Content-Type": "application/json",
            **(extra_headers or {}),
        },
        has_tools=has_tools,
    )
