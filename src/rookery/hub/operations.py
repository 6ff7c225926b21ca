"""What whoever runs a hub asks it: is it alive, can it serve?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from rookery.hub.accounts.service import AccountService
from rookery.hub.errors import StorageFailed
from rookery.hub.http import refusals
from rookery.version import __version__


class HealthBody(BaseModel):
    """Answer of `/healthz` and `/readyz`."""

    status: Literal["ok", "ready"]
    version: str


def operations_router(accounts: AccountService) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="Is the process alive?")
    async def healthz() -> HealthBody:
        return HealthBody(status="ok", version=__version__)

    @router.get("/readyz", summary="Can it serve? (reads the database)", responses={503: refusals()[503]})
    async def readyz() -> HealthBody:
        if await accounts.find_owner() is None:
            raise StorageFailed("not_ready", "The hub has no owner yet.")
        return HealthBody(status="ready", version=__version__)

    return router
