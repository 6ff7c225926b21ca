"""`rookery up`: the platform with the bundled examples; killed, stopped, started again."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from tests.platform.running import platform, until_no_process_of
from tests.support.scripted_bot import Exchange, scripted_bot

pytestmark = pytest.mark.slow

EXAMPLES = ("HelloBot", "WrapperBot", "PanelBot", "ShoutBot")


async def test_the_example_bots_answer_on_an_empty_data_folder(tmp_path: Path) -> None:
    async with platform(tmp_path, "up", "--data-dir", str(tmp_path / "data")) as up:
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{up.url}/healthz")).json()["status"] == "ok"
            assert (await http.get(f"{up.url}/readyz")).json()["status"] == "ready"
            assert "Rookery is running" in (await http.get(up.url)).text
        for name in EXAMPLES:
            await up.until(f"✓ {name}")
        # Bots of one file that call each other need no stand-in.
        assert "calls GPT-3.5-Turbo ×1 (stand-in), ShoutBot ×1" in await up.until("✓ PanelBot")
        assert "ShoutBot ×1 (stand-in)" not in "".join(up.lines)
        answer = await up.chat("HelloBot", "Ada")
        assert answer["text"].startswith("Hello, Ada!")
        assert answer["suggested_replies"] == ["Tell me more", "Goodbye"]
        assert "(answered by GPT-3.5-Turbo)" in (await up.chat("WrapperBot", "hi"))["text"]
        panel = (await up.chat("PanelBot", "a cat?"))["text"]
        assert "**ShoutBot**: A CAT?!" in panel
        assert "Asking" not in panel
        assert await up.terminate() < 10
    assert up.process.returncode == 0
    await until_no_process_of(tmp_path)


async def test_without_examples_there_is_nothing_and_the_commands_say_what_to_do(tmp_path: Path) -> None:
    async with platform(tmp_path, "up", "--no-examples", "--data-dir", str(tmp_path / "data")) as up:
        status, out, err = await up.command("bots", "list")
        assert status == 0
        assert "rookery bots create" in out + err
        status, _, err = await up.command("chat", "Nobody", "hi")
        assert status == 1
        assert "There is no bot 'Nobody' on this hub." in err


async def test_a_killed_hub_keeps_bots_keys_and_what_had_arrived(tmp_path: Path) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("this much arrived")
        await exchange.until_gone()

    arguments = ("up", "--no-examples", "--data-dir", str(tmp_path / "data"))
    async with scripted_bot(script) as bot:
        async with platform(tmp_path, *arguments) as up:
            assert (await up.command("bots", "create", "Slow", "--url", bot.url))[0] == 0
            _, key, _ = await up.command("keys", "create", "--name", "mine")
            headers = {"Authorization": f"Bearer {key.strip()}"}
            query = {"bot": "Slow", "query": [{"role": "user", "content": "hi"}]}
            async with httpx.AsyncClient(headers=headers) as http:
                query_id = (await http.post(f"{up.url}/api/queries", json=query)).json()["query_id"]
                async with http.stream("GET", f"{up.url}/api/queries/{query_id}/events") as stream:
                    async for _ in stream.aiter_raw():
                        break
                await asyncio.sleep(0.5)  # five times the journal's interval: the promise is about time
            up.process.send_signal(signal.SIGKILL)
            await up.process.wait()
        async with platform(tmp_path, *arguments) as up, httpx.AsyncClient(headers=headers) as http:
            body = (await http.get(f"{up.url}/api/queries/{query_id}")).json()
            assert (body["state"], body["text"]) == ("interrupted", "this much arrived")
            assert "restarted" in body["error"]
            events = (await http.get(f"{up.url}/api/queries/{query_id}/events")).text
            assert events.startswith("id: 1\r\nevent: text")
            assert events.rstrip().endswith("}")
            assert "event: error" in events
            assert [b["name"] for b in (await http.get(f"{up.url}/api/bots")).json()["bots"]] == ["Slow"]


async def test_stopping_ends_running_answers_with_a_sentence(tmp_path: Path) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        await exchange.until_gone()

    async with (
        scripted_bot(script) as bot,
        platform(tmp_path, "up", "--no-examples", "--data-dir", str(tmp_path / "data")) as up,
    ):
        await up.command("bots", "create", "Slow", "--url", bot.url)
        chat = asyncio.create_task(up.command("chat", "--no-stream", "Slow", "hi"))
        while not bot.queries:
            await asyncio.sleep(0)
        assert await up.terminate() < 10
        status, out, err = await chat
    assert status == 1
    assert "half" in out
    assert "The hub is shutting down" in err


async def test_a_sign_in_link_is_printed_until_somebody_has_signed_in(tmp_path: Path) -> None:
    arguments = ("up", "--no-examples", "--data-dir", str(tmp_path / "data"))
    async with platform(tmp_path, *arguments) as up:
        unused = await up.until("/sign-in#")
    async with platform(tmp_path, *arguments) as up, httpx.AsyncClient(headers={"Origin": up.url}) as http:
        line = await up.until("/sign-in#")
        assert line != unused
        link = next(word for word in line.split() if "#" in word)
        url, _, token = link.partition("#")
        assert url == f"{up.url}/sign-in"
        assert token not in (await http.get(link)).text
        assert (await http.post(url, data={"token": token})).status_code == 303
        assert "Welcome, owner" in (await http.get(up.url)).text
    async with platform(tmp_path, *arguments) as up:
        assert "/sign-in" not in "\n".join(up.lines)
        status, out, _ = await up.command("users", "link", "owner")
        assert (status, out.count(f"{up.url}/sign-in#")) == (0, 1)
