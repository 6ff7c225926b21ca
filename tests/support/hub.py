"""A real hub on a real socket, and a client that sees its streams as events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from rookery.hub.accounts.model import Person
from rookery.hub.app import Hub, create_app
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import Bot
from rookery.hub.relay.tree import LiveQuery
from rookery.hub.settings import HubSettings
from rookery.hub.standins.registration import stand_in_draft
from rookery.hub.vault import new_identifier
from rookery.protocol.decoding import parse_event
from rookery.protocol.events import ErrorEvent, Event
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import Frame, SseDecoder
from tests.support.serving import serve


@dataclass
class RunningHub:
    """A hub, its address, its owner's key, and a client session."""

    url: str
    hub: Hub
    api_key: str
    http: aiohttp.ClientSession
    ended: list[LiveQuery] = field(default_factory=list)

    async def register(self, name: str, url: str, **draft: Any) -> Bot:
        """Registers a server bot and pulls its settings."""
        kind = draft.pop("kind", "server")
        bot = await self.hub.bots.create_bot(self.hub.owner.id, BotDraft(name=name, kind=kind, url=url, **draft))
        return (await self.hub.sync.pull(bot)).bot

    async def stand_in(self, name: str, rule: str = "echo") -> Bot:
        """Registers a stand-in."""
        return await self.hub.bots.create_bot(self.hub.owner.id, stand_in_draft(name, rule))

    def auth(self, key: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key if key is None else key}"}

    @asynccontextmanager
    async def stream(self, name: str, body: object, key: str | None = None) -> AsyncIterator[AsyncIterator[Frame]]:
        """Posts to the Bot Query API and gives the frames as they come; leaving closes the connection."""
        async with self.http.post(f"{self.url}/bot/{name}", json=body, headers=self.auth(key)) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            yield _frames(response)

    async def post(self, name: str, body: object, key: str | None = None) -> list[Event]:
        """Posts to the Bot Query API and gives all events."""
        async with self.stream(name, body, key) as frames:
            return [parse_event(frame.name, frame.data) async for frame in frames]

    async def ask(self, name: str, text: str = "hi", key: str | None = None) -> Reply:
        """Asks a bot as a person; gives the reply."""
        return reduce_events(await self.post(name, {"query": [{"role": "user", "content": text}]}, key))

    async def ask_with(self, name: str, text: str = "hi", **fields: Any) -> Reply:
        """Asks a bot as a person, with more fields of the message (attachments, parameters); gives the reply."""
        return reduce_events(await self.post(name, {"query": [{"role": "user", "content": text, **fields}]}))

    async def begin(self, name: str, text: str = "hi", key: str | None = None, **fields: Any) -> str:
        """Starts a query over `/api/queries`, with more fields of the message; gives its id."""
        body = {"bot": name, "query": [{"role": "user", "content": text, **fields}]}
        async with self.http.post(f"{self.url}/api/queries", json=body, headers=self.auth(key)) as response:
            assert response.status == 202, await response.text()
            query_id: str = (await response.json())["query_id"]
        return query_id

    async def finished(self, query_id: str) -> str:
        """Waits until a query is on disk: its readers hear of its end first. Gives its id."""
        live = self.hub.relay.queries.find(query_id)
        if live is not None and live.task is not None:
            await live.task
        return query_id

    async def settle(self) -> None:
        """Waits until every query has ended for the hub too."""
        await asyncio.gather(*(live.task for live in self.hub.relay.queries if live.task is not None))

    async def add_member(self, name: str) -> tuple[Person, str]:
        """Adds a member; gives the person and an API key of theirs."""
        person = Person(new_identifier("p"), name, "member", datetime.now(UTC))
        await self.hub.accounts._store.save_person(person)
        _, key = await self.hub.accounts.create_key(person, "test")
        return person, key

    async def call(self, query: dict[str, Any], callee: str, key: str, /, **changes: Any) -> Reply:
        """Calls a bot as a bot: with its access key and the query it is answering."""
        return reduce_events(await self.post(callee, {**query, **changes}, key))


async def _frames(response: aiohttp.ClientResponse) -> AsyncIterator[Frame]:
    decoder = SseDecoder()
    async for chunk in response.content.iter_any():
        for frame in decoder.feed(chunk):
            yield frame


def error_text(reply: Reply) -> str:
    """Gives the sentence of a failed reply; fails the test when there is none."""
    assert isinstance(reply.error, ErrorEvent), reply
    assert reply.error.text is not None
    return reply.error.text


@asynccontextmanager
async def running_hub(data_dir: Path, **settings: Any) -> AsyncIterator[RunningHub]:
    """Starts a hub on an own data folder."""
    ended: list[LiveQuery] = []
    defaults: dict[str, Any] = {"stand_in_pause_s": 0.0, "retry_pause_s": 0.01, "journal_interval_s": 0.01}
    app = create_app(HubSettings(data_dir=data_dir, **{**defaults, **settings}), (ended.append,))
    async with serve(app) as url, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        async with asyncio.timeout(10), http.get(f"{url}/healthz") as response:
            assert response.status == 200
        hub: Hub = app.state.hub
        _, api_key = await hub.accounts.create_key(hub.owner, "test")
        hub.address.listens_at(url)
        yield RunningHub(url, hub, api_key, http, ended)
