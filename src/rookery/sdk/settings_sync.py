"""Telling the platform a bot's settings (protocol 4.2, 5.2, 9.7.1; 10.1 S6, S7; 10.2 C13).

    make_app ──► SettingsSync ── app's start-up phase ──► background task per app: ask the bot, push, try again
    sync_bot_settings          ── blocking, once, raises ──►  push given settings, or ask the platform to pull

Failing to sync never stops a bot: it is logged with what to do.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from rookery.protocol.requests import SettingsRequest
from rookery.protocol.settings import SettingsResponse
from rookery.protocol.version import PROTOCOL_VERSION
from rookery.sdk.addresses import POE_BOTS_URL, bots_url, path_part
from rookery.sdk.botlike import BotLike
from rookery.sdk.context import startup_context
from rookery.sdk.errors import BotError, describe_exception, mask_secrets
from rookery.sdk.log import logger
from rookery.sdk.sending import post
from rookery.sdk.statuses import find_explanation, phrase
from rookery.sdk.sync import run_sync
from rookery.sdk.transport import Outgoing, TransportError, read_start

if TYPE_CHECKING:
    from fastapi import FastAPI

SYNC_VARIABLE = "ROOKERY_SYNC_SETTINGS"
"""`off` keeps bots from pushing their settings, for hosts that pull them."""

SYNC_S = 5.0
"""Longest time for one try, in seconds, as in `fastapi_poe`."""

RETRY_PAUSES_S: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries at start."""


def sync_bot_settings(
    bot_name: str,
    access_key: str = "",
    *,
    settings: dict[str, Any] | None = None,
    base_url: str = POE_BOTS_URL,
) -> None:
    """Stores a bot's settings at the platform, once, blocking for at most 5 s.

    With `settings` (also an empty dict) these are pushed; with None the platform is asked to pull them from the bot's
    server. Raises BotError when the platform could not be reached or refused. Works inside a running loop, which
    stands still meanwhile.
    """
    reply = run_sync(send_settings(bot_name, access_key, settings, base_url))
    logger.info("Settings of bot '%s': %s", bot_name, reply.strip())


async def send_settings(
    bot_name: str, access_key: str, settings: Mapping[str, Any] | None, base_url: str = POE_BOTS_URL
) -> str:
    """Pushes settings, or asks for a pull when they are None; gives the platform's reply. Raises BotError."""
    action = "fetch_settings" if settings is None else "update_settings"
    key, name = path_part(access_key), path_part(bot_name)
    outgoing = Outgoing(
        f"{bots_url(base_url)}{action}/{name}/{key}/{PROTOCOL_VERSION}",
        {} if settings is None else {"Content-Type": "application/json"},
        b"" if settings is None else orjson.dumps(settings),
        idle_s=SYNC_S,
        total_s=SYNC_S,
    )
    try:
        answer = await post(outgoing)
        try:
            body = await read_start(answer)
            await answer.finish()
        finally:
            await answer.close()
    except TransportError as error:
        text = f"Error syncing settings for bot {bot_name}: the platform could not be reached ({error})"
        raise BotError(text, bot_name=bot_name) from error
    reply = mask_secrets(body.decode("utf-8", "replace"), [access_key])
    if answer.status != HTTPStatus.OK:
        explanation = find_explanation(body) or reply[:500] or f"{answer.status} {phrase(answer.status)}"
        text = f"Error syncing settings for bot {bot_name}: {mask_secrets(explanation, [access_key])}"
        raise BotError(text, bot_name=bot_name, raw=reply, http_status=answer.status)
    return reply


class SettingsSync:
    """Pushes the settings of an app's bots once the app has started."""

    def __init__(self, bots: Sequence[BotLike]) -> None:
        self._bots = [bot for bot in bots if bot.bot_name and bot.access_key]
        self._task: asyncio.Task[None] | None = None

    def attach(self, app: FastAPI) -> None:
        """Lets the app's start-up phase start the sync and its shut-down end it, around what it has already."""
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[Any]:
            async with inner(app) as state:
                self.start()
                try:
                    yield state
                finally:
                    await self.stop()

        app.router.lifespan_context = lifespan

    def start(self) -> None:
        """Starts the sync, unless it was started before or is switched off. Never waits.

        Requests call this too: apps mounted in others, and some hosts, never run the start-up phase.
        """
        if self._task is None and self._bots and os.environ.get(SYNC_VARIABLE, "").lower() != "off":
            self._task = asyncio.get_running_loop().create_task(self._sync_all(), name="settings sync")

    async def stop(self) -> None:
        """Ends a sync that is still under way."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _sync_all(self) -> None:
        await asyncio.gather(*(sync_bot(bot) for bot in self._bots))


async def sync_bot(bot: BotLike) -> None:
    """Asks a bot for its settings and pushes them, with several tries. Never raises; logs what happened."""
    name, key = bot.bot_name or "", bot.access_key or ""
    try:
        settings = await read_settings(bot)
    except Exception as error:
        logger.exception("Settings of bot '%s' were not synced: %s", name, describe_exception(error, [key]))
        return
    for pause_s in (*RETRY_PAUSES_S, None):
        try:
            await send_settings(name, key, settings)
        except BotError as error:
            if error.http_status == HTTPStatus.BAD_REQUEST or pause_s is None:
                _log_failure(name, error)
                return
            logger.info("%s; next try in %.1f s", error, pause_s)
            await asyncio.sleep(pause_s)
        else:
            logger.info("Settings of bot '%s' were stored at %s", name, bots_url())
            return


async def read_settings(bot: BotLike) -> dict[str, Any]:
    """Gives a bot's settings as sent to the platform, unset fields as null. Raises what the bot's method raises."""
    request = SettingsRequest(version=PROTOCOL_VERSION, type="settings")
    return dump_settings(bot, await bot.get_settings_with_context(request, startup_context(bot.path)))


def dump_settings(bot: BotLike, settings: object) -> dict[str, Any]:
    """Gives settings as a JSON object with all fields. Raises TypeError for anything but a SettingsResponse."""
    if not isinstance(settings, SettingsResponse):
        raise TypeError(
            f"{type(bot).__name__}.get_settings must return a SettingsResponse, not {type(settings).__name__}"
        )
    return settings.model_dump(mode="json")


def _log_failure(name: str, error: BotError) -> None:
    logger.warning(
        "%s. The platform keeps the settings it had. Once the cause is mended, restart the bot or call "
        "sync_bot_settings(%r, <access key>).",
        error,
        name,
    )
