"""Pieces that several pages have."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from html import escape
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.errors import HubError, TooMany
from rookery.hub.http import find_actor
from rookery.hub.pages.layout import render_page


def alarm(error: HubError) -> str:
    """Gives a refusal as HTML."""
    return f'<p class="alarm" role="alert">{escape(error.sentence)}</p>'


def refusal_page(error: HubError, actor: Actor | None) -> Response:
    """Gives the page for something that was refused."""
    title = {403: "Not allowed", 404: "Not found"}.get(error.status, "That did not work")
    page = render_page(title, f'{alarm(error)}<p><a href="/">To the start</a></p>', actor, status=error.status)
    if isinstance(error, TooMany):
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page


class PageRoute(APIRoute):
    """A route for people (`APIRouter(route_class=PageRoute)`): what is refused becomes a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            try:
                return await handle(request)
            except HubError as error:
                actor = None
                with contextlib.suppress(HubError):
                    actor = await find_actor(request)
                return refusal_page(error, actor)

        return handle_page
