"""Bots that the hub itself asks: for suggested replies, and for what a picture shows."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rookery.protocol.decoding import parse_event
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import SseDecoder
from tests.support.hub import RunningHub, error_text, running_hub
from tests.support.scripted_bot import Exchange, Script, ScriptedBot, say, scripted_bot


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(tmp_path / "data", suggestion_bot="Suggester", vision_bot="Seer") as running:
        yield running


async def wanting(exchange: Exchange) -> None:
    """Answers, and asks the hub to suggest replies."""
    await exchange.event("meta", {"suggested_replies": True})
    await exchange.text("Rooks live in colonies.")
    await exchange.done()


@asynccontextmanager
async def bots(hub: RunningHub, helper: Script, name: str = "Suggester", **settings: Any) -> AsyncIterator[ScriptedBot]:
    async with scripted_bot(helper, **settings) as bot:
        await hub.register(name, bot.url)
        yield bot


async def ask_from_the_page(hub: RunningHub, name: str, text: str = "tell me about rooks") -> Reply:
    body = {"bot": name, "query": [{"role": "user", "content": text}]}
    async with hub.http.post(f"{hub.url}/api/queries", json=body, headers=hub.auth()) as response:
        query = await response.json()
    path = f"{hub.url}/api/queries/{query['query_id']}/events"
    async with hub.http.get(path, headers=hub.auth()) as response:
        frames = SseDecoder().feed(await response.read())
    return reduce_events(parse_event(frame.name, frame.data) for frame in frames)


async def test_the_configured_bot_suggests_replies_from_what_was_said(hub: RunningHub) -> None:
    async with bots(hub, say("- Where?\n- How long?\n- Thanks!")) as suggester, scripted_bot(wanting) as bot:
        await hub.register("Birds", bot.url)
        reply = await ask_from_the_page(hub, "Birds")
    assert reply.suggested_replies == ("Where?", "How long?", "Thanks!")
    assert reply.is_done
    said = [message["content"] for message in suggester.queries[0]["query"]]
    assert said[:2] == ["tell me about rooks", "Rooks live in colonies."]


async def test_nobody_suggests_for_a_program_or_when_the_bot_does_not_ask(hub: RunningHub) -> None:
    async with (
        bots(hub, say("Where?")) as suggester,
        scripted_bot(wanting) as bot,
        scripted_bot(say("no meta")) as silent,
    ):
        await hub.register("Birds", bot.url)
        await hub.register("Silent", silent.url)
        assert (await hub.ask("Birds")).suggested_replies == ()
        assert (await ask_from_the_page(hub, "Silent")).suggested_replies == ()
    assert suggester.queries == []


async def test_the_bots_own_suggestions_are_the_only_ones(hub: RunningHub) -> None:
    async def own(exchange: Exchange) -> None:
        await exchange.event("meta", {"suggested_replies": True})
        await exchange.event("suggested_reply", {"text": "mine"})
        await exchange.text("x")
        await exchange.done()

    async with bots(hub, say("Where?")) as suggester, scripted_bot(own) as bot:
        await hub.register("Birds", bot.url)
        assert (await ask_from_the_page(hub, "Birds")).suggested_replies == ("mine",)
    assert suggester.queries == []


async def test_a_suggesting_bot_that_fails_or_is_not_there_costs_the_answer_nothing(hub: RunningHub) -> None:
    async def fail(exchange: Exchange) -> None:
        await exchange.event("error", {"text": "no ideas", "allow_retry": False})

    async with scripted_bot(wanting) as bot:
        await hub.register("Birds", bot.url)
        without = await ask_from_the_page(hub, "Birds")
        async with bots(hub, fail):
            failed = await ask_from_the_page(hub, "Birds")
    for reply in (without, failed):
        assert reply.text == "Rooks live in colonies."
        assert reply.is_done
        assert reply.suggested_replies == ()


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


async def message_with_picture(hub: RunningHub, count: int = 1) -> dict[str, Any]:
    file = await hub.hub.files.keep_bytes(hub.hub.owner.id, "a.png", picture())
    attachment = {"url": hub.hub.files.link(file), "content_type": "image/png", "name": "a.png"}
    return {"query": [{"role": "user", "content": "what is it?", "attachments": [attachment] * count}]}


async def test_the_configured_bot_describes_a_picture(hub: RunningHub) -> None:
    async with (
        bots(hub, say("A red square."), "Seer", response_version=2) as seer,
        scripted_bot(say("ok"), response_version=2, enable_image_comprehension=True) as bot,
    ):
        await hub.register("Reader", bot.url)
        assert reduce_events(await hub.post("Reader", await message_with_picture(hub))).is_done
    assert bot.queries[0]["query"][0]["attachments"][0]["parsed_content"] == "a.png***A red square."
    assert seer.queries[0]["query"][0]["attachments"][0]["name"] == "a.png"


async def test_a_second_picture_in_one_message_is_refused_when_they_are_described(hub: RunningHub) -> None:
    async with scripted_bot(say("ok"), response_version=2, enable_image_comprehension=True) as bot:
        await hub.register("Reader", bot.url)
        reply = reduce_events(await hub.post("Reader", await message_with_picture(hub, 2)))
    assert "1 is the limit for a message; this one has 2" in error_text(reply)
    assert bot.queries == []


@pytest.mark.parametrize(
    ("settings", "count", "sentence"),
    [
        ({"response_version": 2, "allow_attachments": False}, 1, "Bot 'Reader' takes no files; the message has 1."),
        ({"response_version": 2}, 21, "The message has 21 files; 20 is the limit for one."),
    ],
)
async def test_files_that_a_bot_does_not_take_are_refused_before_anything_is_sent(
    hub: RunningHub, settings: dict[str, Any], count: int, sentence: str
) -> None:
    async with scripted_bot(say("ok"), **settings) as bot:
        await hub.register("Reader", bot.url)
        body = await message_with_picture(hub, count)
        assert sentence in error_text(reduce_events(await hub.post("Reader", body)))
        path = f"{hub.url}/api/queries"
        async with hub.http.post(path, json={"bot": "Reader", **body}, headers=hub.auth()) as response:
            assert response.status == 400
            assert sentence in await response.text()
    assert bot.queries == []
