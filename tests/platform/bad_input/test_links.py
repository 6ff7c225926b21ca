"""Links that are wrong, forged, expired or lead to what is gone: opened, attached, fetched, forwarded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from rookery.hub.files.links import LinkSigner
from tests.hub.files.uploading import upload
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot

from .doors import (
    CHAT,
    MESSAGE_DOORS,
    QUERIES,
    end_of,
    error_in,
    kept,
    new_chat,
    opened,
    request,
    send,
    still_serves,
)

NOT_SIGNED = "was not signed by this hub"


def forged(hub: RunningHub, file_id: str) -> dict[str, str]:
    """Gives links that somebody without the hub's key may come up with, by what is wrong with them."""
    later = datetime.now(UTC) + timedelta(days=1)
    real = hub.hub.files._signer.build_link(hub.url, file_id, "a.txt", later)
    path, _, query = real.partition("?")
    signature = query.rpartition("=")[2]
    return {
        "another key": LinkSigner(b"guess").build_link(hub.url, file_id, "a.txt", later),
        "no signature": f"{hub.url}/files/{file_id}/a.txt",
        "longer": f"{path}?expires=99999999999&signature={signature}",
        "two expiries": f"{path}?expires=99999999999&{query}&expires=99999999999",
        "upper case": f"{path}?expires={query.split('&')[0][8:]}&signature={signature.upper()}",
        "empty": f"{path}?expires=&signature=",
        "another file": real.replace(file_id, "f-" + "a" * 30),
    }


async def test_a_forged_link_opens_nothing_and_leads_nowhere(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    other = await upload(hub, b"other")
    async with scripted_bot(say("ok"), response_version=2) as server:
        await hub.register("Reader", server.url)
        for what, url in forged(hub, file["id"]).items():
            url = url.replace("f-" + "a" * 30, other["id"])
            async with hub.http.get(url) as response:
                assert response.status in (400, 403), what
                assert b"mine" not in await response.read()
            before = await kept(hub)
            said = await request(hub, "POST", "/api/files", {"download_url": url})
            assert said.status in (403, 422), (what, said)
            chat_id = await new_chat(hub, "Reader")
            attached = {"content": "read", "attachments": [{"url": url, "content_type": "text/plain", "name": "a.txt"}]}
            said = await send(hub, CHAT, "Reader", attached, chat_id=chat_id)
            assert said.status == 403, (what, said)
            assert NOT_SIGNED in said.text
            said = await send(hub, QUERIES, "Reader", attached)
            assert NOT_SIGNED in await end_of(hub, said), what
            assert NOT_SIGNED in error_in((await send(hub, "bot", "Reader", attached)).text), what
            after = await kept(hub)
            assert (after["files"], after["file_holds"], after["messages"]) == (
                before["files"],
                before["file_holds"],
                before["messages"],
            )
        assert server.queries == []
    await still_serves(hub)


async def test_an_expired_link_is_gone_for_all_but_its_owner(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    past = datetime.now(UTC) - timedelta(seconds=2)
    url = hub.hub.files._signer.build_link(hub.url, file["id"], "a.txt", past)
    async with hub.http.get(url) as response:
        assert response.status == 410
        assert "expired on" in await response.text()
    fresh = (await opened(hub, "POST", "/api/files", {"download_url": url}))["url"]
    async with hub.http.get(fresh) as response:
        assert await response.read() == b"mine"


@pytest.mark.parametrize("door", MESSAGE_DOORS)
async def test_a_file_that_is_gone_is_named(hub: RunningHub, door: str) -> None:
    file = await upload(hub, b"mine")
    await hub.hub.files.discard(await hub.hub.files.get(file["id"]))
    async with hub.http.get(file["url"]) as response:
        assert response.status == 404
    async with scripted_bot(say("ok"), response_version=2) as server:
        await hub.register("Reader", server.url)
        chat_id = await new_chat(hub, "Reader")
        attached = [{"url": file["url"], "content_type": "text/plain", "name": "a.txt"}]
        said = await send(hub, door, "Reader", {"content": "read", "attachments": attached}, chat_id=chat_id)
        text = await end_of(hub, said) if door == QUERIES else said.text
        assert "There is no such file, or not any more." in text
        assert server.queries == []
    await still_serves(hub)


async def test_a_bot_that_gives_a_forged_link_gives_an_address_and_no_file(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    urls = [url for what, url in forged(hub, file["id"]).items() if what != "another file"]

    async def script(exchange: Exchange) -> None:
        for url in urls:
            await exchange.event("file", {"url": url, "content_type": "text/plain", "name": "a.txt"})
        await exchange.text("there")
        await exchange.done()

    async with scripted_bot(script, response_version=2) as server:
        await hub.register("Giver", server.url)
        chat_id = await new_chat(hub, "Giver")
        said = await send(hub, CHAT, "Giver", {"content": "give"}, chat_id=chat_id)
        await end_of(hub, said)
        shown = (await opened(hub, "GET", f"/api/chats/{chat_id}"))["messages"][-1]
        assert [a["url"] for a in shown["attachments"]] == urls
    assert (await kept(hub))["file_holds"] == 0
    for url in urls:
        assert urlsplit(url).path.startswith("/files/")
        async with hub.http.get(url) as response:
            assert response.status in (400, 403)
