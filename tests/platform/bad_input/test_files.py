"""Files that are too large, too many, or not what they say, through every door that takes files."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from rookery.hub.bots.drafts import BotDraft
from tests.hub.files.uploading import file_form, upload
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Exchange, say, scripted_bot
from tests.support.serving import serve

from .doors import BOT, Said, error_in, kept, new_chat, opened, refused_everywhere, request, send, still_serves

API, POE, POE_OLD = "/api/files", "/poe_api/file_upload_3RD_PARTY_POST", "/poe_api/file_attachment_3RD_PARTY_POST"
FILE_DOORS = (API, POE, POE_OLD)
MB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(50)


async def post(hub: RunningHub, door: str, key: str, **body: Any) -> Said:
    async with hub.http.post(f"{hub.url}{door}", headers=hub.auth(key), **body) as response:
        return Said(response.status, await response.text())


async def by_address(hub: RunningHub, door: str, key: str, url: str) -> Said:
    fields: dict[str, Any] = {"json": {"download_url": url}} if door == API else {"data": {"download_url": url}}
    return await post(hub, door, key, **fields)


async def a_bots_key(hub: RunningHub) -> str:
    async with scripted_bot(say("ok")) as server:
        key = (await hub.register("Uploader", server.url)).access_key
    assert key is not None
    return key


@pytest.mark.parametrize("door", FILE_DOORS)
async def test_51_mb_are_refused_with_the_limit(hub: RunningHub, door: str) -> None:
    key = hub.api_key if door == API else await a_bots_key(hub)
    before = await kept(hub)
    said = await post(hub, door, key, data=file_form(bytes(51 * MB), message_id="m-1"))
    assert said.status == 413
    assert "larger than 52428800 bytes (50 MB), the limit for one file" in said.text
    assert await kept(hub) == before
    await still_serves(hub)


@pytest.mark.parametrize("door", FILE_DOORS)
async def test_an_endless_body_behind_an_address_is_left_at_the_limit(tmp_path: Path, door: str) -> None:
    served = 0

    async def endless(scope: Any, receive: Any, send: Any) -> None:
        nonlocal served
        if scope["type"] != "http":
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        gone = asyncio.create_task(receive_gone(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": bytes(64 * 1024), "more_body": True})
            served += 64 * 1024
            await asyncio.sleep(0)

    async def receive_gone(receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with running_hub(tmp_path / "data", file_bytes=3 * MB) as hub, serve(endless) as url:
        key = hub.api_key if door == API else await a_bots_key(hub)
        before = await kept(hub)
        async with asyncio.timeout(20):
            said = await by_address(hub, door, key, f"{url}/for-ever")
        assert said.status == 413
        assert "larger than 3145728 bytes (3 MB)" in said.text
        assert await kept(hub) == before
        assert served < 30 * MB
        await still_serves(hub)


PRIVATE = (
    "http://127.0.0.1:9/x",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:10.0.0.1]/",
    "http://0x7f.1/",
)


async def test_a_private_address_is_not_fetched(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", allow_private_urls=False) as hub:
        draft = BotDraft(name="Uploader", kind="server", url="https://bots.example.com/")
        access_key = (await hub.hub.bots.create_bot(hub.hub.owner.id, draft)).access_key
        assert access_key is not None
        before = await kept(hub)
        for door in FILE_DOORS:
            for url in PRIVATE:
                said = await by_address(hub, door, hub.api_key if door == API else access_key, url)
                assert said.status == 422, (door, url)
                assert "is a private or loopback address" in said.text
                assert "ROOKERY_ALLOW_PRIVATE_URLS" in said.text
                assert await kept(hub) == before
        await still_serves(hub)


async def test_21_files_are_one_too_many_at_every_door(hub: RunningHub) -> None:
    async with scripted_bot(say("ok"), response_version=2) as server:
        await hub.register("Reader", server.url)
        links = [(await upload(hub, b"%d" % number))["url"] for number in range(21)]
        attachments = [{"url": url, "content_type": "text/plain", "name": "a.txt"} for url in links]
        message = {"content": "read these", "attachments": attachments}
        for sentence in await refused_everywhere(hub, "Reader", message):
            assert "21" in sentence
            assert "20" in sentence
        assert server.queries == []
        await still_serves(hub)


async def test_of_an_answer_with_21_files_the_limit_is_named_and_the_hub_goes_on(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        for number in range(21):
            await exchange.event("file", {"url": f"https://example.com/{number}", "content_type": "a/b", "name": "x"})
        await exchange.text("done")
        await exchange.done()

    async with scripted_bot(script, response_version=2) as server:
        await hub.register("Giver", server.url)
        chat_id = await new_chat(hub, "Giver")
        sent = json.loads((await send(hub, "chats", "Giver", {"content": "give"}, chat_id=chat_id)).text)
        events = (await request(hub, "GET", f"/api/queries/{sent['query_id']}/events")).text
        assert "20" in events
        assert events.count("event: file") == 20
        answer = (await opened(hub, "GET", f"/api/messages/{sent['answer']['id']}"))["message"]
        assert len(answer["attachments"]) == 20
        assert answer["state"] != "running"
    await still_serves(hub)


async def test_a_page_that_begins_like_a_picture_or_follows_one_is_never_run(hub: RunningHub) -> None:
    script = b"<html><script>alert(document.cookie)</script></html>"
    cases = {
        "picture.png": PNG + script,  # a picture to everybody: shown as one, whatever follows
        "page.png": script + PNG,
        "comment.jpg": b"<!-- GIF89a -->" + script,
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    }
    for name, data in cases.items():
        file = await upload(hub, data, name)
        async with hub.http.get(file["url"]) as response:
            assert await response.read() == data
            kind, policy = response.content_type, response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in policy
            assert "script-src" not in policy
            assert "default-src 'none'" in policy
            shown = response.headers["Content-Disposition"].startswith("inline")
        assert kind == file["content_type"]
        assert (kind, shown) in {("image/png", True), ("text/html", False), ("image/svg+xml", False)}, name
        assert (kind == "image/png") == (name == "picture.png")
    await still_serves(hub)


async def test_the_same_bytes_twice_are_two_files_of_two_people_and_one_blob(hub: RunningHub) -> None:
    _, other = await hub.add_member("Bob")
    before = await kept(hub)
    one, two = await asyncio.gather(upload(hub, b"same", "one.txt"), upload(hub, b"same", "two.txt", key=other))
    now = await kept(hub)
    assert (now["files"] - before["files"], now["files/"] - before["files/"]) == (2, 1)
    assert one["id"] != two["id"]
    # Neither learns of the other's: not the name, not the record.
    assert (await request(hub, "GET", f"/api/files/{one['id']}", key=other)).status == 404
    assert (await request(hub, "GET", f"/api/files/{two['id']}")).status == 404
    async with hub.http.get(two["url"]) as response:
        assert "one" not in response.headers["Content-Disposition"]


@pytest.mark.parametrize("cut", ["headers", "middle", "silence"])
async def test_an_upload_that_breaks_off_leaves_nothing(hub: RunningHub, cut: str) -> None:
    before = await kept(hub)
    host, port = hub.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {hub.api_key}\r\nContent-Length: 9999999\r\n"
        'Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; '
        'filename="a.bin"\r\n\r\n'
    )
    writer.write(head.encode())
    if cut != "headers":
        writer.write(bytes(3 * MB))
    await writer.drain()
    if cut == "silence":
        writer.write_eof()
        await reader.read()
    writer.close()
    async with asyncio.timeout(5):
        while await kept(hub) != before:
            await asyncio.sleep(0.01)
    await still_serves(hub)


async def test_a_stalling_address_in_a_message_ends_with_the_time_for_the_answer(tmp_path: Path) -> None:
    async def stalls(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        while (await receive())["type"] != "http.disconnect":
            pass

    async with running_hub(tmp_path / "data", reply_s=1) as hub, serve(stalls) as url:
        async with scripted_bot(say("ok"), response_version=2) as server:
            await hub.register("Reader", server.url)
            attachments = [{"url": f"{url}/{n}", "content_type": "text/plain", "name": "a.txt"} for n in range(3)]
            async with asyncio.timeout(15):
                said = await send(hub, BOT, "Reader", {"content": "read", "attachments": attachments})
            assert "could not be fetched and read within 1 s, the limit for an answer" in error_in(said.text)
            assert server.queries == []
        await still_serves(hub)
