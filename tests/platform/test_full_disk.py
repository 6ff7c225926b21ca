"""A full disk: whatever is asked for is refused with a sentence, nothing is half there, and room is enough to go on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from tests.hub.chats.talking import Api
from tests.hub.files.uploading import file_form, upload
from tests.platform.bad_input.doors import kept, opened, request, settle, still_serves
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import say, scripted_bot


@asynccontextmanager
async def full_database(hub: RunningHub) -> AsyncIterator[None]:
    """Within it SQLite answers as it does on a full disk."""

    def shrink(connection: Connection) -> None:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    def grow(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count = 1000000000"))

    await hub.hub._database.write(shrink)
    try:
        yield
    finally:
        await hub.hub._database.write(grow)


async def test_messages_on_a_full_disk_are_refused_whole_and_go_on_when_there_is_room(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data") as hub, scripted_bot(say("yes"), response_version=2) as server:
        await hub.register("Bot", server.url)
        api = Api(hub, hub.api_key)
        chat_id = await api.new_chat("Bot")
        file = await upload(hub, b"x")
        answer = await api.say(chat_id, "first")
        long = "word " * 20_000
        async with full_database(hub):
            before = await kept(hub)
            for method, path, body in (
                ("POST", f"/api/chats/{chat_id}/messages", {"content": long, "attachments": [{"file_id": file["id"]}]}),
                ("POST", "/api/queries", {"bot": "Bot", "query": [{"role": "user", "content": long}]}),
                ("POST", f"/api/messages/{answer['id']}/feedback", {"type": "like", "reason": long[:2_000]}),
                ("PATCH", "/api/bots/Bot", {"description": long[:2_000]}),
            ):
                for _ in range(3):
                    said = await request(hub, method, path, body)
                    assert said.status in (200, 202, 503), (path, said)
                    if said.status == 503:
                        assert "full" in said.text
                        assert "Traceback" not in said.text
            await settle(hub)
            after = await kept(hub)
            assert after["messages"] <= before["messages"] + 6
        chat = await opened(hub, "GET", f"/api/chats/{chat_id}/export")
        ids = {message["id"] for message in chat["messages"]}
        assert all(m["parent_id"] is None or m["parent_id"] in ids for m in chat["messages"])
        assert (await api.say(chat_id, "is there room?"))["content"] == "yes"
        await still_serves(hub)
        # What could not be let go of on a full disk is let go of by the next start.
        await request(hub, "DELETE", f"/api/chats/{chat_id}")
    async with running_hub(tmp_path / "data") as hub:
        counts = await kept(hub)
        assert (counts["file_holds"], counts["messages"]) == (0, 0)


async def test_an_upload_onto_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data") as hub:
        before = await kept(hub)
        incoming = hub.hub.settings.data_dir / "incoming"
        await asyncio.to_thread(shutil.rmtree, incoming)
        await asyncio.to_thread(incoming.write_bytes, b"")  # files can be neither made nor deleted below it
        for path in ("/api/files", "/poe_api/file_upload_3RD_PARTY_POST"):
            async with hub.http.post(
                f"{hub.url}{path}", data=file_form(bytes(3_000_000)), headers=hub.auth()
            ) as response:
                assert response.status == 503
                assert "The hub cannot keep or read files" in await response.text()
        await asyncio.to_thread(incoming.unlink)
        await asyncio.to_thread(incoming.mkdir)
        assert await kept(hub) == before
        await upload(hub, b"room again")
        await still_serves(hub)
