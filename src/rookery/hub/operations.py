"""`/healthz` and `/readyz`, for whoever keeps the hub running."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from rookery.hub.accounts.service import AccountService
from rookery.hub.errors import HubError


def operations_router(accounts: AccountService, version: str) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> dict[str, Any]:
        return {"status": "ok", "version": version}

    @router.get("/readyz", summary="Can it serve? (reads the database)")
    async def readyz() -> dict[str, Any]:
        if await accounts.find_owner() is None:
            raise HubError("not_ready", "The hub has no owner yet.")
        return {"status": "ready", "version": version}

    return router
