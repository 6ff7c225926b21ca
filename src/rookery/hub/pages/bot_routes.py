"""The addresses of the pages about bots. Not part of the API, so not in the OpenAPI file."""

from __future__ import annotations

from typing import Literal, cast
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rookery.hub.accounts.model import Actor
from rookery.hub.address import PublicAddress
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import name_key
from rookery.hub.bots.parameters import effective_controls
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput, HubError, NotAllowed
from rookery.hub.http import find_actor
from rookery.hub.pages.bots import FORM_BYTES, bot_page, create_bot_page, sign_in_first_page
from rookery.hub.pages.forms import read_form
from rookery.hub.pages.parts import PageRoute
from rookery.hub.pages.returning import to_sign_in
from rookery.protocol.settings import INTRODUCTION_CHARACTERS

Choice = Literal["private", "public"]


def bot_pages_router(bots: BotService, address: PublicAddress) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get("/create_bot")
    async def show_form(request: Request) -> Response:
        actor = await find_actor(request)
        if actor is None:
            return to_sign_in(request)
        _check_scope(actor)
        return create_bot_page(actor, bots.list_usable(actor.person), dict(request.query_params))

    @router.post("/create_bot")
    async def post_form(request: Request) -> Response:
        form = await read_form(request, FORM_BYTES)
        actor = await find_actor(request)
        if actor is None:
            return sign_in_first_page()
        try:
            _check_scope(actor)
            bot = await bots.create_bot(actor.person.id, _draft(form))
        except HubError as error:
            return create_bot_page(actor, bots.list_usable(actor.person), form, error=error)
        return RedirectResponse(f"/bots/{quote(bot.name, safe='')}", status_code=303)

    @router.get("/bots/{name}")
    async def show_bot(name: str, request: Request) -> Response:
        actor = await find_actor(request)
        if actor is None:
            return to_sign_in(request)
        if actor.scope is not None and name_key(actor.scope) != name_key(name):
            _check_scope(actor)
        bot = bots.get_usable(actor.person, name)
        try:
            controls = effective_controls(bot, bots.find_base)
        except BadInput:
            controls = bot.resolved.parameter_controls
        return bot_page(actor, bot, controls, f"{address.base}/bots/{quote(bot.name, safe='')}")

    return router


def _check_scope(actor: Actor) -> None:
    if actor.scope is not None:
        raise NotAllowed("key_scope", f"This API key reaches the bot '{actor.scope}' only.")


def _draft(form: dict[str, str]) -> BotDraft:
    introduction = _text(form, "introduction")
    if len(introduction) > INTRODUCTION_CHARACTERS:
        raise BadInput(
            "introduction_too_long",
            f"The introduction has {len(introduction)} characters; {INTRODUCTION_CHARACTERS} is the limit.",
        )
    return BotDraft(
        name=form.get("name", "").strip(),
        kind="prompt",
        base_bot=form.get("base_bot", "").strip(),
        prompt=_text(form, "prompt"),
        prompt_visibility=_choice(form, "prompt_visibility"),
        introduction=introduction,
        description=_text(form, "description"),
        visibility=_choice(form, "visibility"),
    )


def _text(form: dict[str, str], name: str) -> str:
    # Forms send line ends as CR LF.
    return form.get(name, "").replace("\r\n", "\n").strip()


def _choice(form: dict[str, str], name: str) -> Choice:
    value = form.get(name, "private")
    if value not in ("private", "public"):
        raise BadInput("invalid_form", f"'{name}' is private or public.")
    return cast("Choice", value)
