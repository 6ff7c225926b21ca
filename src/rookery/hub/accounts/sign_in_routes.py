"""`/api/sign-in`, `/api/sign-out` and `/api/me`: beginning and ending sessions, and one's own account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from rookery.hub.accounts.bodies import (
    BODY_BYTES,
    IdPath,
    KeyBody,
    MeBody,
    OnePersonBody,
    PasswordBody,
    PersonBody,
    SessionBody,
    SessionsBody,
    SignInBody,
)
from rookery.hub.accounts.browser import check_same_site, describe_browser, set_session_cookie
from rookery.hub.accounts.model import Actor
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.http import bounded_route, end_session_of, refusals, require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]


def sign_in_router(sign_in: SignInService) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(prefix="/api", tags=["account"], route_class=bounded_route(BODY_BYTES))

    @router.post(
        "/sign-in",
        summary="Sign in by a link's token, or by name and password; answers with a session's cookie",
        responses=refusals(400, 413, 429),
    )
    async def post_sign_in(body: SignInBody, request: Request, response: Response) -> OnePersonBody:
        check_same_site(request, allow_unsaid=True)
        browser = describe_browser(request)
        if body.token is not None:
            person, token = await sign_in.by_link(body.token, **browser)
        else:
            person, token = await sign_in.by_password(body.name or "", body.password or "", **browser)
        set_session_cookie(response, sign_in.cookie_name, token, request)
        return OnePersonBody(person=PersonBody.of(person))

    @router.post("/sign-out", status_code=204, summary="End this session", responses=refusals(413))
    async def sign_out(request: Request) -> Response:
        response = Response(status_code=204)
        await end_session_of(request, response)
        return response

    @router.get("/me", summary="Who is asking, and by what", responses=refusals())
    async def get_me(actor: CurrentActor) -> MeBody:
        return MeBody(
            person=PersonBody.of(actor.person),
            session=SessionBody.of(actor.session, actor.session) if actor.session is not None else None,
            key=KeyBody.of(actor.key) if actor.key is not None else None,
        )

    @router.put(
        "/me/password",
        status_code=204,
        summary="Set my password; every session of mine ends, this one gets a new cookie",
        responses=refusals(400, 409, 413, 429),
    )
    async def set_password(body: PasswordBody, request: Request, actor: UnscopedActor) -> Response:
        browser = describe_browser(request)
        await sign_in.set_password(actor, body.password, body.current_password, address=browser["address"])
        response = Response(status_code=204)
        token = await sign_in.begin_again(actor, **browser)
        if token is not None:
            set_session_cookie(response, sign_in.cookie_name, token, request)
        return response

    @router.get("/me/sessions", summary="Where I am signed in", responses=refusals())
    async def list_sessions(actor: UnscopedActor) -> SessionsBody:
        found = await sign_in.list_sessions(actor.person)
        return SessionsBody(sessions=[SessionBody.of(session, actor.session) for session in found])

    @router.delete(
        "/me/sessions/{session_id}", status_code=204, summary="End a session of mine", responses=refusals(400, 404, 413)
    )
    async def end_session(session_id: IdPath, actor: UnscopedActor) -> Response:
        await sign_in.end_session(actor.person, session_id)
        return Response(status_code=204)

    return router
