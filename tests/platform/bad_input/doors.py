"""The doors of a hub for a message, for a file and for a look at all it keeps, as somebody malicious uses them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from rookery.hub.storage.sql.tables import metadata
from rookery.protocol.decoding import parse_event
from rookery.protocol.events import ErrorEvent
from rookery.protocol.sse import SseDecoder
from tests.support.hub import RunningHub

Json = dict[str, Any]

CHAT, QUERIES, BOT = "chats", "queries", "bot"
MESSAGE_DOORS = (CHAT, QUERIES, BOT)


@dataclass(frozen=True)
class Said:
    """What came back through a door."""

    status: int
    text: str

    @property
    def code(self) -> str:
        """The code of a refusal of `/api`."""
        return str(json.loads(self.text)["error"]["code"])


async def request(hub: RunningHub, method: str, path: str, body: object = None, *, key: str | None = None) -> Said:
    """Sends JSON with somebody's key, the owner's by default."""
    headers = hub.auth(key)
    async with hub.http.request(method, f"{hub.url}{path}", json=body, headers=headers) as response:
        return Said(response.status, await response.text())


async def opened(hub: RunningHub, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
    """Gives the decoded answer of a request that must succeed."""
    said = await request(hub, method, path, body, key=key)
    assert said.status < 300, said
    return json.loads(said.text) if said.text else None


async def new_chat(hub: RunningHub, bot: str, *, key: str | None = None) -> str:
    """Begins a chat; gives its id."""
    chat_id: str = (await opened(hub, "POST", "/api/chats", {"bot": bot}, key=key))["chat"]["id"]
    return chat_id


async def send(
    hub: RunningHub, door: str, bot: str, message: Json, *, chat_id: str = "", key: str | None = None
) -> Said:
    """Sends a message (`content`, `attachments`, `parameters`) through a door; gives the refusal or the whole answer.

    Refusals at the bot's door are events: they get the status 200.
    """
    if door == CHAT:
        draft = {**message, "bot": bot}
        draft["attachments"] = [{"url": a["url"]} for a in message.get("attachments", [])]
        return await request(hub, "POST", f"/api/chats/{chat_id}/messages", draft, key=key)
    body = {"query": [{"role": "user", **message}]}
    if door == QUERIES:
        return await request(hub, "POST", "/api/queries", {"bot": bot, **body}, key=key)
    return await request(hub, "POST", f"/bot/{bot}", body, key=key)


async def end_of(hub: RunningHub, said: Said, *, key: str | None = None) -> str:
    """Follows the answer that a chat or a query has begun; gives its events as text."""
    query_id = json.loads(said.text)["query_id"]
    return (await request(hub, "GET", f"/api/queries/{query_id}/events", key=key)).text


def error_in(stream: str) -> str:
    """Gives the sentence of the error event in a stream."""
    for frame in SseDecoder().feed(stream.encode()):
        event = parse_event(frame.name, frame.data)
        if isinstance(event, ErrorEvent):
            return event.text or ""
    raise AssertionError(stream)


async def kept(hub: RunningHub) -> dict[str, int]:
    """Gives how many rows each table and how many files each folder of the data folder has."""
    await settle(hub)
    counts: dict[str, int] = {}
    async with hub.hub._database.read() as connection:
        for table in metadata.sorted_tables:
            counts[table.name] = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
    for name in ("files", "incoming", "parsing"):
        counts[f"{name}/"] = await asyncio.to_thread(_count_files, hub.hub.settings.data_dir / name)
    return counts


def _count_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def settle(hub: RunningHub) -> None:
    """Waits until every query has ended for the hub too: its readers hear of that first."""
    await asyncio.gather(*(live.task for live in hub.hub.relay.queries if live.task is not None))


async def refused_everywhere(hub: RunningHub, bot: str, message: Json) -> list[str]:
    """Sends a message that must be refused through all doors; nothing of it may stay. Gives the sentences."""
    chat_id = await new_chat(hub, bot)
    shown = await opened(hub, "GET", f"/api/chats/{chat_id}")
    before, sentences = await kept(hub), []
    for door in MESSAGE_DOORS:
        said = await send(hub, door, bot, message, chat_id=chat_id)
        assert said.status == (200 if door == BOT else 400), (door, said)
        sentences.append(error_in(said.text) if door == BOT else json.loads(said.text)["error"]["message"])
        assert await kept(hub) == before, door
    assert await opened(hub, "GET", f"/api/chats/{chat_id}") == shown
    return sentences


async def still_serves(hub: RunningHub) -> None:
    """Asks for something ordinary."""
    if hub.hub.bots.find_bot("Plain") is None:
        await hub.stand_in("Plain")
    assert (await hub.ask("Plain", "hello")).text == "hello"
