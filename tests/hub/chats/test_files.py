"""Files of messages: found by id or link, held while the message is there, links made anew each time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rookery.hub.accounts.model import Actor
from rookery.hub.chats.describing import page_bodies
from rookery.hub.chats.files import FileDraft
from rookery.hub.chats.sending import MessageDraft
from rookery.hub.chats.service import ChatService
from rookery.hub.clock import SystemClock
from rookery.hub.errors import NotFound
from rookery.hub.storage.sql.chats import SqlChatStore
from tests.support.chat_files import BASE, MemoryFiles
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, scripted_bot


@pytest.fixture
def files(hub: RunningHub) -> MemoryFiles:
    """Gives the hub's chats a store of files."""
    files = MemoryFiles()
    inner = hub.hub
    store = SqlChatStore(inner._database)
    inner.chats = ChatService(
        store, inner.relay, files, lambda _, name: inner.bots.get_bot(name), store.find_person, SystemClock(),
        inner._tasks, history_messages=1000,
    )  # fmt: skip
    return files


async def test_files_of_both_sides_are_held_linked_anew_and_let_go(hub: RunningHub, files: MemoryFiles) -> None:
    made = files.keep(hub.hub.owner.id, "made.png", "image/png", b"made")

    async def script(exchange: Exchange) -> None:
        url = f"{BASE}{made.id}/made.png?old"
        await exchange.event("file", {"url": url, "content_type": "image/png", "name": "x", "inline_ref": "r"})
        await exchange.text("![x][r]")
        await exchange.done()

    async with scripted_bot(script, allow_attachments=True) as bot:
        await hub.register("Painter", bot.url)
        actor = Actor(hub.hub.owner)
        chats = hub.hub.chats
        chat = await chats.create_chat(actor, "Painter", "")
        given = files.keep(hub.hub.owner.id, "given.txt", "text/plain", b"given")
        drafts = [FileDraft(file_id=given.id), FileDraft(url=f"{BASE}{given.id}/given.txt")]
        _, question, answer = await chats.send(actor, chat, MessageDraft("paint", drafts))
        live = hub.hub.relay.queries.find(answer.query_id or "")
        if live is not None and live.task is not None:
            await live.task
        await chats.aclose()
        pages = [(await chats.open_message(actor, answer.id))[1] for _ in range(2)]
        first, second = (page_bodies(page, files)[0].attachments[0] for page in pages)
        assert first.file_id == second.file_id == made.id
        assert first.url != second.url
        assert (first.name, first.size, first.inline_ref) == ("made.png", 4, "r")
        assert files.held == {question.id: {given.id}, answer.id: {made.id}}
        assert [a["name"] for a in bot.queries[0]["query"][0]["attachments"]] == ["given.txt"] * 2
        await chats.delete_chat(actor, await chats.get_chat(actor, chat.id))
    assert files.held == {}


async def test_somebody_elses_file_cannot_be_attached_and_nothing_is_held(hub: RunningHub, files: MemoryFiles) -> None:
    await hub.stand_in("Echo")
    actor = Actor(hub.hub.owner)
    chat = await hub.hub.chats.create_chat(actor, "Echo", "")
    theirs = files.keep("p-somebody", "secret.txt", "text/plain", b"secret")
    for draft in (FileDraft(file_id=theirs.id), FileDraft(file_id="f-none"), FileDraft(url=f"{BASE}f-none/x")):
        with pytest.raises(NotFound):
            await hub.hub.chats.send(actor, chat, MessageDraft("hi", [draft]))
    assert files.held == {}


async def test_a_message_that_could_not_be_stored_lets_its_files_go(hub: RunningHub, files: MemoryFiles) -> None:
    await hub.stand_in("Echo")
    actor = Actor(hub.hub.owner)
    chat = await hub.hub.chats.create_chat(actor, "Echo", "")
    mine = files.keep(hub.hub.owner.id, "a.txt", "text/plain", b"a")
    gone = replace(chat, id="c-" + "0" * 32)
    with pytest.raises(NotFound):
        await hub.hub.chats.send(actor, gone, MessageDraft("hi", [FileDraft(file_id=mine.id)]))
    assert files.held == {}
