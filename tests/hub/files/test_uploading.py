"""Files in: what is taken, what is refused, and that nothing is left of what was refused."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp
import pytest

from tests.hub.files.uploading import PNG, fetch, file_form, kept, megabytes, post, upload
from tests.support.hub import RunningHub, running_hub

LIMIT = 50 * 2**20


async def test_an_uploaded_file_comes_back_by_its_link(hub: RunningHub) -> None:
    file = await upload(hub, PNG, "cat.png")
    assert (file["name"], file["content_type"], file["size"]) == ("cat.png", "image/png", len(PNG))
    response, body = await fetch(hub, file["url"])
    assert (response.status, body) == (200, PNG)
    assert response.headers["Content-Type"] == "image/png"


async def test_a_fresh_link_is_given_to_the_owner_only(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    async with hub.http.get(f"{hub.url}/api/files/{file['id']}", headers=hub.auth()) as response:
        assert response.status == 200
        assert (await fetch(hub, (await response.json())["url"]))[1] == b"mine"
    stored = await hub.hub.files.keep_bytes("p-somebody", "theirs.txt", b"theirs")
    async with hub.http.get(f"{hub.url}/api/files/{stored.id}", headers=hub.auth()) as response:
        assert response.status == 404


async def test_an_upload_needs_a_key(hub: RunningHub) -> None:
    async with hub.http.post(f"{hub.url}/api/files", data=file_form(b"x")) as response:
        assert response.status == 401


async def test_the_largest_file_is_taken(hub: RunningHub) -> None:
    stored = await hub.hub.files.keep("p-1", "large.bin", megabytes(50))
    assert stored.size == LIMIT
    file = await upload(hub, bytes(LIMIT), "zeros.bin")
    assert file["size"] == LIMIT
    response, body = await fetch(hub, file["url"])
    assert response.status == 200
    assert hashlib.sha256(body).digest() == hashlib.sha256(bytes(LIMIT)).digest()


@pytest.mark.parametrize("path", ["/api/files", "/poe_api/file_upload_3RD_PARTY_POST"])
async def test_one_byte_more_is_refused_with_limit_and_value(hub: RunningHub, path: str) -> None:
    status, text = await post(hub, path, data=file_form(bytes(LIMIT + 1)))
    assert status == 413
    assert "52428800 bytes (50 MB)" in text
    assert await kept(hub) == (0, 0, 0)


@pytest.mark.parametrize("path", ["/api/files", "/poe_api/file_upload_3RD_PARTY_POST"])
async def test_51_mb_are_refused(hub: RunningHub, path: str) -> None:
    status, text = await post(hub, path, data=file_form(bytes(51 * 2**20)))
    assert status == 413
    assert "52428800" in text
    assert await kept(hub) == (0, 0, 0)


async def test_an_upload_of_unknown_length_is_refused_as_soon_as_it_is_too_long(tmp_path: Path) -> None:
    async def endless() -> object:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        while True:
            yield bytes(2**16)

    async with running_hub(tmp_path / "data", file_bytes=2**20) as hub, asyncio.timeout(20):
        headers = {"Content-Type": "multipart/form-data; boundary=b", **hub.auth()}
        try:
            async with hub.http.post(f"{hub.url}/api/files", data=endless(), headers=headers) as response:
                assert response.status == 413
                assert "1048576 bytes (1 MB)" in await response.text()
        except aiohttp.ClientConnectionError:
            pass  # the hub closed the connection while we still sent
        assert await kept(hub) == (0, 0, 0)


async def test_the_same_bytes_twice_are_two_files_and_one_blob(hub: RunningHub) -> None:
    first, second = await upload(hub, b"same", "one.txt"), await upload(hub, b"same", "two.txt")
    assert first["id"] != second["id"]
    assert await kept(hub) == (2, 1, 0)
    assert (await fetch(hub, second["url"]))[1] == b"same"


async def test_many_uploads_of_the_same_bytes_at_once_make_one_blob(hub: RunningHub) -> None:
    files = await asyncio.gather(*(upload(hub, PNG * 1000, f"{number}.png") for number in range(12)))
    assert len({file["id"] for file in files}) == 12
    assert await kept(hub) == (12, 1, 0)


async def test_an_empty_file_is_a_file(hub: RunningHub) -> None:
    file = await upload(hub, b"", "empty.txt")
    assert (file["size"], file["content_type"]) == (0, "text/plain")
    response, body = await fetch(hub, file["url"], Range="bytes=0-")
    assert (response.status, body) == (416, b"")
    assert (await fetch(hub, file["url"]))[0].status == 200


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\note.txt", "note.txt"),
        ("nul\0l.txt", "null.txt"),
        ("🦜 Grüße.txt", "🦜 Grüße.txt"),
        ("x" * 5000 + ".txt", "x" * 196 + ".txt"),
        ("🦜" * 500 + ".txt", "🦜" * 49 + ".txt"),
        ("gpj\u202eexe.txt", "gpjexe.txt"),
        ("..", "file"),
        ("  ", "file"),
        ('a"b;c%.txt', 'a"b;c%.txt'),
    ],
)
async def test_names_are_never_paths_and_never_too_long(hub: RunningHub, sent: str, shown: str) -> None:
    stored = await hub.hub.files.keep_bytes("p-1", sent, b"text")
    assert stored.name == shown
    url = hub.hub.files.link(stored)
    assert unquote(urlsplit(url).path.rpartition("/")[2]) == shown
    response, body = await fetch(hub, url)
    assert (response.status, body) == (200, b"text")


async def test_names_travel_through_the_form(hub: RunningHub) -> None:
    assert (await upload(hub, b"x", "../🦜 Grüße.txt"))["name"] == "🦜 Grüße.txt"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx',
        ),
        ("multipart/form-data; boundary=b", b"not a form at all, but long enough to see that"),
        ("multipart/form-data; boundary=" + "b" * 300, b"x"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b--\r\n'),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'{"download_url": 5}'),
        ("application/x-www-form-urlencoded", b"a=b&" * 100),
        ("application/x-www-form-urlencoded", b"a" * 100_000),
        ("text/plain", b"hello"),
        ("", b"hello"),
    ],
)
async def test_a_body_that_is_no_upload_is_refused_and_nothing_is_kept(
    hub: RunningHub, content_type: str, body: bytes
) -> None:
    for path in ("/api/files", "/poe_api/file_upload_3RD_PARTY_POST"):
        status, text = await post(hub, path, data=body, headers={"Content-Type": content_type})
        assert status in (400, 413), text
    assert await kept(hub) == (0, 0, 0)


async def test_a_form_that_breaks_after_the_file_leaves_no_file(hub: RunningHub) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nwhole\r\n'
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nhalf'
    )
    status, text = await post(hub, "/api/files", data=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert status == 400
    assert "ends in the middle" in text
    assert await kept(hub) == (0, 0, 0)


async def test_two_files_in_one_form_are_refused(hub: RunningHub) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"one", filename="1")
    form.add_field("file", b"two", filename="2")
    status, text = await post(hub, "/api/files", data=form)
    assert status == 400
    assert "more than one file" in text
    assert await kept(hub) == (0, 0, 0)


async def test_a_connection_that_closes_in_the_middle_leaves_nothing(hub: RunningHub) -> None:
    port = int(hub.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    writer.write(
        b"POST /api/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Authorization: Bearer " + hub.api_key.encode() + b"\r\nContent-Length: 9000000\r\n\r\n" + head
    )
    writer.write(bytes(3 * 2**20))
    await writer.drain()
    async with asyncio.timeout(5):
        while (await kept(hub))[2] == 0:
            await asyncio.sleep(0)
        writer.transport.abort()
        while await kept(hub) != (0, 0, 0):
            await asyncio.sleep(0)
