"""Guide: a program that asks bots with an API key; run as a program, with `fastapi_poe` meaning either SDK."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.scripted_bot import ScriptedBot, scripted_bot

from .makers import maker
from .running import GUIDES, WAIT_S, Guide, bare_hub

PROGRAM = GUIDES / "programmatic_access.py"
PICTURE = {"url": "https://files.example.org/fox.png", "content_type": "image/png", "name": "fox.png"}
OUR_SDK = "from rookery.hosting.alias import AliasFinder\nAliasFinder().install()\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Guide, ScriptedBot]]:
    """A hub with a bot that makes pictures."""
    async with (
        bare_hub(tmp_path_factory.mktemp("hub")) as guide,
        scripted_bot(maker(PICTURE), allow_attachments=True, response_version=2) as bot,
    ):
        await guide.hub.register("Painter", bot.url)
        yield guide, bot


@pytest.fixture(params=["rookery", "fastapi_poe"])
def search_path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A PYTHONPATH with which `import fastapi_poe` gives the SDK."""
    if request.param == "rookery":
        (tmp_path / "sitecustomize.py").write_text(OUR_SDK)
    return os.pathsep.join(part for part in (str(tmp_path), os.environ.get("PYTHONPATH", "")) if part)


async def run(guide: Guide, search_path: str, *arguments: str, key: str | None = None) -> tuple[int, str, str]:
    """Runs the program; gives status, output, errors."""
    given = {"POE_API_KEY": guide.hub.api_key if key is None else key, "ROOKERY_URL": guide.hub.url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *arguments, env={**os.environ, **given, "PYTHONPATH": search_path},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(WAIT_S):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_program_prints_text_and_files(hub: tuple[Guide, ScriptedBot], search_path: str) -> None:
    guide, bot = hub
    status, out, err = await run(guide, search_path, "Painter", "a fox")
    assert (status, out) == (0, "[fox.png] https://files.example.org/fox.png\nmade\n"), err
    message = bot.queries[-1]["query"][-1]
    assert (message["content"], message["parameters"]) == ("a fox", {"aspect": "16:9"})
    assert bot.queries[-1]["user_id"]  # the hub's pseudonym of the key's owner


async def test_a_wrong_key_ends_with_one_sentence(hub: tuple[Guide, ScriptedBot], search_path: str) -> None:
    status, _, err = await run(hub[0], search_path, "Painter", "a fox", key="wrong")
    assert status == 1
    assert "Painter did not answer: " in err
    assert "Access denied" in err


async def test_a_file_goes_along(hub: tuple[Guide, ScriptedBot], search_path: str, tmp_path: Path) -> None:
    guide, bot = hub
    (tmp_path / "notes.txt").write_text("alpha")
    status, _, err = await run(guide, search_path, "Painter", "a fox", str(tmp_path / "notes.txt"))
    assert status == 0, err
    (file,) = bot.queries[-1]["query"][-1]["attachments"]
    assert (file["name"], file["content_type"]) == ("notes.txt", "text/plain")
    assert await guide.download(file["url"]) == b"alpha"


async def test_a_file_of_the_hub_comes_out(hub: tuple[Guide, ScriptedBot], search_path: str) -> None:
    guide, _ = hub
    if guide.hub.hub.bots.find_bot("Picture") is None:
        await guide.hub.stand_in("Picture", "picture")
    status, out, err = await run(guide, search_path, "Picture", "a fox")
    assert status == 0, err
    name, _, url = out.splitlines()[0].partition("] ")
    assert name.endswith(".png")
    assert (await guide.download(url)).startswith(b"\x89PNG")
