"""`/api/hub` and `/api/keys`: who am I, and my API keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from rookery.hub.accounts.model import Actor, ApiKey
from rookery.hub.accounts.service import AccountService
from rookery.hub.http import require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]

LONGEST_EXPIRY_S = 100 * 366 * 24 * 3600


class KeyDraft(BaseModel):
    """Body of `POST /api/keys`."""

    name: str = "API key"
    expires_s: int | None = Field(default=None, gt=0, le=LONGEST_EXPIRY_S)
    """Lifetime in seconds; null for none."""
    bot: str | None = None
    """Name of the only bot the key reaches; null for all."""


def accounts_router(accounts: AccountService, version: str, get_bot: Callable[[str], object]) -> APIRouter:
    """Gives the routes. `get_bot` raises NotFound for a name that no bot has."""
    router = APIRouter(prefix="/api", tags=["account"])

    @router.get("/hub", summary="This hub, and who is asking")
    async def get_hub(actor: CurrentActor) -> dict[str, Any]:
        person = actor.person
        return {
            "name": "rookery",
            "version": version,
            "person": {"id": person.id, "name": person.name, "role": person.role},
        }

    @router.get("/keys", summary="My API keys")
    async def list_keys(actor: UnscopedActor) -> dict[str, Any]:
        return {"keys": [key_body(key) for key in await accounts.list_keys(actor.person)]}

    @router.post("/keys", status_code=201, summary="Make an API key; it is shown this once")
    async def create_key(draft: KeyDraft, actor: UnscopedActor) -> dict[str, Any]:
        if draft.bot is not None:
            get_bot(draft.bot)
        lifetime = None if draft.expires_s is None else timedelta(seconds=draft.expires_s)
        key, secret = await accounts.create_key(actor.person, draft.name, lifetime=lifetime, bot_name=draft.bot)
        return {**key_body(key), "key": secret}

    @router.delete("/keys/{reference:path}", summary="Revoke an API key by id, name or shown prefix")
    async def revoke_key(reference: str, actor: UnscopedActor) -> dict[str, Any]:
        return key_body(await accounts.revoke_key(actor.person, reference))

    return router


def key_body(key: ApiKey) -> dict[str, Any]:
    """Gives a key as JSON; never the key itself."""
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.shown_prefix,
        "bot": key.bot_name,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
