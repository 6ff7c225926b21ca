"""Models of providers as an endpoint: a bot of kind `model` answers through the optional extra `llm`.

    BotCall ──► ModelEndpoint ──► ModelClient (one per `provider:model`, kept) ──► provider

This module is light. What stands on pydantic-ai lives in `model_client`, `model_messages` and `model_failures`, which
are imported with the first query for a model: the import takes seconds, and the extra may not be installed.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rookery.hub.bots.model import Bot
from rookery.hub.failures import BotFailure
from rookery.hub.relay.ports import BotCall
from rookery.protocol.encoding import encode_event
from rookery.protocol.requests import QueryRequest
from rookery.protocol.sse import encode_comment

if TYPE_CHECKING:
    from rookery.hub.upstream.model_client import ModelClient

logger = logging.getLogger("rookery.hub.upstream")

SILENCE_S = 600.0
"""Seconds without a byte from the provider: a reasoning model may think for minutes before its first word."""

_GROUP = re.compile(r"pydantic-ai-slim\[([a-z-]+)\]")
_GROUPS_OF_EXTRA = frozenset({"openai", "anthropic"})


class ModelEndpoint:
    """Adapter of `relay.ports.BotEndpoint` for bots of kind `model`.

    Keys and addresses of providers come from the environment of the process, under the providers' own names
    (`OPENAI_API_KEY`, `OPENAI_BASE_URL`, …); they are read when a model is first asked.
    """

    def __init__(self, *, silence_s: float = SILENCE_S) -> None:
        self._silence_s = silence_s
        self._clients: dict[str, ModelClient] = {}
        self._opening = asyncio.Lock()
        self._resources = AsyncExitStack()

    async def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        """See `BotEndpoint.stream`: one `text` event for each piece, as soon as the provider sends it, then `done`."""
        yield encode_comment("model")  # the first byte may not wait for an import or for a model that thinks
        client = await self._client(call.bot.model or "")
        query = QueryRequest.model_validate(call.body)
        async with aclosing(client.answer(query)) as events:
            async for event in events:
                yield encode_event(event)

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """A model has no use for reports."""

    async def aclose(self) -> None:
        """Closes the connections to all providers."""
        self._clients.clear()
        await self._resources.aclose()

    async def _client(self, model_id: str) -> ModelClient:
        if (client := self._clients.get(model_id)) is not None:
            return client
        async with self._opening:
            if (client := self._clients.get(model_id)) is not None:
                return client
            # In a thread: the import, TLS contexts and files of credentials would hold up every other stream.
            client = await asyncio.to_thread(_open_client, model_id, self._silence_s)
            await self._resources.enter_async_context(client)
            self._clients[model_id] = client
            return client


def _open_client(model_id: str, silence_s: float) -> ModelClient:
    try:
        module = import_module("rookery.hub.upstream.model_client")
        client: ModelClient = module.open_client(model_id, silence_s=silence_s)
    except ImportError as error:
        logger.warning("model:import_failed reason=%s", error)
        raise _missing_package(error) from None
    return client


def _missing_package(error: ImportError) -> BotFailure:
    # For a provider beyond the extra, the library's text names its own group of packages.
    group = _GROUP.search(str(error))
    package = "rookery[llm]" if group is None or group[1] in _GROUPS_OF_EXTRA else f"pydantic-ai-slim[{group[1]}]"
    return BotFailure(
        "model_not_installed",
        "needs the optional model support, which is not installed",
        remedy=f"Install it where the hub runs: pip install '{package}'",
    )
