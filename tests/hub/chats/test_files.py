"""Files of messages, in the hub's own store: found by id or link, held while the message is there, deleted after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from rookery.hub.accounts.model import Actor
from rookery.hub.chats.describing import page_bodies
from rookery.hub.chats.files import FileDraft
from rookery.hub.chats.sending import MessageDraft
from rookery.hub.errors import NotFound
from rookery.hub.files.model import StoredFile
from rookery.hub.storage.sql.tables import file_holds
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Exchange, scripted_bot


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub on which a file that nobody holds goes with the next cleaning."""
    async with running_hub(tmp_path / "data", file_grace_s=0) as running:
        yield running


async def keep(hub: RunningHub, name: str, data: bytes, owner_id: str | None = None) -> StoredFile:
    return await hub.hub.files.keep_bytes(owner_id or hub.hub.owner.id, name, data)


async def held(hub: RunningHub) -> dict[str, set[str]]:
    """Holder to the ids of its files."""
    found: dict[str, set[str]] = {}
    async with hub.hub._database.read() as connection:
        for row in await connection.execute(select(file_holds)):
            found.setdefault(row.holder, set()).add(row.file_id)
    return found


async def test_files_of_both_sides_are_held_linked_and_deleted_with_their_chat(hub: RunningHub) -> None:
    made, given = await keep(hub, "made.png", b"\x89PNG\r\n\x1a\n made"), await keep(hub, "given.txt", b"given")
    files = hub.hub.files

    async def script(exchange: Exchange) -> None:
        body = {"url": files.link(made), "content_type": "text/plain", "name": "x", "inline_ref": "r"}
        await exchange.event("file", body)
        await exchange.text("![x][r]")
        await exchange.done()

    async with scripted_bot(script, allow_attachments=True) as bot:
        await hub.register("Painter", bot.url)
        actor, chats = Actor(hub.hub.owner), hub.hub.chats
        chat = await chats.create_chat(actor, "Painter", "")
        drafts = [FileDraft(file_id=given.id), FileDraft(url=files.link(given))]
        _, question, answer = await chats.send(actor, chat, MessageDraft("paint", drafts))
        await hub.finished(answer.query_id or "")
        await chats.aclose()
        shown = page_bodies((await chats.open_message(actor, answer.id))[1], files)[0].attachments[0]
        assert (shown.file_id, shown.name, shown.size, shown.inline_ref) == (made.id, "made.png", made.size, "r")
        assert shown.content_type == "image/png"  # what the bytes are, not what the bot said
        async with hub.http.get(shown.url) as response:
            assert await response.read() == b"\x89PNG\r\n\x1a\n made"
        assert [a["name"] for a in bot.queries[0]["query"][0]["attachments"]] == ["given.txt"] * 2
        assert await held(hub) == {question.id: {given.id}, answer.id: {made.id}}
        assert await files.clean() == 0
        await chats.delete_chat(actor, await chats.get_chat(actor, chat.id))
    assert await held(hub) == {}
    assert await files.clean() == 2
    async with hub.http.get(shown.url) as response:
        assert response.status == 404


async def test_somebody_elses_file_cannot_be_attached_and_nothing_is_held(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    actor = Actor(hub.hub.owner)
    chat = await hub.hub.chats.create_chat(actor, "Echo", "")
    theirs, gone = await keep(hub, "secret.txt", b"secret", "p-somebody"), await keep(hub, "gone.txt", b"gone")
    link = hub.hub.files.link(gone)
    await hub.hub.files.discard(gone)
    for draft in (FileDraft(file_id=theirs.id), FileDraft(file_id="f-none"), FileDraft(url=link)):
        with pytest.raises(NotFound):
            await hub.hub.chats.send(actor, chat, MessageDraft("hi", [draft]))
    assert await held(hub) == {}


async def test_a_message_that_could_not_be_stored_lets_its_files_go(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    actor = Actor(hub.hub.owner)
    chat = await hub.hub.chats.create_chat(actor, "Echo", "")
    mine = await keep(hub, "a.txt", b"a")
    gone = replace(chat, id="c-" + "0" * 32)
    with pytest.raises(NotFound):
        await hub.hub.chats.send(actor, gone, MessageDraft("hi", [FileDraft(file_id=mine.id)]))
    assert await held(hub) == {}
