"""`/api/queries`: ask a bot, follow its reply from any event number, stop it, look into its exchange.

A query begun here lives on its own: whoever follows may leave and come back (design 5).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.bots.model import name_key
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput, NotAllowed
from rookery.hub.http import body_of, bounded_route, parse_json, refusals, require_actor
from rookery.hub.relay.build import parse_query
from rookery.hub.relay.inspect import Inspector
from rookery.hub.relay.model import QueryState
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.store import QueryFilter
from rookery.hub.relay.views import QueryInspection, QueryPage, QueryView, RecordedExchange, query_view
from rookery.hub.streaming import FollowStream
from rookery.protocol.messages import ProtocolMessage

CurrentActor = Annotated[Actor, Depends(require_actor)]
QueryId = Annotated[str, Path(pattern=r"^[A-Za-z0-9=_-]{1,80}$", description="Id of a query or of its answer")]
EventNumber = Annotated[int, Query(ge=0, le=1_000_000)]
CONVERSATION_ID_CHARACTERS = 64
EVENTS_PAGE = 1000


class AskBody(BaseModel):
    """Body of `POST /api/queries`, with whatever else a query may have (temperature, tools, …)."""

    bot: str = Field(min_length=1)
    query: list[ProtocolMessage] = Field(min_length=1)
    """The history, oldest first; the last message is the one to answer."""
    conversation_id: str | None = Field(default=None, max_length=CONVERSATION_ID_CHARACTERS)
    """As this hub gave it out; absent for a new conversation."""


def relay_router(relay: RelayService, inspector: Inspector, bots: BotService, *, max_body_bytes: int) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(prefix="/api/queries", tags=["queries"], route_class=bounded_route(max_body_bytes))

    @router.post(
        "",
        status_code=202,
        summary="Send a message to a bot",
        responses=refusals(400, 404, 413),
        openapi_extra=body_of(AskBody),
    )
    async def create_query(request: Request, actor: CurrentActor) -> QueryView:
        body = parse_json(await request.body())
        name, conversation_id = _target(body)
        scope = actor.scope
        if scope is not None and name_key(scope) != name_key(name):
            raise NotAllowed("key_scope", f"This API key reaches the bot '{scope}' only.")
        bot = bots.get_usable(actor.person, name)
        live = await relay.ask(
            actor.person,
            bot,
            parse_query(body),
            conversation_id=conversation_id,
            wants_suggestions=True,
            renews_links=actor.scope is None,
        )
        return query_view(live.record)

    @router.get("", summary="One's own messages to bots, newest first", responses=refusals(400))
    async def list_queries(
        actor: CurrentActor,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        before: Annotated[AwareDatetime | None, Query(description="Only those that began earlier")] = None,
        bot: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = None,
        state: QueryState | None = None,
    ) -> QueryPage:
        return await inspector.list_roots(actor, QueryFilter(bot, state, before), limit)

    @router.get("/{query_id}", summary="A query, its exchange, and the calls below it", responses=refusals(400, 404))
    async def get_query(
        query_id: QueryId,
        actor: CurrentActor,
        events_after: EventNumber = 0,
        events_limit: Annotated[int, Query(ge=0, le=EVENTS_PAGE)] = 100,
    ) -> QueryInspection:
        return await inspector.inspect(actor, query_id, after=events_after, limit=events_limit)

    @router.get(
        "/{query_id}/exchange",
        summary="An ended query as a test that can be replayed",
        responses=refusals(400, 404, 409),
    )
    async def get_exchange(query_id: QueryId, actor: CurrentActor) -> RecordedExchange:
        return await inspector.record_exchange(actor, query_id)

    @router.get(
        "/{query_id}/events",
        summary="Follow a reply: Server-Sent Events, numbered",
        response_class=Response,
        responses={
            **refusals(400, 404),
            200: {"content": {"text/event-stream": {}}, "description": "Server-Sent Events"},
        },
    )
    async def get_events(query_id: QueryId, request: Request, actor: CurrentActor, after: EventNumber = 0) -> Response:
        record = await inspector.find_shown(actor, query_id)
        last = request.headers.get("last-event-id", "")
        return FollowStream(relay.follow(record, max(after, int(last) if last.isdecimal() and len(last) < 10 else 0)))

    @router.post(
        "/{query_id}/stop",
        status_code=202,
        summary="Stop a query and everything below it",
        responses=refusals(400, 404, 413),
    )
    async def stop_query(query_id: QueryId, actor: CurrentActor) -> QueryView:
        record = await inspector.find(actor, query_id)
        live = relay.queries.find(record.id)
        if live is not None:
            await live.stop()
        shown = await inspector.inspect(actor, record.id, after=0, limit=0)
        return QueryView(**shown.model_dump(include=set(QueryView.model_fields)))

    return router


def _target(body: object) -> tuple[str, str | None]:
    name = body.get("bot") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name:
        raise BadInput("missing_bot", "The body needs a text field 'bot'.")
    conversation_id = body.get("conversation_id") if isinstance(body, dict) else None
    if conversation_id is None or conversation_id == "":
        return name, None
    if (
        not isinstance(conversation_id, str)
        or len(conversation_id) > CONVERSATION_ID_CHARACTERS
        or not conversation_id.isprintable()
    ):
        raise BadInput("invalid_conversation", "'conversation_id' must be a text that this hub gave out.")
    return name, conversation_id
