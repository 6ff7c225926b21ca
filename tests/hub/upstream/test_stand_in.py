"""Stand-ins as an endpoint: bytes on the wire, files kept and opened, waiting in turn, stopping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from rookery.hub.bots.model import Bot
from rookery.hub.errors import TooLarge
from rookery.hub.failures import BotFailure
from rookery.hub.relay.ports import BotCall
from rookery.hub.standins.model import MadeFile
from rookery.hub.upstream.stand_in import StandInEndpoint
from rookery.protocol.events import FileEvent
from rookery.protocol.reading import ReplyReader
from rookery.protocol.reduce import Reply
from tests.hub.standins.asking import message, query


@dataclass
class Shelf:
    """A store of files in memory."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def keep(self, call: BotCall, made: MadeFile) -> FileEvent:
        url = f"https://hub.example/files/{len(self.files)}/{made.name}"
        self.files[url] = made.data
        self.asked.append(("keep", call.bot.name))
        return FileEvent(url, made.content_type, made.name, made.inline_ref)

    async def measure(self, url: str, call: BotCall) -> str | None:
        self.asked.append(("measure", call.bot.name))
        return f"There are {len(self.files[url])} bytes." if url in self.files else None

    def endpoint(self) -> StandInEndpoint:
        return StandInEndpoint(pause_s=0, keep_file=self.keep, measure=self.measure)


def call(rule: str, content: str, attachments: list[dict[str, str]] | None = None, **parameters: Any) -> BotCall:
    asked = {**message(content, parameters=parameters), "attachments": attachments or []}
    bot = Bot("bot-1", "Painter", "stand-in", "person-1", datetime.now(UTC), rule=rule)
    return BotCall(bot, query(asked).model_dump(mode="json"), {})


async def ask(endpoint: StandInEndpoint, asked: BotCall) -> Reply:
    reader = ReplyReader()
    async for chunk in endpoint.stream(asked):
        reader.feed(chunk)
    assert (reader.fault, reader.problems) == (None, [])
    return reader.builder.reply()


async def test_a_made_file_is_kept_and_shown_by_its_address() -> None:
    shelf = Shelf()
    reply = await ask(shelf.endpoint(), call("picture", "a cat", size=64))
    (file,) = reply.files
    assert (file.content_type, file.file_name) == ("image/png", "a-cat.png")
    assert Image.open(BytesIO(shelf.files[file.url])).size == (64, 64)
    assert shelf.asked == [("keep", "Painter")]
    assert "a cat" in reply.text
    assert reply.is_done


async def test_a_picture_is_measured_for_the_query_that_brought_it() -> None:
    shelf = Shelf()
    drawn = (await ask(shelf.endpoint(), call("picture", "green", size=64))).files[0]
    attachment = {"url": drawn.url, "name": "mine.png", "content_type": "image/png"}
    reply = await ask(shelf.endpoint(), call("vision", "", [attachment]))
    assert reply.text.startswith(f"There are {len(shelf.files[drawn.url])} bytes. ")
    assert shelf.asked[-1] == ("measure", "Painter")


async def test_a_file_that_cannot_be_stored_fails_the_answer_with_the_reason() -> None:
    async def refuse(call: BotCall, made: MadeFile) -> FileEvent:
        raise TooLarge("no_room", "The hub's disk is full.", "Delete some files.")

    with pytest.raises(BotFailure) as caught:
        await ask(StandInEndpoint(pause_s=0, keep_file=refuse), call("picture", "a cat", size=64))
    sentence = caught.value.sentence("Painter")
    assert sentence.startswith("Bot 'Painter' made the file 'a-cat.png', which could not be stored. The hub's disk")
    assert caught.value.code == "no_room"


async def test_a_hub_without_a_store_says_so() -> None:
    with pytest.raises(BotFailure, match="this hub keeps no files"):
        await ask(StandInEndpoint(pause_s=0), call("sound", "la", duration=1))


async def test_a_rule_that_is_gone_is_a_failure_with_a_name() -> None:
    with pytest.raises(BotFailure, match="there is no stand-in 'parrot'"):
        await ask(StandInEndpoint(pause_s=0), call("parrot", "hi"))


async def test_only_two_make_something_at_a_time_and_a_stopped_one_makes_room() -> None:
    shelf, entered, release = Shelf(), asyncio.Queue[str](), asyncio.Event()

    async def wait(call: BotCall, made: MadeFile) -> FileEvent:
        entered.put_nowait(made.name)
        await release.wait()
        return await shelf.keep(call, made)

    endpoint = StandInEndpoint(pause_s=0, keep_file=wait)
    tasks = [asyncio.create_task(ask(endpoint, call("picture", name, size=64))) for name in ("a", "b", "c")]
    async with asyncio.timeout(10):
        assert {await entered.get(), await entered.get()} == {"a.png", "b.png"}
        tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        assert await entered.get() == "c.png"
        release.set()
        replies = await asyncio.gather(*tasks[1:])
    assert [reply.files[0].file_name for reply in replies] == ["b.png", "c.png"]


async def test_leaving_the_stream_early_ends_the_work() -> None:
    shelf = Shelf()
    endpoint = shelf.endpoint()
    for _ in range(3):  # more often than there is room for makers: a place that leaked would block the last one
        stream = endpoint.stream(call("picture", "a cat", size=64))
        assert isinstance(stream, AsyncGenerator)
        async with aclosing(stream), asyncio.timeout(10):
            async for chunk in stream:
                if b"event: file" in chunk:
                    break
    assert len(shelf.files) == 3
