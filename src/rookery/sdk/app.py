"""Serving bots: `make_app` and `run` (protocol 9.7.1, 10.1 S6 and S8)."""

from __future__ import annotations

import argparse
import html
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rookery.sdk.addresses import create_bot_url
from rookery.sdk.bot import PoeBot
from rookery.sdk.door import add_door, answer_post, can_have_door
from rookery.sdk.keys import MissingAccessKey, check_key_length, find_access_key, missing_key_help
from rookery.sdk.log import logger
from rookery.sdk.memory import settle_at_start
from rookery.sdk.settings_sync import SYNC_VARIABLE, SettingsSync

if TYPE_CHECKING:
    from fastapi import FastAPI

DEFAULT_PORT = 8080


def make_app(
    bot: PoeBot | Sequence[PoeBot],
    access_key: str = "",
    *,
    bot_name: str = "",
    api_key: str = "",
    allow_without_key: bool = False,
    app: FastAPI | None = None,
) -> FastAPI:
    """Gives an ASGI app that serves one or several bots, each at its `path`.

    For one bot the key is looked for in `access_key`, then in the environment (`POE_ACCESS_KEY`); several bots each
    carry their own. With a given `app` the routes are added to it. Bots with a name and a key push their settings
    when the app starts, in the background; `ROOKERY_SYNC_SETTINGS=off` prevents it. Nothing is sent before that, so
    this works inside a running loop. `api_key` is deprecated.

    Raises ValueError: a key missing, of wrong length or given twice; two bots at one path. Source: protocol 9.7.1.
    """
    if isinstance(bot, PoeBot):
        bots: list[PoeBot] = [bot]
        _complete(bot, access_key, bot_name, api_key)
    else:
        bots = list(bot)
        if access_key or api_key or bot_name:
            raise ValueError("With several bots, set access_key and bot_name on each bot, not on make_app.")
    _check(bots, allow_without_key)
    if app is None:
        from fastapi import FastAPI  # noqa: PLC0415 - slow, and not needed before an app is made

        # No pages of its own: everything at a bot's address would be public (10.1, S19).
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    sync = SettingsSync(bots)
    at_door = {each.path: each for each in bots if can_have_door(app, each.path)}
    if at_door:
        add_door(app, at_door, sync.start)
    for each in bots:
        _add_routes(app, each, sync)
        if not (each.bot_name and each.access_key):
            _log_no_sync(each)
    sync.attach(app)
    settle_at_start(app)
    return app


def run(
    bot: PoeBot | Sequence[PoeBot],
    access_key: str = "",
    *,
    api_key: str = "",
    allow_without_key: bool = False,
    app: FastAPI | None = None,
) -> None:
    """Serves bots on all interfaces until stopped; the process's own `-p`/`--port` gives the port (8080).

    Where `make_app` would raise, this prints the sentence to standard error and ends the process with status 1.
    """
    parser = argparse.ArgumentParser(description="Serves the bots of this file.")
    parser.add_argument("-p", "--port", type=int, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    port = parser.parse_args().port
    try:
        app = make_app(bot, access_key, api_key=api_key, allow_without_key=allow_without_key, app=app)
    except ValueError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    import uvicorn  # noqa: PLC0415 - needed by nobody who serves the app otherwise

    uvicorn.run(app, host="0.0.0.0", port=port)


def _complete(bot: PoeBot, access_key: str, bot_name: str, api_key: str) -> None:
    # Puts key and name of a single bot onto the bot, where requests look for them.
    if bot.access_key:
        if access_key or api_key:
            raise ValueError(f"{describe_bot(bot)} already has an access key; do not pass another one to make_app.")
    else:
        bot.access_key = find_access_key(access_key, api_key)
    if not bot.bot_name:
        bot.bot_name = bot_name
    elif bot_name:
        raise ValueError(f"{describe_bot(bot)} already has a name; do not pass bot_name to make_app.")


def _check(bots: Sequence[PoeBot], allow_without_key: bool) -> None:
    by_path: dict[str, PoeBot] = {}
    for bot in bots:
        if not bot.path.startswith("/"):
            raise ValueError(f"{describe_bot(bot)} has the path {bot.path!r}; a path starts with '/'.")
        if bot.path in by_path:
            both = f"{describe_bot(by_path[bot.path])} and {describe_bot(bot)}"
            raise ValueError(f"{both} use the same path {bot.path!r}; give each bot its own path.")
        by_path[bot.path] = bot
        if bot.access_key:
            check_key_length(bot.access_key, describe_bot(bot))
        elif not allow_without_key:
            raise MissingAccessKey(missing_key_help(describe_bot(bot)))


def describe_bot(bot: PoeBot) -> str:
    """Gives words for a bot in messages: its name if it has one, its class and path; never its key."""
    name = f" '{bot.bot_name}'" if bot.bot_name else ""
    return f"Bot{name} ({type(bot).__name__} at {bot.path})"


def _add_routes(app: FastAPI, bot: PoeBot, sync: SettingsSync) -> None:
    async def show_page() -> HTMLResponse:
        return HTMLResponse(render_page(bot))

    async def answer(request: Request) -> Response:
        sync.start()
        return await answer_post(bot, request)

    app.add_api_route(bot.path, show_page, methods=["GET"], include_in_schema=False, response_model=None)
    app.add_api_route(bot.path, answer, methods=["POST"], include_in_schema=False, response_model=None)


def render_page(bot: PoeBot) -> str:
    """Gives the page that a browser sees at a bot's address."""
    name = html.escape(bot.bot_name or type(bot).__name__)
    link = html.escape(create_bot_url(), quote=True)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head><body>'
        f"<h1>{name} is running</h1><p>This is the address of a server bot. To chat with it, enter the address "
        f'when you <a href="{link}">create a bot</a>.</p></body></html>'
    )


def _log_no_sync(bot: PoeBot) -> None:
    if os.environ.get(SYNC_VARIABLE, "").lower() == "off":
        return
    missing = " and ".join(
        word for word, value in (("name", bot.bot_name), ("access key", bot.access_key)) if not value
    )
    logger.warning(
        "%s has no %s, so its settings are not synced at start. Set both, or call sync_bot_settings yourself.",
        describe_bot(bot),
        missing,
    )
