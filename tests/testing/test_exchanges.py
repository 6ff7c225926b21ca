"""Recording an exchange and replaying it without any stand-in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import rookery
from rookery.testing import BotUnderTest, ExchangeDiffers, load_exchange

from .bots import make_bot, wrapper
from .sdks import both_sdks


def panel(fp: Any, ending: str = "!") -> Any:
    """A bot that asks two others at once and attaches a file."""

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        names = ("One", "Two")
        answers = await asyncio.gather(
            *(fp.get_final_response(request, name, api_key=request.access_key) for name in names)
        )
        file = await bot.post_message_attachment(
            message_id=request.message_id, file_data=b"png", filename="a.png", is_inline=True
        )
        yield fp.PartialResponse(text=f"{' and '.join(answers)}{ending} ![a][{file.inline_ref}]")

    return make_bot(fp, handler, server_bot_dependencies={"One": 1, "Two": 1})


@both_sdks
async def test_a_saved_exchange_replays_without_stand_ins(fp: Any, tmp_path: Path) -> None:
    file = tmp_path / "panel.json"
    async with BotUnderTest(panel(fp)) as bot:
        bot.dependency("One").replies(["fi", "rst"])
        bot.dependency("Two").replies("second")
        reply = await bot.ask("hi", history=[("user", "a"), ("bot", "b")], parameters={"x": 1})
        reply.exchange.save(file)
    async with BotUnderTest(panel(fp)) as bot:
        again = await bot.replay(load_exchange(file))
    assert again.text.startswith("first and second! ![a][")
    assert [message.content for message in again.query.query] == ["a", "b", "hi"]


@both_sdks
async def test_a_different_answer_is_shown_line_by_line(fp: Any) -> None:
    async with BotUnderTest(panel(fp)) as bot:
        bot.dependency("One").replies("first")
        bot.dependency("Two").replies("second")
        exchange = (await bot.ask("hi")).exchange
    async with BotUnderTest(panel(fp, "?")) as bot:
        with pytest.raises(ExchangeDiffers) as failure:
            await bot.replay(exchange)
    text = str(failure.value)
    assert text.startswith("Bot 'Tested' did not repeat the recorded exchange:\n--- recorded\n+++ now\n")
    assert '\n-  text {"text": "first and second! ![a][ref-1]"}\n' in text
    assert '\n+  text {"text": "first and second? ![a][ref-1]"}\n' in text


async def test_different_questions_to_called_bots_are_shown() -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        request.query[-1].content += bot.bot_name or ""
        async for part in rookery.stream_request(request, "One", request.access_key):
            yield part

    def tested(name: str) -> Any:
        return make_bot(rookery, handler, name=name, server_bot_dependencies={"One": 1})

    async with BotUnderTest(tested("A")) as bot:
        bot.dependency("One").replies("x")
        exchange = (await bot.ask("hi ")).exchange
    async with BotUnderTest(tested("B")) as bot:
        with pytest.raises(ExchangeDiffers, match=r'-  user: "hi A"\n\+  user: "hi B"'):
            await bot.replay(exchange)


async def test_refused_calls_are_refused_in_the_replay_too() -> None:
    async with BotUnderTest(wrapper(rookery, declared=0)) as bot:
        exchange = (await bot.ask("hi")).exchange
        assert exchange.calls[0].is_refused
    async with BotUnderTest(wrapper(rookery, declared=0)) as bot:
        again = await bot.replay(exchange)
    assert again.calls[0].refusal is not None


async def test_a_call_that_the_recording_lacks_is_refused() -> None:
    async with BotUnderTest(wrapper(rookery, calls=1, declared=2)) as bot:
        bot.dependency("Inner").replies("x")
        exchange = (await bot.ask("hi")).exchange
    async with BotUnderTest(wrapper(rookery, calls=2, declared=2)) as bot:
        with pytest.raises(ExchangeDiffers, match=r"\+call to Inner \(refused\):"):
            await bot.replay(exchange)


async def test_a_recording_is_readable_and_holds_no_key(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    tested = wrapper(rookery)
    async with BotUnderTest(tested) as bot:
        bot.dependency("Inner").replies("Grüße")
        (await bot.ask("hi")).exchange.save(file)
    text = file.read_text(encoding="utf-8")
    body = json.loads(text)
    assert body["format"] == "rookery.exchange/1"
    assert body["calls"][0]["events"] == [
        {"event": "text", "data": {"text": "Grüße"}},
        {"event": "done", "data": {}},
    ]
    assert "Grüße" in text
    assert "access_key" not in text
    assert tested.access_key not in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[]", "no recorded exchange"),
        ("{}", "'format' is missing"),
        ('{"format": "other"}', "its format is 'other'"),
        ('{"format": "rookery.exchange/1", "bot": "A", "request": {}, "events": [], "calls": []}', "field 'type'"),
        ("no", "no recorded exchange"),
    ],
)
def test_a_file_that_is_no_exchange_is_named(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(ValueError, match=reason) as failure:
        load_exchange(file)
    assert str(file) in str(failure.value)
