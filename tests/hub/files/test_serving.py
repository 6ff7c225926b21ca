"""Files out: who may open a link, parts and conditions, and headers that keep hostile files harmless."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from rookery.hub.files.links import LinkSigner
from tests.hub.files.uploading import PNG, fetch, upload
from tests.support.hub import RunningHub, running_hub

TEXT = bytes(range(32, 127)) * 20


async def test_a_wrong_link_is_refused_with_what_to_do(hub: RunningHub) -> None:
    file = await upload(hub, b"secret")
    plain = file["url"].partition("?")[0]
    last = file["url"][-1]
    for url in (plain, file["url"][:-1] + ("0" if last != "0" else "1"), plain + "?expires=1&signature=%00%ff"):
        response, body = await fetch(hub, url)
        assert response.status == 403
        assert b"GET /api/files/{id}" in body
        assert b"secret" not in body


async def test_a_link_of_another_file_opens_only_its_own(hub: RunningHub) -> None:
    mine, other = await upload(hub, b"mine"), await upload(hub, b"other")
    url = mine["url"].replace(mine["id"], other["id"])
    assert (await fetch(hub, url))[0].status == 403


async def test_an_expired_link_is_gone_and_the_owner_still_opens_it(hub: RunningHub) -> None:
    stored = await hub.hub.files.keep_bytes(hub.hub.owner.id, "a.txt", b"old")
    signer: LinkSigner = hub.hub.files._signer
    url = signer.build_link(hub.url, stored.id, stored.name, stored.created_at - timedelta(seconds=1))
    response, body = await fetch(hub, url)
    assert response.status == 410
    assert b"expired on 20" in body
    assert b"GET /api/files/{id}" in body
    response, body = await fetch(hub, url, Authorization=f"Bearer {hub.api_key}")
    assert (response.status, body) == (200, b"old")


async def test_the_owners_key_opens_a_file_without_a_signature(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    url = file["url"].partition("?")[0]
    response, body = await fetch(hub, url, **hub.auth())
    assert (response.status, body) == (200, b"mine")
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cache-Control"] == "private, no-cache"
    stored = await hub.hub.files.keep_bytes("p-other", "theirs", b"theirs")
    assert (await fetch(hub, f"{hub.url}/files/{stored.id}/x", **hub.auth()))[0].status == 403


async def test_a_key_for_one_bot_does_not_open_files(hub: RunningHub) -> None:
    file = await upload(hub, b"mine")
    _, key = await hub.hub.accounts.create_key(hub.hub.owner, "scoped", bot_name="Echo")
    assert (await fetch(hub, file["url"].partition("?")[0], **hub.auth(key)))[0].status == 403


async def test_the_name_in_a_link_is_decoration(hub: RunningHub) -> None:
    file = await upload(hub, b"x", "report.txt")
    response, _ = await fetch(hub, file["url"].replace("report.txt", "evil.exe"))
    assert response.status == 200
    assert "report.txt" in response.headers["Content-Disposition"]
    assert "evil" not in response.headers["Content-Disposition"]


async def test_bytes_that_are_gone_are_a_proper_refusal(hub: RunningHub) -> None:
    file = await upload(hub, b"soon gone")
    stored = await hub.hub.files.get(file["id"])
    await hub.hub.files._blobs.delete(stored.digest)
    response, body = await fetch(hub, file["url"])
    assert response.status == 404
    assert b"gone" in body


async def test_parts_are_slices(hub: RunningHub) -> None:
    file = await upload(hub, TEXT)
    for header, expected in {
        "bytes=0-0": TEXT[:1],
        "bytes=5-99": TEXT[5:100],
        "bytes=1000-": TEXT[1000:],
        "bytes=-7": TEXT[-7:],
        "bytes=0-999999": TEXT,
    }.items():
        response, body = await fetch(hub, file["url"], Range=header)
        assert (response.status, body) == (206, expected), header
        assert response.headers["Content-Length"] == str(len(expected))
        assert response.headers["Content-Range"].startswith("bytes ")
    response, body = await fetch(hub, file["url"], Range=f"bytes={len(TEXT)}-")
    assert (response.status, body) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{len(TEXT)}"


async def test_a_player_seeks_in_a_large_file(hub: RunningHub) -> None:
    data = b"".join(number.to_bytes(4, "big") for number in range(2**19))
    file = await upload(hub, data, "film.bin")
    starts = range(0, len(data), 300_007)

    async def seek(start: int) -> bool:
        response, body = await fetch(hub, file["url"], Range=f"bytes={start}-{start + 400_000}")
        return response.status == 206 and body == data[start : start + 400_001]

    assert all(await asyncio.gather(*map(seek, starts)))


async def test_what_the_asker_has_is_not_sent_again(hub: RunningHub) -> None:
    file = await upload(hub, TEXT)
    first, _ = await fetch(hub, file["url"])
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Accept-Ranges"] == "bytes"
    for headers in ({"If_None_Match": tag}, {"If_Modified_Since": date}):
        response, body = await fetch(hub, file["url"], **headers)
        assert (response.status, body) == (304, b"")
        assert response.headers["ETag"] == tag
    assert (await fetch(hub, file["url"], If_None_Match='"other"'))[0].status == 200
    assert (await fetch(hub, file["url"], Range="bytes=0-1", If_Range=tag))[0].status == 206
    assert (await fetch(hub, file["url"], Range="bytes=0-1", If_Range='"other"'))[0].status == 200


async def test_head_tells_everything_but_the_bytes(hub: RunningHub) -> None:
    file = await upload(hub, TEXT)
    got, _ = await fetch(hub, file["url"])
    response, body = await fetch(hub, file["url"], "HEAD")
    assert (response.status, body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Content-Disposition", "Accept-Ranges"):
        assert response.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("data", "name", "content_type", "disposition"),
    [
        (PNG, "a.png", "image/png", "inline"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf", "inline"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "audio/wav", "inline"),
        (b"plain", "a.txt", "text/plain; charset=utf-8", "inline"),
        (b"<svg xmlns='x'><script>1</script></svg>", "a.svg", "image/svg+xml", "attachment"),
        (b"<!DOCTYPE html><script>1</script>", "a.png", "text/html; charset=utf-8", "attachment"),
        (b"print(1)", "a.py", "text/x-python; charset=utf-8", "attachment"),
        (bytes(range(256)), "a.html", "application/octet-stream", "attachment"),
    ],
)
async def test_only_kinds_that_cannot_run_are_shown_in_place(
    hub: RunningHub, data: bytes, name: str, content_type: str, disposition: str
) -> None:
    file = await upload(hub, data, name)
    response, _ = await fetch(hub, file["url"])
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"].partition(";")[0] == disposition
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox") == (content_type != "application/pdf")
    assert "script-src" not in policy


async def test_a_file_is_cached_as_long_as_its_link_is_good(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_link_s=600) as hub:
        response, _ = await fetch(hub, (await upload(hub, b"x"))["url"])
    directives = response.headers["Cache-Control"].split(", ")
    assert directives[0] == "private"
    assert 590 <= int(directives[1].removeprefix("max-age=")) <= 600
    assert directives[2] == "immutable"


async def test_odd_names_are_named_safely(hub: RunningHub) -> None:
    file = await upload(hub, b"x", 'ü "quoted"; 100%.txt')
    response, _ = await fetch(hub, file["url"])
    disposition = response.headers["Content-Disposition"]
    assert disposition.isascii()
    assert disposition.endswith("filename*=UTF-8''%C3%BC%20%22quoted%22%3B%20100%25.txt")
    assert disposition.count('"') == 2
