"""Asking over `/api/queries`, and looking at what was kept."""

from __future__ import annotations

from typing import Any

from tests.support.hub import RunningHub

KEY = "k" * 31 + "7"


async def ask(hub: RunningHub, bot: str, text: str = "hi", key: str | None = None, **fields: Any) -> str:
    """Starts a query and waits for its end; gives its id."""
    return await hub.finished(await hub.begin(bot, text, key, **fields))


async def get(hub: RunningHub, path: str, key: str | None = None, status: int = 200, **params: Any) -> dict[str, Any]:
    """Gets a path below `/api/queries`."""
    async with hub.http.get(f"{hub.url}/api/queries{path}", params=params, headers=hub.auth(key)) as response:
        assert response.status == status, await response.text()
        body: dict[str, Any] = await response.json()
    return body
