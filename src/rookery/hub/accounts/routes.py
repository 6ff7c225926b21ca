"""`/api/hub` and `/api/keys`: who am I, and my API keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends

from rookery.hub.accounts.bodies import (
    BODY_BYTES,
    HubBody,
    KeyBody,
    KeyDraft,
    KeysBody,
    NewKeyBody,
    PersonSummary,
)
from rookery.hub.accounts.model import Actor, Person
from rookery.hub.accounts.service import AccountService
from rookery.hub.http import bounded_route, refusals, require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]


class Named(Protocol):
    """A bot, as far as a key needs it."""

    @property
    def name(self) -> str: ...


def accounts_router(accounts: AccountService, version: str, get_bot: Callable[[Person, str], Named]) -> APIRouter:
    """Gives the routes. `get_bot` raises NotFound for a name that no bot has which the person may use."""
    router = APIRouter(prefix="/api", tags=["account"], route_class=bounded_route(BODY_BYTES))

    @router.get("/hub", summary="This hub, and who is asking", responses=refusals())
    async def get_hub(actor: CurrentActor) -> HubBody:
        person = actor.person
        summary = PersonSummary(id=person.id, name=person.name, role=person.role)
        return HubBody(name="rookery", version=version, person=summary)

    @router.get("/keys", summary="My API keys", responses=refusals())
    async def list_keys(actor: UnscopedActor) -> KeysBody:
        return KeysBody(keys=[KeyBody.of(key) for key in await accounts.list_keys(actor.person)])

    @router.post(
        "/keys", status_code=201, summary="Make an API key; it is shown this once", responses=refusals(400, 404, 413)
    )
    async def create_key(draft: KeyDraft, actor: UnscopedActor) -> NewKeyBody:
        # The name as it is spelled, whatever was typed.
        bot_name = get_bot(actor.person, draft.bot).name if draft.bot is not None else None
        lifetime = None if draft.expires_s is None else timedelta(seconds=draft.expires_s)
        key, secret = await accounts.create_key(actor.person, draft.name, lifetime=lifetime, bot_name=bot_name)
        return NewKeyBody(**KeyBody.of(key).model_dump(), key=secret)

    @router.delete(
        "/keys/{reference:path}",
        summary="Revoke an API key by id, name or shown prefix",
        responses=refusals(400, 404, 413),
    )
    async def revoke_key(reference: str, actor: UnscopedActor) -> KeyBody:
        return KeyBody.of(await accounts.revoke_key(actor.person, reference))

    return router
