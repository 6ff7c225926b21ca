"""Asking over `/api/queries`, and looking at what was kept."""

from __future__ import annotations

from typing import Any

from rookery.hub.accounts.model import Person
from tests.support.hub import RunningHub

KEY = "k" * 31 + "7"


async def begin(hub: RunningHub, bot: str, text: str = "hi", key: str | None = None, **fields: Any) -> str:
    """Starts a query; gives its id."""
    body = {"bot": bot, "query": [{"role": "user", "content": text, **fields}]}
    async with hub.http.post(f"{hub.url}/api/queries", json=body, headers=hub.auth(key)) as response:
        assert response.status == 202, await response.text()
        query_id: str = (await response.json())["query_id"]
    return query_id


async def finished(hub: RunningHub, query_id: str) -> str:
    """Waits until a query is on disk; gives its id."""
    live = hub.hub.relay.queries.find(query_id)
    if live is not None and live.task is not None:
        await live.task
    return query_id


async def ask(hub: RunningHub, bot: str, text: str = "hi", key: str | None = None, **fields: Any) -> str:
    """Starts a query and waits for its end; gives its id."""
    return await finished(hub, await begin(hub, bot, text, key, **fields))


async def get(hub: RunningHub, path: str, key: str | None = None, status: int = 200, **params: Any) -> dict[str, Any]:
    """Gets a path below `/api/queries`."""
    async with hub.http.get(f"{hub.url}/api/queries{path}", params=params, headers=hub.auth(key)) as response:
        assert response.status == status, await response.text()
        body: dict[str, Any] = await response.json()
    return body


async def add_person(hub: RunningHub, name: str) -> tuple[Person, str]:
    """Makes a member; gives them and an API key."""
    person = Person(f"p-{name}", name, "member", hub.hub.owner.created_at)
    await hub.hub.accounts._store.save_person(person)
    _, key = await hub.hub.accounts.create_key(person, "k")
    return person, key
