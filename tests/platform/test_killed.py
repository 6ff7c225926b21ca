"""`kill -9` in the middle of everything at once: nothing lost, nothing half there, nothing lying around."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hub.parsing.hostile import slow_html
from tests.platform.running import RunningPlatform, platform, run
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that takes connections and never says a word."""
    reached = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reached.set()
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", reached
    finally:
        server.close()


async def client_of(up: RunningPlatform) -> httpx.AsyncClient:
    _, key, _ = await up.command("keys", "create", "--name", "mine")
    headers = {"Authorization": f"Bearer {key.strip()}"}
    return httpx.AsyncClient(base_url=f"{up.url}/api", headers=headers, timeout=30)


async def posted(http: httpx.AsyncClient, path: str, **body: Any) -> Any:
    response = await http.post(path, json=body)
    assert response.is_success, response.text
    return response.json()


async def half_an_upload(up: RunningPlatform, http: httpx.AsyncClient) -> asyncio.StreamWriter:
    host, port = up.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/files HTTP/1.1\r\nHost: x\r\nAuthorization: {http.headers['authorization']}\r\n"
        "Content-Length: 30000000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    )
    writer.write(head.encode() + bytes(8_000_000))
    await writer.drain()
    return writer


def rows(data: Path, statement: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(data / "rookery.db")) as connection:
        return connection.execute(statement).fetchall()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)


async def test_a_hub_killed_in_the_middle_of_everything_starts_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    arguments = ("up", "--no-examples", "--data-dir", str(data))

    async def script(exchange: Exchange) -> None:
        if "quick" in exchange.body["query"][-1]["content"]:
            await say("all of it")(exchange)
            return
        await exchange.text("this much")
        await exchange.until_gone()

    async with scripted_bot(script, response_version=2) as bot, silent_server() as (silent, reached):
        async with platform(tmp_path, *arguments) as up, await client_of(up) as http:
            await posted(http, "/bots", name="Bot", kind="server", url=bot.url)
            await posted(http, "/bots", name="Prompted", kind="prompt", base_bot="Bot", prompt="Be brief.")
            status, _, err = await run(tmp_path, *arguments, "--port", "0")
            assert status != 0
            assert "another hub" in err
            file = (await http.post("/files", files={"file": ("kept.txt", b"kept")})).json()
            doomed = [await a_chat(http, "Bot", "quick", file["id"]) for _ in range(6)]
            chats = {name: await a_chat(http, name, "quick", file["id"]) for name in ("Bot", "Prompted")}
            sent = {
                name: await posted(http, f"/chats/{chat}/messages", content="slowly") for name, chat in chats.items()
            }
            upload = await half_an_upload(up, http)
            page = (await http.post("/files", files={"file": ("slow.html", b"<html>" + slow_html())})).json()
            await posted(http, f"/chats/{chats['Bot']}/messages", content="read", attachments=[{"url": page["url"]}])
            pulling = asyncio.create_task(http.post("/bots", json={"name": "Late", "kind": "server", "url": silent}))
            await reached.wait()
            await until(lambda: files_in(data / "incoming") and files_in(data / "parsing"))
            await asyncio.sleep(0.5)  # five times the journal's interval: the promise is about time
            deleting = [asyncio.create_task(http.delete(f"/chats/{chat}")) for chat in doomed]
            await asyncio.wait(deleting, return_when=asyncio.FIRST_COMPLETED)
            up.process.send_signal(signal.SIGKILL)
            await up.process.wait()
            await asyncio.gather(pulling, *deleting, return_exceptions=True)
            upload.close()
        await check_whole(tmp_path, arguments, bot, chats, sent, doomed, file["id"])


async def a_chat(http: httpx.AsyncClient, bot: str, text: str, file_id: str) -> str:
    """Begins a chat with a message that has a file, answered to its end."""
    chat_id: str = (await posted(http, "/chats", bot=bot))["chat"]["id"]
    sent = await posted(http, f"/chats/{chat_id}/messages", content=text, attachments=[{"file_id": file_id}])
    await http.get(f"/queries/{sent['query_id']}/events")
    return chat_id


async def check_whole(
    tmp_path: Path,
    arguments: tuple[str, ...],
    bot: ScriptedBot,
    chats: dict[str, str],
    sent: dict[str, Any],
    doomed: list[str],
    file_id: str,
) -> None:
    data = tmp_path / "data"
    async with platform(tmp_path, *arguments) as up, await client_of(up) as http:
        assert not files_in(data / "incoming")
        assert not files_in(data / "parsing")
        for name, chat_id in chats.items():
            messages = (await http.get(f"/chats/{chat_id}/export")).json()["messages"]
            ids = {message["id"] for message in messages}
            assert all(m["parent_id"] is None or m["parent_id"] in ids for m in messages)
            assert {m["state"] for m in messages} <= {"done", "interrupted"}
            cut = next(m for m in messages if m["id"] == sent[name]["answer"]["id"])
            assert (cut["state"], cut["content"]) == ("interrupted", "this much"), name
            first = messages[1]
            assert (first["state"], first["content"]) == ("done", "all of it")
            (attached,) = messages[0]["attachments"]
            async with httpx.AsyncClient() as anybody:
                assert (await anybody.get(attached["url"])).text == "kept"
        # Each deleted chat is there whole, or gone with all that belonged to it.
        for chat_id in doomed:
            response = await http.get(f"/chats/{chat_id}")
            assert response.status_code in (200, 404)
            if response.status_code == 200:
                assert len(response.json()["messages"]) == 2
        orphans = "SELECT id FROM messages WHERE chat_id NOT IN (SELECT id FROM chats)"
        holds = "SELECT holder FROM file_holds WHERE holder NOT IN (SELECT id FROM messages)"
        running = "SELECT id FROM queries WHERE state = 'running'"
        for statement in (orphans, holds, running):
            assert await asyncio.to_thread(rows, data, statement) == [], statement
        records = await asyncio.to_thread(rows, data, "SELECT DISTINCT digest FROM files")
        blobs = {path.name for path in await asyncio.to_thread(files_in, data / "files")}
        assert {digest for (digest,) in records} == blobs
        late = (await http.get("/bots/Late")).json()["bot"]
        assert late["settings"] is None
        for name in chats:
            chat_id = await a_chat(http, name, "quick again", file_id)
            assert (await http.get(f"/chats/{chat_id}")).json()["messages"][-1]["content"] == "all of it"
    assert bot.queries
