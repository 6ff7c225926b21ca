"""Guide: prompt bots, made over the API; no code, so there is nothing to run but the hub."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.scripted_bot import ScriptedBot, say, scripted_bot

from .running import GUIDES, Guide, bare_hub

BOT = json.loads((GUIDES / "prompt_bot.json").read_text())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Guide, ScriptedBot]]:
    """A hub with the base bot."""
    async with bare_hub(tmp_path_factory.mktemp("hub")) as guide, scripted_bot(say("Hallo")) as base:
        await guide.hub.register("GPT-3.5-Turbo", base.url)
        yield guide, base


async def test_the_prompt_goes_before_the_message_with_its_parameters_filled_in(
    hub: tuple[Guide, ScriptedBot],
) -> None:
    guide, base = hub
    await guide.api("POST", "/api/bots", BOT)
    answer = await guide.ask("Translator", "hello", parameters={"language": "French"})
    assert answer.text == "Hallo"
    system, message = base.queries[-1]["query"]
    assert (system["role"], message["content"]) == ("system", "hello")
    assert "into French." in system["content"]


async def test_a_private_prompt_is_not_shown(hub: tuple[Guide, ScriptedBot]) -> None:
    guide, _ = hub
    bot = (await guide.api("GET", "/api/bots/Translator"))["bot"]
    assert bot["kind"] == "prompt"
