"""HTTP manners of the hub: reading bodies within bounds, finding who asks, and the one error body of `/api`.

{"error": {"code": "unknown_bot", "message": "There is no bot 'X' …", "remedy": "See: …", "request_id": "…"}}
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Message, Scope

from rookery.hub.accounts.browser import SAFE_METHODS, check_same_site, drop_session_cookie
from rookery.hub.accounts.model import Actor
from rookery.hub.accounts.service import AccountService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.errors import BadInput, HubError, NotAllowed, NotFound, NotSignedIn, TooLarge, TooMany
from rookery.hub.vault import new_identifier
from rookery.protocol.json_values import is_too_deep
from rookery.protocol.limits import JSON_DEPTH

logger = logging.getLogger("rookery.hub.http")


class ErrorDetail(BaseModel):
    """What was refused, in words for people and a code for programs."""

    code: str
    message: str
    remedy: str
    """What to do; empty when there is nothing."""
    request_id: str
    """Names this request in the hub's log."""


class ErrorBody(BaseModel):
    """Body of every refusal of `/api`."""

    error: ErrorDetail


Refusals = dict[int | str, dict[str, Any]]


def _header(meaning: str) -> dict[str, Any]:
    return {"description": meaning, "required": True, "schema": {"type": "string"}}


REQUEST_ID_HEADER = {"X-Request-Id": _header("Names this request in the hub's log")}
_HEADERS_OF = {
    401: {"WWW-Authenticate": _header("How to sign in: Bearer")},
    429: {"Retry-After": _header("Seconds until it is worth another try")},
}


def refusals(*statuses: int) -> Refusals:
    """Gives the `responses` of a route that may refuse with these statuses, for the hub's OpenAPI file.

    401, 403 and 503 are those of every route that asks who is there and uses the database: they need no naming.
    """
    return {
        status: {"model": ErrorBody, "headers": REQUEST_ID_HEADER | _HEADERS_OF.get(status, {})}
        for status in sorted({401, 403, 503, *statuses})
    }


