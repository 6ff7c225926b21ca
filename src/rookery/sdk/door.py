"""Queries to bots before the framework's routing: the hot path of a bot server.

    app ─ its middleware ─ BotDoor ─┬─ a query, or a refusal ──► answered here
                                    └─ all else ──► exception handlers, routes; there, `answer_post`

The door is the innermost middleware, so whatever an author puts around the app is around the bots too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from rookery.protocol.requests import BaseRequest, QueryRequest
from rookery.sdk.bot import PoeBot
from rookery.sdk.dispatch import answer, stream_reply, take_request

if TYPE_CHECKING:
    from fastapi import FastAPI

TAKEN = "rookery.taken"
"""Key of the scope under which the door hands what it has read to the route: a request, or an exception."""


class BotDoor:
    """ASGI middleware that serves queries to the bots in `bots`, by path; `on_post` is called for each POST to one."""

    def __init__(self, app: ASGIApp, bots: dict[str, PoeBot], on_post: Callable[[], None]) -> None:
        self._app = app
        self._bots = bots
        self._on_post = on_post

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bot = self._bots.get(_route_path(scope)) if scope["type"] == "http" and scope["method"] == "POST" else None
        if bot is None:
            await self._app(scope, receive, send)
            return
        self._on_post()
        http_request = Request(scope, receive, send)
        taken: BaseRequest | Response | Exception
        try:
            taken = await take_request(bot, http_request)
        except Exception as error:  # of a middleware's `receive`: for the app's exception handlers
            taken = error
        if isinstance(taken, QueryRequest):
            await stream_reply(bot, taken, http_request)(scope, receive, send)
        elif isinstance(taken, Response):
            await taken(scope, receive, send)
        else:
            scope[TAKEN] = taken
            await self._app(scope, receive, send)


async def answer_post(bot: PoeBot, http_request: Request) -> Response:
    """Answers a POST in its route: what the door left over, or everything where there is no door."""
    taken = http_request.scope.pop(TAKEN, None)
    if taken is None:
        taken = await take_request(bot, http_request)
    if isinstance(taken, Exception):
        raise taken
    return taken if isinstance(taken, Response) else await answer(bot, taken, http_request)


def can_have_door(app: FastAPI, path: str) -> bool:
    """Tells whether a bot's route, still to be added, would be reached by every POST to its path.

    Not so when a route of the app comes first, when the app's dependencies or its own route class have a say, or
    when it has started.
    """
    if "{" in path or app.middleware_stack is not None or app.router.dependencies:
        return False
    from fastapi.routing import APIRoute  # noqa: PLC0415 - slow, and not needed before an app is made

    if app.router.route_class is not APIRoute:
        return False
    scope = {"type": "http", "method": "POST", "path": path, "root_path": "", "headers": [], "query_string": b""}
    return not any(route.matches({**scope})[0] == Match.FULL for route in app.router.routes)


def add_door(app: FastAPI, bots: dict[str, PoeBot], on_post: Callable[[], None]) -> None:
    """Adds the door inside all middleware that the app has or will get."""
    app.user_middleware.append(Middleware(BotDoor, bots, on_post))


def _route_path(scope: Scope) -> str:
    # Without the path below which the app is mounted.
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path
