"""Guide: function calling, with a model that plays a script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.support.scripted_bot import ScriptedBot, scripted_bot

from .makers import weather_model
from .running import Guide


@pytest_asyncio.fixture(loop_scope="module")
async def model(guide: Guide) -> AsyncIterator[ScriptedBot]:
    """The model that the guide's bots call."""
    async with scripted_bot(weather_model) as bot:
        await guide.hub.register("GPT-3.5-Turbo", bot.url, replace=True)
        yield bot


async def test_the_sdk_runs_the_function_and_asks_again(guide: Guide, model: ScriptedBot) -> None:
    answer = await guide.ask("WeatherBot", "What is the weather in Bergen?")
    assert answer.text.startswith('So: "rain in Bergen, 7 ')
    first, second = model.queries
    assert first["tools"][0]["function"]["name"] == "get_weather"
    assert second["tool_calls"][0]["function"]["arguments"] == '{"city": "Bergen"}'
    assert second["tool_results"][0]["tool_call_id"] == "call_1"


async def test_an_own_loop_appends_calls_and_results_as_messages(guide: Guide, model: ScriptedBot) -> None:
    answer = await guide.ask("LoopBot", "What is the weather in Bergen?")
    assert answer.text.startswith('*get_weather {"city": "Bergen"}*\n\nSo: ')
    asked, results = model.queries[1]["query"][-2:]
    assert (asked["role"], asked["message_type"], results["role"]) == ("bot", "function_call", "tool")
    assert json.loads(asked["content"])[0]["id"] == "call_1"
    assert json.loads(results["content"])[0]["name"] == "get_weather"


async def test_the_hubs_own_tool_calling_stand_in_serves_both(guide: Guide) -> None:
    await guide.hub.hub.bots.delete_bot(guide.hub.hub.owner, "GPT-3.5-Turbo")
    await guide.hub.stand_in("GPT-3.5-Turbo", "tools")
    for bot in ("WeatherBot", "LoopBot"):
        answer = await guide.ask(bot, "What is the weather in Bergen?")
        assert "Bergen" in answer.text
        assert answer.called == ["GPT-3.5-Turbo"] * 2
