"""The pages' addresses: `/`, `/sign-in`, `/sign-out`, `/api_key`. Not part of the API, so not in the OpenAPI file."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from rookery.hub.accounts.browser import describe_browser, set_session_cookie
from rookery.hub.accounts.model import Actor
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.address import PublicAddress
from rookery.hub.bots.model import name_key
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput, HubError
from rookery.hub.http import end_session_of, find_actor
from rookery.hub.pages.api_keys import api_key_page
from rookery.hub.pages.forms import read_form
from rookery.hub.pages.home import home_page
from rookery.hub.pages.layout import STYLE_PATH, style_response
from rookery.hub.pages.parts import PageRoute
from rookery.hub.pages.returning import safe_next, to_sign_in
from rookery.hub.pages.sign_in import sign_in_page

LONGEST_DAYS = 36_500


def pages_router(
    accounts: AccountService, sign_in: SignInService, bots: BotService, address: PublicAddress
) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(route_class=PageRoute, include_in_schema=False)

    @router.get(STYLE_PATH)
    async def style() -> Response:
        return style_response()

    @router.get("/")
    async def home(request: Request) -> Response:
        actor = await find_actor(request)
        shown = bots.list_usable(actor.person) if actor is not None else []
        if actor is not None and actor.scope is not None:
            shown = [bot for bot in shown if bot.key == name_key(actor.scope)]
        return home_page(actor, shown, address.base)

    @router.get("/sign-in")
    async def show_sign_in(request: Request) -> Response:
        wanted = safe_next(request.query_params.get("next"))
        return sign_in_page(await find_actor(request), wanted=wanted)

    @router.post("/sign-in")
    async def post_sign_in(request: Request) -> Response:
        form = await read_form(request)
        browser = describe_browser(request)
        try:
            if "token" in form:
                _, token = await sign_in.by_link(form["token"].strip(), **browser)
            else:
                _, token = await sign_in.by_password(form.get("name", ""), form.get("password", ""), **browser)
        except HubError as error:
            return sign_in_page(None, error, wanted=safe_next(form.get("next")))
        response = RedirectResponse(safe_next(form.get("next")), status_code=303)
        set_session_cookie(response, sign_in.cookie_name, token, request)
        return response

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await read_form(request)
        response = RedirectResponse("/sign-in", status_code=303)
        await end_session_of(request, response)
        return response

    @router.get("/api_key")
    async def show_keys(request: Request) -> Response:
        actor = await find_actor(request)
        if actor is None or actor.session is None:  # a key may reach one bot only, and needs no page
            return to_sign_in(request)
        return await keys_page(actor)

    @router.post("/api_key")
    async def change_keys(request: Request) -> Response:
        form = await read_form(request)
        actor = await find_actor(request)
        if actor is None or actor.session is None:
            return to_sign_in(request)
        try:
            if form.get("do") == "revoke":
                await accounts.revoke_key(actor.person, form.get("id", ""))
                return RedirectResponse("/api_key", status_code=303)
            return await keys_page(actor, secret=await create_key(actor, form))
        except HubError as error:
            return await keys_page(actor, error=error)

    async def keys_page(actor: Actor, *, secret: str | None = None, error: HubError | None = None) -> Response:
        return api_key_page(actor, await accounts.list_keys(actor.person), secret=secret, error=error)

    async def create_key(actor: Actor, form: dict[str, str]) -> str:
        bot = form.get("bot", "").strip()
        name = bots.get_usable(actor.person, bot).name if bot else None
        lifetime = _lifetime(form.get("days", "").strip())
        _, secret = await accounts.create_key(
            actor.person, form.get("name", "").strip(), lifetime=lifetime, bot_name=name
        )
        return secret

    return router


def _lifetime(days: str) -> timedelta | None:
    if not days:
        return None
    if not (days.isascii() and days.isdigit() and len(days) <= 5 and 1 <= int(days) <= LONGEST_DAYS):
        raise BadInput("invalid_expiry", f"A key's days are a whole number from 1 to {LONGEST_DAYS}, or empty.")
    return timedelta(days=int(days))
