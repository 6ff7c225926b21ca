"""Documents made to break what reads them, attached to messages: they arrive, without text, with the reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from tests.hub.files.uploading import upload
from tests.hub.parsing import hostile
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot

from .doors import CHAT, QUERIES, end_of, kept, new_chat, opened, send, still_serves

UNPACKED = "unpacked it would be larger than the 256 MiB that are read"
PAGES = "it has 1,000,000 pages; at most 5,000 are read"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [("bomb.docx", hostile.honest_bomb, UNPACKED), ("million.pdf", hostile.million_page_pdf, PAGES)],
)
async def test_a_bomb_arrives_without_its_text_and_everybody_learns_why(
    hub: RunningHub, name: str, make: Callable[[], bytes], reason: str
) -> None:
    async with scripted_bot(say("I have it"), response_version=2) as server:
        await hub.register("Reader", server.url)
        # In a thread: the hub shares this event loop, and drops connections that are silent for seconds.
        file = await upload(hub, await asyncio.to_thread(make), name)
        attached = [{"url": file["url"], "content_type": file["content_type"], "name": name}]
        chat_id = await new_chat(hub, "Reader")
        for door in (CHAT, QUERIES):
            said = await send(hub, door, "Reader", {"content": "read", "attachments": attached}, chat_id=chat_id)
            assert said.status == 202, said
            assert reason in await end_of(hub, said)
            (got,) = server.queries[-1]["query"][-1]["attachments"]
            assert (got["name"], got["parsed_content"]) == (name, None)
        answer = json.loads((await send(hub, CHAT, "Reader", {"content": "again"}, chat_id=chat_id)).text)["answer"]
        await opened(hub, "GET", f"/api/messages/{answer['id']}")
        shown = (await opened(hub, "GET", f"/api/chats/{chat_id}"))["messages"][1]
        assert (shown["state"], shown["content"]) == ("done", "I have it")
        assert any(reason in notice for notice in shown["notices"]), shown
    assert (await kept(hub))["parsing/"] == 0
    await still_serves(hub)
