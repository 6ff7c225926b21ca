"""Guide: prompt bots, made over the API, in a terminal and by a link; no code, so only the hub runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.browser import signed_in
from tests.support.scripted_bot import ScriptedBot, say, scripted_bot

from .running import GUIDES, WAIT_S, Guide, bare_hub

BOT = json.loads((GUIDES / "prompt_bot.json").read_text())
ROOKERY = Path(sys.executable).with_name("rookery")
Hub = tuple[Guide, ScriptedBot]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A hub with the base bot, and the guide's prompt bot on top of it."""
    async with bare_hub(tmp_path_factory.mktemp("hub")) as guide, scripted_bot(say("Hallo")) as base:
        await guide.hub.register("GPT-3.5-Turbo", base.url)
        await guide.api("POST", "/api/bots", BOT)
        yield guide, base


async def run_rookery(guide: Guide, *arguments: str) -> str:
    """Runs the command; gives its output."""
    variables = {"ROOKERY_URL": guide.hub.url, "ROOKERY_API_KEY": guide.hub.api_key}
    process = await asyncio.create_subprocess_exec(
        ROOKERY, *arguments, env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(WAIT_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


def contents(base: ScriptedBot) -> list[tuple[str, str]]:
    """Role and text of the messages that the base bot got last."""
    return [(message["role"], message["content"]) for message in base.queries[-1]["query"]]


async def test_the_prompt_goes_before_the_message_with_its_parameters_filled_in(hub: Hub) -> None:
    guide, base = hub
    answer = await guide.ask("Translator", "hello", parameters={"language": "French"})
    assert answer.text == "Hallo"
    prompt = "Translate what the person says into French. Answer with the translation only."
    assert contents(base) == [("system", prompt), ("user", "hello")]


async def test_a_parameter_that_nobody_set_has_its_default(hub: Hub) -> None:
    guide, base = hub
    await guide.ask("Translator", "hello")
    assert "into German." in contents(base)[0][1]


async def test_a_private_prompt_is_shown_to_its_author_only(hub: Hub) -> None:
    guide, _ = hub
    bot = (await guide.api("GET", "/api/bots/Translator"))["bot"]
    assert (bot["kind"], bot["base_bot"], bot["prompt"]) == ("prompt", "GPT-3.5-Turbo", BOT["prompt"])
    await guide.api("PATCH", "/api/bots/Translator", {"visibility": "public"})
    seen = (await guide.api("GET", "/api/bots/Translator", key=await guide.let_in("Ada")))["bot"]
    assert BOT["prompt"] not in json.dumps(seen)


async def test_a_terminal_makes_one_too(hub: Hub) -> None:
    guide, base = hub
    prompt = "Translate what the person says into German."
    await run_rookery(guide, "bots", "create", "Germanist", "--base-bot", "GPT-3.5-Turbo", "--prompt", prompt)
    assert await run_rookery(guide, "chat", "Germanist", "hello") == "Hallo\n"
    assert contents(base) == [("system", prompt), ("user", "hello")]


async def test_a_link_fills_in_the_form_and_the_form_makes_the_bot(hub: Hub) -> None:
    guide, base = hub
    async with signed_in(guide.hub) as client:
        link = "/create_bot?prompt=Translate%20{user_prompt}%20into%20Latin.&base_bot=GPT-3.5-Turbo"
        page = unescape((await client.get(link)).text)
        assert "Translate {user_prompt} into Latin.</textarea>" in page
        assert re.search(r'<input name="base_bot"[^>]* value="GPT-3.5-Turbo"', page)
        form: dict[str, Any] = {
            "name": "Latinist",
            "base_bot": "GPT-3.5-Turbo",
            "prompt": "Translate {user_prompt} into Latin.",
        }
        made = await client.post("/create_bot", data=form)
        assert (made.status_code, made.headers["location"]) == (303, "/bots/Latinist")
    await guide.ask("Latinist", "hello")
    assert contents(base) == [("user", "Translate hello into Latin.")]


async def test_without_its_base_it_says_so(hub: Hub) -> None:
    guide, _ = hub
    await guide.hub.stand_in("Base")
    await guide.api("POST", "/api/bots", {**BOT, "name": "Orphan", "base_bot": "Base"})
    await guide.api("DELETE", "/api/bots/Base")
    body = {"bot": "Orphan", "query": [{"role": "user", "content": "hello"}]}
    url = f"{guide.hub.url}/api/queries"
    async with guide.hub.http.post(url, json=body, headers=guide.hub.auth()) as response:
        answer = await response.json()
    assert "stands on the bot 'Base', which is not on this hub" in answer["error"]["message"]
