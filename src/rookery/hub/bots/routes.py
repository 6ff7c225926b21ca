"""`/api/bots`: the registry over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from rookery.hub.accounts.model import Actor
from rookery.hub.bots.model import Bot
from rookery.hub.bots.service import BotDraft, BotService
from rookery.hub.bots.settings_sync import SettingsSync
from rookery.hub.errors import HubError, NotAllowed
from rookery.hub.http import require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]


class BotBody(BaseModel):
    """Body of `POST /api/bots`."""

    name: str
    kind: Literal["server", "model", "stand-in"] = "server"
    url: str | None = None
    access_key: str | None = None
    """32 characters; made by the hub when absent."""
    model: str | None = None
    """Model bots: `provider:model`; the provider's key is in the hub's environment."""
    rule: str = "eliza"
    """Stand-ins: which rule answers."""
    description: str = ""
    stand_ins: bool = False
    """Give a stand-in to every declared dependency that the hub does not have."""
    replace: bool = False
    """Take the place of an existing bot of mine with this name."""


def bots_router(bots: BotService, sync: SettingsSync, stand_in_draft: Callable[[str, str], BotDraft]) -> APIRouter:
    """Gives the routes. `stand_in_draft` takes a name and a rule."""
    router = APIRouter(prefix="/api/bots", tags=["bots"])

    @router.get("", summary="All bots")
    async def list_bots(actor: CurrentActor) -> dict[str, Any]:
        return {"bots": [bot_body(bot) for bot in bots.list_bots()]}

    @router.post("", status_code=201, summary="Register a bot; its access key is shown this once")
    async def create_bot(body: BotBody, actor: UnscopedActor) -> dict[str, Any]:
        if body.kind == "model" and actor.person.role != "owner":
            # A model bot spends the hub's provider keys.
            raise NotAllowed("owner_only", "Only the hub's owner may register model bots.")
        bot = await bots.create_bot(actor.person.id, _draft(body, stand_in_draft))
        reading, trouble = None, None
        try:
            reading = await sync.pull(bot)
        except HubError as error:
            trouble = error.sentence
        return {
            "bot": bot_body(reading.bot if reading else bots.get_bot(bot.name)),
            "access_key": bot.access_key,
            "settings_error": trouble,
            "warnings": reading.warnings if reading else [],
            "stand_ins": reading.stand_ins if reading else [],
        }

    @router.get("/{name}", summary="One bot")
    async def get_bot(name: str, actor: CurrentActor) -> dict[str, Any]:
        return {"bot": bot_body(bots.get_bot(name))}

    @router.post("/{name}/sync", summary="Pull a bot's settings now")
    async def sync_bot(name: str, actor: UnscopedActor) -> dict[str, Any]:
        reading = await sync.pull(bots.get_bot(name))
        return {
            "bot": bot_body(reading.bot),
            "is_changed": reading.is_changed,
            "warnings": reading.warnings,
            "stand_ins": reading.stand_ins,
        }

    @router.delete("/{name}", status_code=204, summary="Delete a bot")
    async def delete_bot(name: str, actor: UnscopedActor) -> Response:
        await bots.delete_bot(actor.person, name)
        return Response(status_code=204)

    return router


def _draft(body: BotBody, stand_in_draft: Callable[[str, str], BotDraft]) -> BotDraft:
    if body.kind == "stand-in":
        draft = stand_in_draft(body.name, body.rule)
        return replace(draft, description=body.description or draft.description, replace=body.replace)
    return BotDraft(
        name=body.name,
        kind=body.kind,
        url=body.url,
        access_key=body.access_key,
        model=body.model,
        description=body.description,
        wants_stand_ins=body.stand_ins,
        replace=body.replace,
    )


def bot_body(bot: Bot) -> dict[str, Any]:
    """Gives a bot as JSON; never its access key."""
    return {
        "name": bot.name,
        "kind": bot.kind,
        "description": bot.description,
        "url": bot.url,
        "rule": bot.rule,
        "model": bot.model,
        "introduction": bot.resolved.introduction_message,
        "dependencies": dict(bot.resolved.server_bot_dependencies),
        "settings": bot.settings.model_dump(mode="json") if bot.settings else None,
        "settings_read_at": bot.settings_read_at.isoformat() if bot.settings_read_at else None,
        "settings_error": bot.settings_error,
        "created_at": bot.created_at.isoformat(),
    }