def body_of(model: type[BaseModel], *required: str) -> dict[str, Any]:
    """Gives the `openapi_extra` of a route that reads its JSON body itself; `required` in place of the model's own."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    if required:
        schema["required"] = list(required)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def bearer_token(request: Request) -> str:
    """Gives the credential of the `Authorization` header; empty when there is none (the scheme's case is free)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Reads the whole body; raises TooLarge as soon as it is longer than allowed."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large(max_bytes)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise too_large(max_bytes)
        parts.append(part)
    return b"".join(parts)


class _ReadRequest(Request):
    """A request whose body has been read, and whose JSON is that of `parse_json`.

    The standard library's reader, which FastAPI uses, takes NaN, halves of characters and integers of any size; what
    it made of these could be neither stored nor sent.
    """

    def __init__(self, scope: Scope, body: bytes) -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        super().__init__(scope, receive)

    async def json(self) -> Any:
        return parse_json(await self.body())


class SafeRoute(APIRoute):
    """The `route_class` of routers that bound bodies themselves: no browser takes an answer for another kind."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Gives the handler."""
        handle = super().get_route_handler()

        async def handle_safely(request: Request) -> Response:
            response = await handle(request)
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
            return response

        return handle_safely


def bounded_route(max_bytes: int) -> type[APIRoute]:
    """Gives the `route_class` of a router whose bodies are small: FastAPI itself reads whatever is sent."""

    class BoundedRoute(SafeRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handle_bounded(request: Request) -> Response:
                if request.method not in SAFE_METHODS:
                    request = _ReadRequest(request.scope, await read_body(request, max_bytes))
                return await handle(request)

            return handle_bounded

    return BoundedRoute


def too_large(max_bytes: int) -> TooLarge:
    """Builds the refusal for a body above the bound."""
    return TooLarge("body_too_large", f"The body is larger than {max_bytes} bytes, the limit of this hub.")


def parse_json(body: bytes) -> Any:
    """Gives the decoded body; raises BadInput when it is not JSON."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("invalid_json", "The body is not JSON.") from None
    # What is nested deeper than this cannot be written again by every library on the way.
    if body.count(b"{") + body.count(b"[") > JSON_DEPTH and is_too_deep(value):
        raise BadInput("invalid_json", f"The body is nested deeper than {JSON_DEPTH} levels, the limit of this hub.")
    return value


async def find_actor(request: Request) -> Actor | None:
    """Gives who asks: by the API key of the header, else by the session of the cookie; None when it is nobody.

    Raises NotAllowed when a cookie comes with a request that changes something and was not begun on the hub's pages.
    """
    hub = request.app.state.hub
    accounts: AccountService = hub.accounts
    sign_in: SignInService = hub.sign_in
    if "authorization" in request.headers:
        token = bearer_token(request)
        return await accounts.find_actor(token) if token else None
    token = request.cookies.get(sign_in.cookie_name, "")
    if not token:
        return None
    if request.method not in SAFE_METHODS:
        check_same_site(request)
    return await sign_in.find_actor(token)


async def require_actor(request: Request) -> Actor:
    """FastAPI dependency of every `/api` route: gives the person who asks; raises NotSignedIn.

    See `find_actor` for what it goes by, and for NotAllowed.
    """
    actor = await find_actor(request)
    if actor is None:
        raise NotSignedIn(
            "not_signed_in",
            "The API key is missing, unknown, expired or revoked, and no session is signed in.",
            "Send 'Authorization: Bearer <API key>'; make a key with: rookery keys create",
        )
    return actor


async def require_unscoped(request: Request) -> Actor:
    """FastAPI dependency of routes that manage something: like `require_actor`, but a key for one bot is not enough."""
    actor = await require_actor(request)
    if actor.scope is not None:
        raise NotAllowed(
            "key_scope",
            f"This API key reaches the bot '{actor.scope}' only.",
            "Use a key without a bot: rookery keys create",
        )
    return actor


async def require_owner(request: Request) -> Actor:
    """FastAPI dependency of routes for the hub's owner only; like `require_unscoped` otherwise."""
    actor = await require_unscoped(request)
    if actor.person.role != "owner":
        raise NotAllowed("owner_only", "Only the hub's owner may do this.", "Ask them.")
    return actor


async def end_session_of(request: Request, response: Response) -> None:
    """Signs whoever asks out; nothing but the cookie goes when nobody is signed in.

    Raises NotAllowed for another site's request.
    """
    sign_in: SignInService = request.app.state.hub.sign_in
    actor = await find_actor(request)
    if actor is not None and actor.session is not None:
        with contextlib.suppress(NotFound):  # ended by another request meanwhile
            await sign_in.end_session(actor.person, actor.session.id)
    drop_session_cookie(response, sign_in.cookie_name, request)


def refusal_headers(error: HubError, request_id: str) -> dict[str, str]:
    """Gives the headers of a refusal, whatever the shape of its body."""
    headers = {"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    return headers


def error_response(error: HubError, request_id: str) -> Response:
    """Renders a refusal for `/api`."""
    body = {"code": error.code, "message": error.message, "remedy": error.remedy, "request_id": request_id}
    return JSONResponse({"error": body}, status_code=error.status, headers=refusal_headers(error, request_id))


def _methods_at(request: Request) -> str:
    # The framework names those of the first route with this path only.
    routes, scope = request.app.routes, request.scope
    methods = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    return ", ".join(
        method
        for method in methods
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    )


def install_error_handlers(app: FastAPI) -> None:
    """Makes every failure of a route one error body; tracebacks go to the log only."""

    async def hub_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, HubError)
        return error_response(error, new_identifier("r"))

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return error_response(BadInput("invalid_json", "The body is not JSON."), new_identifier("r"))
        place = ".".join(str(part) for part in first["loc"])
        return error_response(BadInput("invalid_body", f"{place}: {first['msg']}."), new_identifier("r"))

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, HubError):  # FastAPI covers what its reading of a body raised
            return error_response(error.__cause__, new_identifier("r"))
        plain = HubError("http_error", f"{error.detail}.", "The paths of this hub: /openapi.json")
        body = error_response(plain, new_identifier("r"))
        body.status_code = error.status_code
        body.headers.update(error.headers or {})
        if error.status_code == 405:
            body.headers["Allow"] = _methods_at(request)
        return body

    async def crashed(_: Request, error: Exception) -> Response:
        request_id = new_identifier("r")
        logger.error("request:crashed request=%s", request_id, exc_info=error)
        return error_response(
            HubError("hub_error", "An error in the hub itself.", f"Its log has the details: {request_id}."), request_id
        )

    app.add_exception_handler(HubError, hub_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, crashed)
