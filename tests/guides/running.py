"""A guide's bot file as `rookery dev` runs it: in a child process, registered with a hub; and a person who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from rookery.cli.registration import Registrar
from rookery.hosting import BotLaunch, BotProcess, HostedBot, Output, Sdk
from rookery.hub.relay.model import QueryRecord
from rookery.protocol.decoding import parse_event
from rookery.protocol.events import Event
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import SseDecoder
from tests.support.hub import RunningHub, running_hub

GUIDES = Path(__file__).parents[2] / "examples" / "guides"
SUGGESTER = "Suggester"
"""The bot that the hubs ask for suggested replies, once a test has made it."""
KEY = "g" * 32
WAIT_S = 20.0
"""Bounds every wait; nothing takes long unless the machine is very busy."""


@dataclass
class Answer:
    """What a person got, and what went over the wire for it."""

    events: list[Event]
    query_id: str
    record: QueryRecord
    """The query to the asked bot; `request` is the body that the bot was sent."""
    below: list[QueryRecord]
    """The calls that bots made for it, in order, each with its `request`."""
    message: dict[str, Any] = field(default_factory=dict)
    """The person's message as the hub stored it; empty outside chats."""
    answer: dict[str, Any] = field(default_factory=dict)
    """The answer as the hub stored it, before it was complete; empty outside chats."""

    @property
    def reply(self) -> Reply:
        return reduce_events(self.events)

    @property
    def text(self) -> str:
        """The final text; fails the test when the bot failed."""
        assert self.reply.error is None, self.reply.error
        return self.reply.text

    @property
    def called(self) -> list[str]:
        """Names of the called bots."""
        return [record.bot_name for record in self.below]


@dataclass
class Guide:
    """A running bot file behind a hub."""

    hub: RunningHub
    sdk: Sdk
    bots: dict[str, HostedBot]
    printed: list[str]
    """Lines that the bot's process wrote."""
    _news: asyncio.Condition

    async def prints(self, text: str) -> str:
        """Waits for a line that holds the text; gives it."""

        def found() -> str | None:
            return next((line for line in self.printed if text in line), None)

        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: found() is not None)
        return found() or ""

    async def ask(
        self, bot: str, text: str = "hi", *, history: Sequence[Mapping[str, Any]] = (), **message: Any
    ) -> Answer:
        """Sends a message as a person; `message` adds fields to it, such as `parameters`."""
        query = [*history, {"role": "user", "content": text, **message}]
        asked = await self.api("POST", "/api/queries", {"bot": bot, "query": query})
        return await self.follow(asked["query_id"])

    async def follow(self, query_id: str, *, key: str | None = None) -> Answer:
        """Reads an answer to its end."""
        decoder, events = SseDecoder(), []
        url = f"{self.hub.url}/api/queries/{query_id}/events"
        async with asyncio.timeout(WAIT_S), self.hub.http.get(url, headers=self.hub.auth(key)) as response:
            assert response.status == 200, await response.text()
            async for chunk in response.content.iter_any():
                events += [parse_event(frame.name, frame.data) for frame in decoder.feed(chunk)]
        relay, actor = self.hub.hub.relay, await self.hub.hub.accounts.find_actor(key or self.hub.api_key)
        assert actor is not None
        live = relay.queries.find(query_id)
        if live is not None and live.task is not None:
            await asyncio.wait([live.task])  # readers hear of the end before the hub has done what comes after it
        record = await relay.get_query(actor.person, query_id)
        ids = [below.id for below in await relay._store.list_tree(record.root_id) if below.id != query_id]
        return Answer(events, query_id, record, [await relay.get_query(actor.person, below) for below in ids])

    async def start_chat(self, bot: str) -> Chat:
        """Begins a chat with a bot."""
        body = await self.api("POST", "/api/chats", {"bot": bot})
        return Chat(self, str(body.get("chat", body)["id"]))

    async def upload(self, name: str, data: bytes) -> dict[str, Any]:
        """Gives a file to the hub; gives it as an attachment of a message."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name)
        return await self.api("POST", "/api/files", form)

    async def api(self, method: str, path: str, body: object = None, *, key: str | None = None) -> dict[str, Any]:
        """Calls the hub's HTTP API, as its owner or with another person's key; fails the test unless it answers 2xx."""
        given: dict[str, Any] = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with (
            asyncio.timeout(WAIT_S),
            self.hub.http.request(method, self.hub.url + path, headers=self.hub.auth(key), **given) as response,
        ):
            assert response.status < 300, f"{method} {path}: {response.status} {await response.text()}"
            answer: dict[str, Any] = {} if response.status == 204 else await response.json()
        return answer

    async def let_in(self, name: str) -> str:
        """Makes a member, once for each name; gives an API key of theirs."""
        hub = self.hub.hub
        person = await hub.people.find_person(name) or await hub.people.create_person(name)
        return (await hub.accounts.create_key(person, "test"))[1]

    async def download(self, url: str) -> bytes:
        """Fetches a link as anybody could: without a credential."""
        async with asyncio.timeout(WAIT_S), self.hub.http.get(url) as response:
            assert response.status == 200, f"{url}: {response.status}"
            return await response.read()


@dataclass
class Chat:
    """A chat of the hub."""

    guide: Guide
    id: str

    async def say(self, text: str, *files: dict[str, Any], key: str | None = None, **message: Any) -> Answer:
        """Says something, with uploaded files, and reads the answer to its end; `key`: another person's."""
        body = {"content": text, "attachments": [{"file_id": file["id"]} for file in files], **message}
        sent = await self.guide.api("POST", f"/api/chats/{self.id}/messages", body, key=key)
        answer = await self.guide.follow(sent["query_id"], key=key)
        answer.message, answer.answer = sent["message"], sent["answer"]
        return answer

    async def read(self) -> dict[str, Any]:
        """Gives the chat with its messages."""
        return await self.guide.api("GET", f"/api/chats/{self.id}")


@asynccontextmanager
async def bare_hub(data_dir: Path) -> AsyncIterator[Guide]:
    """Starts a hub without any bot file: for guides that are no server bot."""
    async with running_hub(data_dir, suggestion_bot=SUGGESTER) as hub:
        yield Guide(hub, "rookery", {}, [], asyncio.Condition())


@asynccontextmanager
async def running_guide(file: Path, sdk: Sdk, data_dir: Path) -> AsyncIterator[Guide]:
    """Starts a hub and the file, enters its bots, reads their settings, and gives stand-ins to what they call."""
    printed: list[str] = []
    news = asyncio.Condition()

    async def on_output(output: Output) -> None:
        async with news:
            printed.append(output.line)
            news.notify_all()

    async with running_hub(data_dir, suggestion_bot=SUGGESTER, settings_pull_interval_s=0) as hub:
        process = await BotProcess.start(BotLaunch(file, hub.url, KEY, sdk=sdk, grace_s=0.5), on_output=on_output)
        try:
            bots = await process.ready(WAIT_S)
            assert process.sdk == sdk
            for registered in await Registrar(hub.hub).register(bots):
                assert registered.trouble is None, registered.trouble
            yield Guide(hub, sdk, {bot.name: bot for bot in bots}, printed, news)
        finally:
            await process.stop(grace_s=0)
