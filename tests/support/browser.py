"""A browser as the hub sees one: keeps cookies, says where its requests were begun."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from rookery.hub.accounts.model import Person
from tests.support.hub import RunningHub


@asynccontextmanager
async def browser(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """Gives a client on the hub's own pages; nobody is signed in yet."""
    async with httpx.AsyncClient(base_url=hub.url, headers={"Origin": hub.url}, trust_env=False) as client:
        yield client


@asynccontextmanager
async def signed_in(hub: RunningHub, person: Person | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Gives a browser in which somebody, else the owner, is signed in."""
    token, _ = await hub.hub.sign_in.create_link(person or hub.hub.owner)
    async with browser(hub) as client:
        response = await client.post("/api/sign-in", json={"token": token})
        assert response.status_code == 200, response.text
        yield client
