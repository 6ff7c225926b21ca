"""The registry over HTTP as a test needs it, and members beside the hub's owner."""

from __future__ import annotations

from typing import Any

from tests.support.hub import RunningHub

CONTROLS: dict[str, Any] = {
    "sections": [
        {
            "controls": [
                {
                    "control": "drop_down",
                    "label": "Style",
                    "parameter_name": "style",
                    "options": [{"value": "photo", "name": "Photo"}, {"value": "draw", "name": "Drawing"}],
                },
                {
                    "control": "slider",
                    "label": "Line",
                    "parameter_name": "line",
                    "min_value": 1,
                    "max_value": 9,
                    "step": 1,
                },
            ]
        }
    ]
}


async def send(
    hub: RunningHub, method: str, path: str, body: object = None, key: str | None = None
) -> tuple[int, dict[str, Any]]:
    """Sends a request below `/api` and gives status and body."""
    async with hub.http.request(method, f"{hub.url}/api{path}", json=body, headers=hub.auth(key)) as response:
        return response.status, await response.json() if response.status != 204 else {}


async def create(hub: RunningHub, key: str | None = None, **draft: Any) -> dict[str, Any]:
    """Makes a bot and gives its JSON; fails the test when it is refused."""
    status, body = await send(hub, "POST", "/bots", draft, key)
    assert status == 201, body
    bot: dict[str, Any] = body["bot"]
    return bot


async def refusal(hub: RunningHub, method: str, path: str, body: object = None, key: str | None = None) -> str:
    """Sends what is to be refused; gives `status code: message`."""
    status, answer = await send(hub, method, path, body, key)
    error = answer["error"]
    return f"{status} {error['code']}: {error['message']}"
