"""`/bot/fetch_settings/…` and `/bot/update_settings/…` (protocol 5.2). The access key is part of the path there.

Replies are JSON: `{"status": "success", "settings": {…}, "warnings": […]}`, or `{"status": "error", "message": …}`
with 401 (wrong key), 404 (no such bot), 400 (invalid settings), 502 and 504 (the bot does not answer).
"""

from __future__ import annotations

import hmac
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from rookery.hub.bots.model import Bot
from rookery.hub.bots.service import BotService
from rookery.hub.bots.settings_sync import SettingsReading, SettingsSync
from rookery.hub.errors import HubError, NotSignedIn
from rookery.hub.http import SafeRoute, body_of, parse_json, read_body, refusal_headers
from rookery.hub.vault import new_identifier
from rookery.protocol.settings import SettingsResponse

MAX_SETTINGS_BYTES = 1024 * 1024


class SettingsStored(BaseModel):
    """Reply to a sync that worked."""

    status: Literal["success"]
    settings: dict[str, Any]
    is_changed: bool
    warnings: list[str]


class SettingsRefused(BaseModel):
    """Reply to a sync that did not."""

    status: Literal["error"]
    code: str
    message: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": SettingsStored},
    **{status: {"model": SettingsRefused} for status in (400, 401, 404, 413, 502, 503, 504)},
}


def settings_router(bots: BotService, sync: SettingsSync) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(tags=["bot settings"], responses=RESPONSES, route_class=SafeRoute)

    @router.post(
        "/bot/fetch_settings/{name}/{access_key}", summary="Have the hub pull a bot's settings", responses=RESPONSES
    )
    @router.post(
        "/bot/fetch_settings/{name}/{access_key}/{version}",
        summary="Have the hub pull a bot's settings; newer SDKs name their version",
        responses=RESPONSES,
        operation_id="fetch_settings_with_version",
    )
    async def fetch_settings(name: str, access_key: str) -> Response:
        try:
            return _render(await sync.pull(_authenticate(bots, name, access_key)))
        except HubError as error:
            return _refuse(error)

    @router.post(
        "/bot/update_settings/{name}/{access_key}/{version}",
        summary="Push a bot's settings",
        responses=RESPONSES,
        openapi_extra=body_of(SettingsResponse),
    )
    async def update_settings(name: str, access_key: str, request: Request) -> Response:
        try:
            bot = _authenticate(bots, name, access_key)
            body = parse_json(await read_body(request, MAX_SETTINGS_BYTES))
            return _render(await sync.store(bot, body, "push"))
        except HubError as error:
            return _refuse(error)

    return router


def _authenticate(bots: BotService, name: str, access_key: str) -> Bot:
    bot = bots.get_bot(name)
    expected = bot.access_key
    if expected is None or not hmac.compare_digest(expected.encode(), access_key.encode()):
        raise NotSignedIn("access_denied", f"Access denied. This is not the access key of the bot '{bot.name}'.")
    return bot


def _render(reading: SettingsReading) -> Response:
    settings = reading.bot.settings
    return JSONResponse(
        {
            "status": "success",
            "settings": settings.model_dump(mode="json") if settings else {},
            "is_changed": reading.is_changed,
            "warnings": reading.warnings,
        }
    )


def _refuse(error: HubError) -> Response:
    body = {"status": "error", "code": error.code, "message": error.sentence}
    return JSONResponse(body, status_code=error.status, headers=refusal_headers(error, new_identifier("r")))
