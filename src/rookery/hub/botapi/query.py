"""`POST /bot/{name}`: the Bot Query API (protocol 5.1).

A hot path: `QueryDoor` takes these requests before the framework looks at them; the route of the same handler, which
is never reached therefore, describes them in the hub's OpenAPI file. Everything is answered with an event stream,
refusals too, because the clients understand nothing else (5.1.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rookery.hub.accounts.model import Actor
from rookery.hub.accounts.service import AccountService
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.bots.service import BotService, unknown_bot
from rookery.hub.errors import BadInput, HubError
from rookery.hub.http import bearer_token, body_of, parse_json, read_body
from rookery.hub.relay.build import parse_query
from rookery.hub.relay.contract import Refused, access_denied
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.tree import LiveQuery
from rookery.hub.streaming import QueryStream, refusal_stream
from rookery.hub.tasks import Tasks
from rookery.protocol.requests import (
    BaseRequest,
    QueryRequest,
    ReportErrorRequest,
    ReportFeedbackRequest,
    ReportReactionRequest,
)

REPORTS: Mapping[str, type[BaseRequest]] = {
    "report_error": ReportErrorRequest,
    "report_feedback": ReportFeedbackRequest,
    "report_reaction": ReportReactionRequest,
}


class BotQueryApi:
    """The handler and what it needs."""

    def __init__(
        self,
        accounts: AccountService,
        bots: BotService,
        relay: RelayService,
        tasks: Tasks,
        *,
        max_body_bytes: int,
        keep_alive_s: float,
    ) -> None:
        self._accounts = accounts
        self._bots = bots
        self._relay = relay
        self._tasks = tasks
        self._max_body_bytes = max_body_bytes
        self._keep_alive_s = keep_alive_s

    def router(self) -> APIRouter:
        """Gives the routes."""
        router = APIRouter()
        router.add_api_route(
            "/bot/{name}",
            self.handle,
            methods=["POST"],
            tags=["bot query API"],
            summary="Ask a bot, as a person (API key) or as a bot (access key)",
            response_class=Response,
            responses={
                200: {
                    "content": {"text/event-stream": {}, "application/json": {"schema": {"type": "object"}}},
                    "description": "Server-Sent Events, refusals among them; JSON for reports and settings requests",
                },
            },
            openapi_extra=body_of(QueryRequest, "query"),
            operation_id="query_bot",
        )
        return router

    def find_name(self, scope: Scope) -> str | None:
        """Gives the bot's name when the request is one of this API, else None."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        path: str = scope["path"]
        name = path.removeprefix("/bot/")
        return name if name != path and name and "/" not in name else None

    async def handle(self, name: str, request: Request) -> Response:
        """Takes a query or report for the bot of this name."""
        try:
            actor, callers = await self._identify(request)
            body = parse_json(await read_body(request, self._max_body_bytes))
            kind = body.get("type", "query") if isinstance(body, dict) else "query"
            if kind == "query":
                return self._stream(await self._begin(name, actor, callers, body))
            return self._other(name, kind, body, actor, callers)
        except Refused as refusal:
            return refusal_stream(refusal.text)
        except HubError as error:
            return refusal_stream(error.sentence)

    async def _identify(self, request: Request) -> tuple[Actor | None, list[Bot]]:
        token = bearer_token(request)
        if token:
            actor = await self._accounts.find_actor(token)
            if actor is not None:
                return actor, []
            if callers := self._bots.find_by_access_key(token):
                return None, callers
        raise access_denied()

    async def _begin(self, name: str, actor: Actor | None, callers: list[Bot], body: Any) -> LiveQuery:
        query = parse_query(body)
        if actor is None:
            return await self._relay.call(callers, query.bot_query_id or query.message_id, name, query)
        scope = actor.scope
        if scope is not None and name_key(scope) != name_key(name):
            raise Refused("access_denied", f"Access denied. This API key reaches the bot '{scope}' only.")
        bot = self._bots.get_usable(actor.person, name)
        return await self._relay.ask(actor.person, bot, query, renews_links=actor.scope is None)

    def _stream(self, live: LiveQuery) -> Response:
        return QueryStream(live, keep_alive_s=self._keep_alive_s, on_gone=live.stop)

    def _other(
        self, name: str, kind: object, body: dict[str, Any], actor: Actor | None, callers: list[Bot]
    ) -> Response:
        """Answers reports and settings requests (5.1.1): always 2xx, since nobody reads the answer; else BadInput."""
        bot = self._bots.find_bot(name)
        if bot is None or (actor is not None and not bot.is_usable_by(actor.person)):
            raise unknown_bot(name)
        model = REPORTS.get(kind) if isinstance(kind, str) else None
        if model is not None:
            try:
                report = model.model_validate(body)
            except ValueError:
                return JSONResponse({"warning": "the report is not valid and was not passed on"})
            person_id = actor.person.id if actor is not None else None
            passing_on = self._relay.reports.pass_on(person_id, callers, bot, report.model_dump(mode="json"))
            self._tasks.spawn(passing_on, f"pass on {kind}")
            return JSONResponse({})
        if kind == "settings":
            if not all(self._bots.may_ask(caller, bot) for caller in callers):
                raise unknown_bot(name)
            return JSONResponse(bot.settings.model_dump(mode="json") if bot.settings else {})
        raise BadInput("unknown_type", f"There is no request of type '{str(kind)[:40]}'.", "Send one of type 'query'.")


class QueryDoor:
    """ASGI middleware that serves the Bot Query API and passes everything else on."""

    def __init__(self, app: ASGIApp, api: BotQueryApi) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._api.find_name(scope)
        if name is None:
            await self._app(scope, receive, send)
            return
        response = await self._api.handle(name, Request(scope, receive))
        await response(scope, receive, send)
