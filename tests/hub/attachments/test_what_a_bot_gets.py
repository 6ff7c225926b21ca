"""What a bot gets of the files in a conversation: links that work, texts, descriptions, and why not (protocol 7.6)."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from rookery.hub.files.model import StoredFile
from rookery.protocol.reduce import Reply, reduce_events
from tests.support.hub import RunningHub, error_text, running_hub
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot
from tests.support.serving import listening_socket

TAKES_FILES = {"response_version": 2}
SEES_PICTURES = {"response_version": 2, "enable_image_comprehension": True}


def attachment(url: str, name: str = "notes.txt", content_type: str = "text/plain", **more: Any) -> dict[str, Any]:
    return {"url": url, "content_type": content_type, "name": name, **more}


def message(*attachments: dict[str, Any], content: str = "what is in it?") -> dict[str, Any]:
    return {"role": "user", "content": content, "attachments": list(attachments)}


async def keep(hub: RunningHub, data: bytes = b"alpha\nbeta", name: str = "notes.txt") -> StoredFile:
    return await hub.hub.files.keep_bytes(hub.hub.owner.id, name, data)


def picture(colour: str = "#0000ff") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


@asynccontextmanager
async def reader(hub: RunningHub, **settings: Any) -> AsyncIterator[ScriptedBot]:
    """A bot that takes files."""
    async with scripted_bot(say("ok"), **{**TAKES_FILES, **settings}) as bot:
        await hub.register("Reader", bot.url)
        yield bot


async def ask(hub: RunningHub, *messages: dict[str, Any], bot: str = "Reader") -> Reply:
    return reduce_events(await hub.post(bot, {"query": list(messages)}))


async def notices(hub: RunningHub, *messages: dict[str, Any]) -> list[str]:
    """Asks over the door of page and terminal, and gives what the person is told."""
    body = {"bot": "Reader", "query": list(messages)}
    async with hub.http.post(f"{hub.url}/api/queries", json=body, headers=hub.auth()) as response:
        query_id = (await response.json())["query_id"]
    async with hub.http.get(f"{hub.url}/api/queries/{query_id}/events", headers=hub.auth()) as response:
        lines = (await response.text()).replace("\r\n", "\n").split("\n\n")
    return [part.partition("data: ")[2] for part in lines if "event: notice" in part]


def received(bot: ScriptedBot, number: int = -1) -> list[dict[str, Any]]:
    """The attachments of a message that the bot got last."""
    found: list[dict[str, Any]] = bot.queries[-1]["query"][number]["attachments"]
    return found


async def test_a_file_of_the_hub_comes_with_a_link_that_opens_without_a_key_and_with_its_text(hub: RunningHub) -> None:
    file = await keep(hub)
    async with reader(hub) as bot:
        await ask(hub, message(attachment(hub.hub.files.link(file))))
    got = received(bot)[0]
    assert got["parsed_content"] == "alpha\nbeta"
    assert (got["name"], got["content_type"]) == ("notes.txt", "text/plain")
    async with hub.http.get(got["url"]) as response:
        assert await response.read() == b"alpha\nbeta"


async def test_what_the_caller_says_about_type_and_text_does_not_count(hub: RunningHub) -> None:
    file = await keep(hub, b"%PDF-1.4 broken", "a.pdf")
    claimed = attachment(hub.hub.files.link(file), "a.pdf", "text/plain", parsed_content="INJECTED")
    async with reader(hub) as bot:
        await ask(hub, message(claimed))
    got = received(bot)[0]
    assert got["content_type"] == "application/pdf"
    assert "INJECTED" not in str(got)


async def test_a_file_that_cannot_be_read_arrives_all_the_same_and_the_person_learns_why(hub: RunningHub) -> None:
    file = await keep(hub, b"%PDF-1.4 broken", "scan.pdf")
    async with reader(hub) as bot:
        told = await notices(hub, message(attachment(hub.hub.files.link(file), "scan.pdf", "application/pdf")))
    assert received(bot)[0]["parsed_content"] is None
    assert len(told) == 1
    assert "Bot 'Reader' gets 'scan.pdf' without what is in it: " in told[0]


async def test_a_picture_is_described_for_a_bot_that_wants_it(hub: RunningHub) -> None:
    file = await keep(hub, picture(), "sea.png")
    async with reader(hub, **SEES_PICTURES) as bot:
        await ask(hub, message(attachment(hub.hub.files.link(file), "sea.png", "image/png")))
    name, _, description = received(bot)[0]["parsed_content"].partition("***")
    assert name == "sea.png"
    assert "40 × 30" in description
    assert "blue" in description


async def test_a_picture_is_not_described_for_other_bots(hub: RunningHub) -> None:
    file = await keep(hub, picture(), "sea.png")
    async with reader(hub) as bot:
        await ask(hub, message(attachment(hub.hub.files.link(file), "sea.png", "image/png")))
    assert received(bot)[0]["parsed_content"] is None
    assert received(bot)[0]["content_type"] == "image/png"


async def test_texts_are_left_out_for_a_bot_that_reads_files_itself(hub: RunningHub) -> None:
    file = await keep(hub)
    async with reader(hub, expand_text_attachments=False) as bot:
        await ask(hub, message(attachment(hub.hub.files.link(file))))
    assert received(bot)[0]["parsed_content"] is None


async def test_earlier_messages_keep_their_files_and_texts(hub: RunningHub) -> None:
    file = await keep(hub)
    async with reader(hub) as bot:
        await ask(
            hub, message(attachment(hub.hub.files.link(file))), {"role": "bot", "content": "two words"}, message()
        )
    assert received(bot, 0)[0]["parsed_content"] == "alpha\nbeta"
    assert received(bot, 2) == []


async def test_a_forged_link_in_the_message_is_refused_before_the_bot_is_asked(hub: RunningHub) -> None:
    file = await keep(hub)
    url = hub.hub.files.link(file)
    forged = url[:-1] + ("0" if url[-1] != "0" else "1")
    async with reader(hub) as bot:
        reply = await ask(hub, message(attachment(forged)))
    assert "'notes.txt': This link to a file was not signed by this hub" in error_text(reply)
    assert bot.queries == []


async def test_a_file_that_is_gone_is_refused_in_the_message_and_left_out_of_the_history(hub: RunningHub) -> None:
    file = await keep(hub)
    url = hub.hub.files.link(file)
    await hub.hub.files.discard(file)
    async with reader(hub) as bot:
        assert "'notes.txt'" in error_text(await ask(hub, message(attachment(url))))
        told = await notices(hub, message(attachment(url)), {"role": "bot", "content": "a"}, message(content="b"))
    assert "'notes.txt' was left out of the history" in told[0]
    assert received(bot, 0) == []


@asynccontextmanager
async def elsewhere(body: bytes, content_type: str, asked: list[str] | None = None) -> AsyncIterator[str]:
    """A web server that is not the hub."""

    async def answer(request: web.Request) -> web.Response:
        if asked is not None:
            asked.append(request.path)
        return web.Response(body=body, content_type=content_type)

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    sock = listening_socket()
    await web.SockSite(runner, sock).start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        await runner.cleanup()


async def test_a_link_to_elsewhere_stays_and_its_text_is_read_by_the_hub(hub: RunningHub) -> None:
    async with elsewhere(b"gamma", "text/plain") as base, reader(hub) as bot:
        await ask(hub, message(attachment(f"{base}/far.txt", "far.txt")))
        assert received(bot)[0]["url"] == f"{base}/far.txt"
    assert received(bot)[0]["parsed_content"] == "gamma"


async def test_a_link_to_elsewhere_that_gives_nothing_stays_and_the_person_learns_why(hub: RunningHub) -> None:
    async with reader(hub) as bot:
        told = await notices(hub, message(attachment("http://127.0.0.1:1/far.txt", "far.txt")))
    assert received(bot)[0]["url"] == "http://127.0.0.1:1/far.txt"
    assert "gets 'far.txt' without what is in it" in told[0]


async def test_a_called_bot_gets_the_files_by_its_own_settings(hub: RunningHub) -> None:
    file = await keep(hub)

    async def pass_on(exchange: Exchange) -> None:
        key = exchange.headers["authorization"].removeprefix("Bearer ")
        for callee in ("Reader", "NoFiles"):
            await hub.call(exchange.body, callee, key)
        await exchange.text("ok")
        await exchange.done()

    said = {"response_version": 2, "expand_text_attachments": False}
    async with (
        reader(hub) as callee,
        scripted_bot(say("ok"), response_version=2, allow_attachments=False) as without,
        scripted_bot(pass_on, **said, server_bot_dependencies={"Reader": 1, "NoFiles": 1}) as caller,
    ):
        await hub.register("NoFiles", without.url)
        await hub.register("Caller", caller.url)
        await ask(hub, message(attachment(hub.hub.files.link(file))), bot="Caller")
    assert received(caller)[0]["parsed_content"] is None
    assert received(callee)[0]["parsed_content"] == "alpha\nbeta"
    assert received(without) == []


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, "naïve".encode("utf-16")])
async def test_any_bytes_arrive(hub: RunningHub, content: bytes) -> None:
    file = await keep(hub, content, "x.txt")
    async with reader(hub) as bot:
        assert (await ask(hub, message(attachment(hub.hub.files.link(file), "x.txt")))).is_done
    assert len(received(bot)) == 1


async def test_an_address_elsewhere_is_fetched_once_for_a_conversation(hub: RunningHub) -> None:
    asked: list[str] = []

    async with elsewhere(b"gamma", "text/plain", asked) as base, reader(hub) as bot:
        first = message(attachment(f"{base}/far.txt", "far.txt"))
        await ask(hub, first)
        await ask(hub, first, {"role": "bot", "content": "ok"}, message(content="and?"))
    assert asked == ["/far.txt"]
    assert [q["query"][0]["attachments"][0]["parsed_content"] for q in bot.queries] == ["gamma", "gamma"]


async def test_an_expired_link_is_renewed_for_its_owner_but_not_for_a_key_for_one_bot(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_link_s=600) as hub, reader(hub) as bot:
        file = await keep(hub)
        past = hub.hub.files._clock.now() - timedelta(days=1)
        expired = hub.hub.files._signer.build_link(hub.url, file.id, file.name, past)
        _, narrow = await hub.hub.accounts.create_key(hub.hub.owner, "narrow", bot_name="Reader")
        body = {"query": [message(attachment(expired))]}
        assert "expired" in error_text(reduce_events(await hub.post("Reader", body, narrow)))
        assert bot.queries == []
        assert reduce_events(await hub.post("Reader", body)).is_done
