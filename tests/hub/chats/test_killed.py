"""A hub killed at any moment: the person's message is there, and its answer says what became of it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from rookery.hub.chats.answers import NEVER_ASKED
from rookery.hub.storage.sql.tables import messages, queries
from tests.hub.chats.talking import Api
from tests.platform.running import RunningPlatform, platform
from tests.support.hub import running_hub
from tests.support.scripted_bot import Exchange, say, scripted_bot


async def _client(up: RunningPlatform) -> httpx.AsyncClient:
    _, key, _ = await up.command("keys", "create", "--name", "mine")
    return httpx.AsyncClient(base_url=f"{up.url}/api", headers={"Authorization": f"Bearer {key.strip()}"}, timeout=20)


async def _kill(up: RunningPlatform) -> None:
    up.process.send_signal(signal.SIGKILL)
    await up.process.wait()


async def _messages(up: RunningPlatform, chat_id: str) -> list[dict[str, Any]]:
    async with await _client(up) as http:
        return (await http.get(f"/chats/{chat_id}/export")).json()["messages"]  # type: ignore[no-any-return]


@pytest.mark.slow
async def test_a_killed_hub_has_every_message_it_took_and_no_answer_that_runs_for_ever(tmp_path: Path) -> None:
    asked = asyncio.Semaphore(0)

    async def script(exchange: Exchange) -> None:
        text = exchange.body["query"][-1]["content"]
        if text == "quick":
            await say("all of it")(exchange)
            return
        await exchange.text("this much arrived")
        asked.release()
        await exchange.until_gone()

    arguments = ("up", "--no-examples", "--data-dir", str(tmp_path / "data"))
    taken: list[str] = []
    async with scripted_bot(script) as bot:
        async with platform(tmp_path, *arguments) as up:
            assert (await up.command("bots", "create", "Slow", "--url", bot.url))[0] == 0
            async with await _client(up) as http:
                chat_id = (await http.post("/chats", json={"bot": "Slow"})).json()["chat"]["id"]

                async def send(text: str) -> None:
                    sent = (await http.post(f"/chats/{chat_id}/messages", json={"content": text})).json()
                    taken.extend((sent["message"]["id"], sent["answer"]["id"]))

                await send("slow")
                await asked.acquire()
                await asyncio.sleep(0.5)  # five times the journal's interval: the promise is about time
                sending = [asyncio.create_task(send("quick")) for _ in range(20)]
                await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
                await _kill(up)
                await asyncio.gather(*sending, return_exceptions=True)
        async with platform(tmp_path, *arguments) as up:
            kept = await _messages(up, chat_id)
            async with await _client(up) as http:
                again = (await http.post(f"/chats/{chat_id}/messages", json={"content": "quick"})).status_code
    assert again == 202
    by_id = {message["id"]: message for message in kept}
    assert set(taken) <= by_id.keys()
    answers = [message for message in kept if message["role"] == "bot"]
    assert len(answers) * 2 == len(kept)
    assert {answer["state"] for answer in answers} <= {"done", "interrupted"}
    assert all(answer["content"] == "all of it" for answer in answers if answer["state"] == "done")
    assert all(answer["error"] for answer in answers if answer["state"] == "interrupted")
    assert by_id[taken[1]]["content"] == "this much arrived"


async def test_an_answer_that_was_not_written_down_is_made_from_the_journal(tmp_path: Path) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("whole ", "answer")
        await exchange.event("suggested_reply", {"text": "More"})
        await exchange.done()

    async with scripted_bot(script) as bot:
        async with running_hub(tmp_path / "data") as hub:
            await hub.register("Greeter", bot.url)
            api = Api(hub, hub.api_key)
            chat_id = await api.new_chat("Greeter")
            answers = [await api.say(chat_id, text) for text in ("one", "two", "three")]
            ids = [answer["id"] for answer in answers]
            # As if the hub had been killed between the end of the reply and the writing of the answer, …
            lost = update(messages).where(messages.c.id.in_(ids)).values(state="running", content="")
            await hub.hub._database.write(lambda connection: connection.execute(lost))
            # … while the reply was made, …
            running = update(queries).where(queries.c.message_id == ids[1]).values(state="running", text=None)
            await hub.hub._database.write(lambda connection: connection.execute(running))
            # … or before the bot was asked.
            never = update(queries).where(queries.c.message_id == ids[2]).values(message_id="m-x", id="bq-x")
            await hub.hub._database.write(lambda connection: connection.execute(never))
        async with running_hub(tmp_path / "data") as hub:
            opened = await Api(hub, hub.api_key).call("GET", f"/chats/{chat_id}")
    one, two, three = opened["messages"][1::2]
    assert (one["state"], one["content"], one["suggested_replies"]) == ("done", "whole answer", ["More"])
    assert (two["state"], two["content"]) == ("interrupted", "whole answer")
    assert (three["state"], three["error"]) == ("interrupted", NEVER_ASKED)


async def test_a_hub_that_is_stopped_writes_its_running_answers(tmp_path: Path) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        await exchange.until_gone()

    async with scripted_bot(script) as bot:
        async with running_hub(tmp_path / "data") as hub:
            await hub.register("Slow", bot.url)
            api = Api(hub, hub.api_key)
            chat_id = await api.new_chat("Slow")
            sent = await api.send(chat_id, "hi")
            url = f"{hub.url}/api/queries/{sent['query_id']}/events"
            async with hub.http.get(url, headers=hub.auth()) as stream:
                await stream.content.readany()
        async with running_hub(tmp_path / "data") as hub:
            answer = (await Api(hub, hub.api_key).call("GET", f"/chats/{chat_id}"))["messages"][-1]
    assert (answer["state"], answer["content"]) == ("stopped", "half")
    assert "shutting down" in answer["error"]


async def test_files_held_for_messages_that_are_not_there_are_let_go_at_the_start(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data") as hub:
        file = await hub.hub.files.keep_bytes(hub.hub.owner.id, "a.txt", b"a")
        # As if the hub had been killed between the holding and the message, or the deletion and the letting go.
        await hub.hub.files.hold("m-never-stored", [file.id])
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        assert await hub.hub.files.clean() == 1
        assert await hub.hub.files.find(file.id) is None
