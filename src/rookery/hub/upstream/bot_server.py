"""Talking to bot servers over HTTP: queries, settings, reports (protocol 3).

Every network trouble leaves here as a `BotFailure` with a clause for people; nothing of aiohttp gets out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from rookery.hub.bots.model import Bot
from rookery.hub.failures import BotFailure
from rookery.hub.relay.ports import BotCall
from rookery.hub.upstream.outbound import ConnectionPool, PrivateAddress, is_private_host
from rookery.protocol.limits import FIRST_BYTE_S
from rookery.protocol.version import PROTOCOL_VERSION

logger = logging.getLogger("rookery.hub.upstream")

SETTINGS_S = 4.5
"""Seconds for a whole settings request: below the 5 s after which SDKs give up on `fetch_settings` (5.2)."""
SETTINGS_BYTES = 1024 * 1024
REPORT_S = FIRST_BYTE_S


class BotServerClient:
    """The hub's side of the bot-server protocol, over one shared pool."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    async def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        """Posts a query and gives the bytes of the answer as they come; closing the generator closes the connection.

        Raises BotFailure before the first chunk for every refusal, and later when the connection breaks. Time limits
        are the caller's.
        """
        headers = {"Accept": "text/event-stream", **call.headers}
        has_begun = False
        try:
            async with self._post(call.bot, orjson.dumps(call.body), headers) as response:
                _check_stream_response(response)
                async for chunk in response.content.iter_any():
                    has_begun = True
                    yield chunk
        except (aiohttp.ClientError, OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise (_broken_answer() if has_begun else _network_failure(error)) from error

    async def fetch_settings(self, bot: Bot) -> object:
        """See `bots.ports.SettingsSource`."""
        body = orjson.dumps({"version": PROTOCOL_VERSION, "type": "settings"})
        try:
            async with asyncio.timeout(SETTINGS_S), self._post(bot, body, {"Accept": "application/json"}) as response:
                if response.status != 200:
                    raise _status_failure(response.status, "a settings request")
                data = await response.content.read(SETTINGS_BYTES + 1)
                while len(data) <= SETTINGS_BYTES and (more := await response.content.read(SETTINGS_BYTES)):
                    data += more
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _network_failure(error, SETTINGS_S) from error
        if len(data) > SETTINGS_BYTES:
            raise BotFailure("bot_protocol", f"sent settings of more than {SETTINGS_BYTES} bytes")
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            raise BotFailure("bot_protocol", "answered a settings request with something that is not JSON") from None

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """Sends a `report_*` request; what comes back is ignored, and so is any trouble (protocol 3.1)."""
        try:
            async with asyncio.timeout(REPORT_S), self._post(bot, orjson.dumps(body), {}) as response:
                logger.debug("report:sent bot=%s type=%s status=%d", bot.name, body.get("type"), response.status)
        except (aiohttp.ClientError, OSError, TimeoutError, BotFailure) as error:
            logger.info("report:failed bot=%s reason=%s", bot.name, type(error).__name__)

    def _post(
        self, bot: Bot, body: bytes, headers: Mapping[str, str]
    ) -> aiohttp.client._BaseRequestContextManager[aiohttp.ClientResponse]:
        url, access_key = bot.url or "", bot.access_key or ""
        if not self._pool.allow_private and is_private_host(urlsplit(url).hostname or ""):
            raise BotFailure("bot_refused", "lives at a private address, which this hub does not call")
        return self._pool.session.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {access_key}", **headers},
            allow_redirects=False,
        )


def _check_stream_response(response: aiohttp.ClientResponse) -> None:
    if response.status != 200:
        raise _status_failure(response.status, "the query")
    if response.content_type != "text/event-stream":
        raise BotFailure(
            "bot_protocol",
            f"answered with '{response.content_type[:60]}' instead of an event stream",
            remedy="Its address may lead to something else than a bot server.",
        )


def _status_failure(status: int, what: str) -> BotFailure:
    if status in (401, 403):
        return BotFailure(
            "bot_status",
            f"refused the hub's access key (status {status})",
            remedy="The key in the bot's file and the one on the hub must be the same.",
        )
    if status == 404:
        return BotFailure(
            "bot_status",
            "has no bot at its address (status 404)",
            remedy="Check the path of its server URL.",
        )
    if 300 <= status < 400:
        return BotFailure(
            "bot_status",
            f"answered with a redirect (status {status}), which is not followed",
            remedy="Register the final address.",
        )
    if status == 429 or status >= 500:
        return BotFailure(
            "bot_status",
            f"failed on its own side (status {status}) when it got {what}",
            remedy="Its server's log says why.",
            allow_retry=True,
        )
    return BotFailure("bot_status", f"refused {what} (status {status})", remedy="Its server's log says why.")


def _broken_answer() -> BotFailure:
    return BotFailure("bot_disconnected", "broke the connection in the middle of its answer; what arrived is kept")


def _network_failure(error: BaseException, limit_s: float | None = None) -> BotFailure:
    if isinstance(error, PrivateAddress) or isinstance(error.__cause__, PrivateAddress):
        return BotFailure("bot_refused", "lives at a private address, which this hub does not call")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return BotFailure(
            "bot_unreachable",
            "has an address whose host name is unknown",
            remedy="Check its server URL.",
        )
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return BotFailure("bot_unreachable", "does not show a valid TLS certificate")
    if isinstance(error, aiohttp.ServerTimeoutError):
        return BotFailure("bot_timeout", "did not accept a connection in time", allow_retry=True)
    if isinstance(error, TimeoutError):
        within = f" within {limit_s:g} s" if limit_s else " in time"
        return BotFailure("bot_timeout", f"did not answer{within}", allow_retry=True)
    if isinstance(error, aiohttp.ClientConnectorError):
        return BotFailure(
            "bot_unreachable",
            "cannot be reached: nothing accepts connections at its address",
            remedy="Is its server running?",
            allow_retry=True,
        )
    if isinstance(error, aiohttp.InvalidURL):
        return BotFailure("bot_unreachable", "has an address that cannot be called", remedy="Check its server URL.")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | OSError):
        return BotFailure("bot_disconnected", "broke the connection before it answered", allow_retry=True)
    return BotFailure("bot_unreachable", f"could not be asked ({type(error).__name__})", allow_retry=True)
