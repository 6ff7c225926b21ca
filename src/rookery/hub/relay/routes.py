"""`/api/queries`: ask a bot, follow its reply from any event number, stop it.

A query begun here lives on its own: whoever follows may leave and come back (design 5).
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.bots.model import name_key
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput, NotAllowed
from rookery.hub.http import parse_json, read_body, require_actor
from rookery.hub.relay.build import parse_query
from rookery.hub.relay.model import QueryRecord, QueryState
from rookery.hub.relay.service import RelayService
from rookery.hub.streaming import FollowStream

CurrentActor = Annotated[Actor, Depends(require_actor)]
CONVERSATION_ID_CHARACTERS = 64


def relay_router(relay: RelayService, bots: BotService, *, max_body_bytes: int) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(prefix="/api/queries", tags=["queries"])

    @router.post("", status_code=202, summary="Send a message to a bot: {bot, query: [message, …], conversation_id?}")
    async def create_query(request: Request, actor: CurrentActor) -> dict[str, Any]:
        body = parse_json(await read_body(request, max_body_bytes))
        name, conversation_id = _target(body)
        scope = actor.scope
        if scope is not None and name_key(scope) != name_key(name):
            raise NotAllowed("key_scope", f"This API key reaches the bot '{scope}' only.")
        bot = bots.get_usable(actor.person, name)
        live = await relay.ask(
            actor.person, bot, parse_query(body), conversation_id=conversation_id, wants_suggestions=True
        )
        return query_body(live.record)

    @router.get("/{query_id}", summary="A query, its final text, and the calls below it")
    async def get_query(query_id: str, actor: CurrentActor) -> dict[str, Any]:
        record = await relay.get_query(actor.person, query_id)
        calls = [query_body(below) for below in await relay.list_tree(record) if below.id != record.id]
        return {**query_body(record, await relay.get_text(record)), "calls": calls}

    @router.get("/{query_id}/events", summary="Follow a reply: Server-Sent Events, numbered", response_class=Response)
    async def get_events(
        query_id: str, request: Request, actor: CurrentActor, after: Annotated[int, Query(ge=0)] = 0
    ) -> Response:
        record = await relay.get_query(actor.person, query_id)
        last = request.headers.get("last-event-id", "")
        return FollowStream(relay.follow(record, max(after, int(last) if last.isdigit() else 0)))

    @router.post("/{query_id}/stop", status_code=202, summary="Stop a query and everything below it")
    async def stop_query(query_id: str, actor: CurrentActor) -> dict[str, Any]:
        await relay.get_query(actor.person, query_id)
        live = relay.find_live(query_id)
        if live is not None:
            await relay.stop(live)
        return query_body(await relay.get_query(actor.person, query_id))

    return router


def _target(body: object) -> tuple[str, str | None]:
    name = body.get("bot") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name:
        raise BadInput("missing_bot", "The body needs a text field 'bot'.")
    conversation_id = body.get("conversation_id") if isinstance(body, dict) else None
    if conversation_id is None or conversation_id == "":
        return name, None
    if not isinstance(conversation_id, str) or len(conversation_id) > CONVERSATION_ID_CHARACTERS:
        raise BadInput("invalid_conversation", "'conversation_id' must be a text that this hub gave out.")
    return name, conversation_id


def query_body(record: QueryRecord, text: str | None = None) -> dict[str, Any]:
    """Gives a query as JSON."""
    return {
        "query_id": record.id,
        "root_id": record.root_id,
        "parent_id": record.parent_id,
        "depth": record.depth,
        "bot": record.bot_name,
        "message_id": record.message_id,
        "conversation_id": record.conversation_id,
        "state": record.state,
        "is_running": record.state is QueryState.RUNNING,
        "started_at": record.started_at.isoformat(),
        "ended_at": record.ended_at.isoformat() if record.ended_at else None,
        "text": text if text is not None else record.text,
        "error": record.error,
    }
