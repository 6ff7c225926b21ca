"""Files that the hub fetches from an address: guarded against private hosts, endless bodies, and time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import ResolveResult

from rookery.hub.errors import Unprocessable
from rookery.hub.files.links import LinkSigner
from rookery.hub.upstream.downloads import GuardedDownloader
from rookery.hub.upstream.outbound import ConnectionPool, GuardedResolver
from tests.hub.files.remote import PUBLIC_NAME, REBOUND_NAME, NamedHosts, remote_app
from tests.hub.files.uploading import UPLOAD_PATH, fetch, kept, post, upload
from tests.support.hub import RunningHub, running_hub
from tests.support.serving import serve


@pytest.fixture
async def remote() -> AsyncIterator[str]:
    async with serve(remote_app) as url:
        yield url


async def test_a_file_is_fetched_and_named_by_its_server_or_address(hub: RunningHub, remote: str) -> None:
    for body, name in (
        ({"download_url": f"{remote}/named"}, "named.txt"),
        ({"download_url": f"{remote}/folder/f%C3%BCr%20dich.txt?x=1"}, "für dich.txt"),
        ({"download_url": f"{remote}/"}, "file"),
        ({"download_url": f"{remote}/named", "name": "mine.txt"}, "mine.txt"),
        ({"download_url": f"{remote}/redirect?/redirect?/named"}, "named.txt"),
    ):
        async with hub.http.post(f"{hub.url}/api/files", json=body, headers=hub.auth()) as response:
            assert response.status == 201, await response.text()
            file = await response.json()
        assert (file["name"], file["size"], file["content_type"]) == (name, 5, "text/plain")
        assert (await fetch(hub, file["url"]))[1] == b"hello"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://localhost:1/x",
        "http://2130706433:1/",
        "http://0x7f.1:1/",
        "http://[::1]:1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://224.0.0.1/",
    ],
)
async def test_private_addresses_are_not_fetched(tmp_path: Path, url: str) -> None:
    async with running_hub(tmp_path / "data", allow_private_urls=False) as hub:
        status, text = await post(hub, "/api/files", json={"download_url": url})
        assert status == 422, text
        assert "private or loopback address" in text
        assert await kept(hub) == (0, 0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "http://",
        "http://[",
        "x",
        "http://user:word@example.org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://exa\nmple.org/",
        "http://exa\x00mple.org/",
        "http://\ud800.org/",
        "data:text/plain,hello",
        "http://" + "x" * 3000 + "/",
        "http://a..b/",
    ],
)
async def test_what_is_no_web_address_is_refused(hub: RunningHub, url: str) -> None:
    with pytest.raises(Unprocessable):
        await hub.hub.files.keep_url("p-1", url)
    assert await kept(hub) == (0, 0, 0)


class _Resolver(GuardedResolver):
    """The guard over names of the test; one of them counts as public."""

    def __init__(self) -> None:
        super().__init__()
        self._names = NamedHosts()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == PUBLIC_NAME:
            return await self._names.resolve(host, port, family)
        self._inner = self._names  # type: ignore[assignment]
        return await super().resolve(host, port, family)


class _Pool(ConnectionPool):
    """A guarding pool that reaches the test's own server under a public name."""

    def __init__(self) -> None:
        super().__init__(allow_private=False)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=_Resolver()))


@asynccontextmanager
async def guarded(total_s: float = 5.0) -> AsyncIterator[GuardedDownloader]:
    pool = _Pool()
    yield GuardedDownloader(pool, total_s=total_s)
    await pool.aclose()


def public(remote: str, path: str) -> str:
    return remote.replace("127.0.0.1", PUBLIC_NAME) + path


async def test_a_public_name_is_fetched(remote: str) -> None:
    async with guarded() as downloader, downloader.fetch(public(remote, "/named")) as download:
        assert (download.name, download.size) == ("../named.txt", None)
        assert b"".join([chunk async for chunk in download.chunks]) == b"hello"


async def test_a_redirect_into_a_private_address_is_not_followed(remote: str) -> None:
    async with guarded() as downloader:
        for target in (f"{remote}/named", "http://localhost/x", f"http://{REBOUND_NAME}/x", "//10.0.0.1/"):
            with pytest.raises(Unprocessable, match="private or loopback"):
                async with downloader.fetch(public(remote, f"/redirect?{target}")):
                    pass


async def test_a_name_that_leads_to_a_private_address_is_refused() -> None:
    async with guarded() as downloader:
        with pytest.raises(Unprocessable, match="private or loopback"):
            async with downloader.fetch(f"http://{REBOUND_NAME}/"):
                pass


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", "answered 404"),
        ("/loop", "more than 5 times"),
        ("/nowhere", "redirects to nowhere"),
        ("/redirect?ftp://example.org/", "only http"),
        ("/odd", "no address"),
        ("/zipped", "compressed"),
        ("/breaks", "broke off"),
    ],
)
async def test_an_address_that_gives_no_file_is_refused(hub: RunningHub, remote: str, path: str, reason: str) -> None:
    status, text = await post(hub, UPLOAD_PATH, data={"download_url": remote + path})
    assert status == 422, text
    assert reason in text
    assert await kept(hub) == (0, 0, 0)


async def test_an_unknown_host_is_refused() -> None:
    async with guarded() as downloader:
        with pytest.raises(Unprocessable, match="cannot be re"):
            async with downloader.fetch("http://unknown.test/"):
                pass


async def test_a_server_that_never_finishes_is_given_up(remote: str) -> None:
    async with guarded(total_s=0.2) as downloader, downloader.fetch(public(remote, "/stalls")) as download:
        with pytest.raises(Unprocessable, match="longer than 0"):
            async for _ in download.chunks:
                pass


async def test_an_endless_body_ends_at_the_limit(tmp_path: Path, remote: str) -> None:
    async with running_hub(tmp_path / "data", file_bytes=2**20) as hub, asyncio.timeout(10):
        for path in ("/endless", "/announced"):
            status, text = await post(hub, UPLOAD_PATH, data={"download_url": remote + path})
            assert status == 413
            assert "1048576 bytes (1 MB)" in text
        assert await kept(hub) == (0, 0, 0)


async def test_a_link_of_this_hub_is_read_without_http(tmp_path: Path) -> None:
    # A hub that calls no private addresses could not fetch from itself.
    async with running_hub(tmp_path / "data", allow_private_urls=False) as hub:
        file = await upload(hub, b"bytes", "one.txt")
        copy = await hub.hub.files.keep_url("p-other", file["url"])
        assert (copy.name, copy.owner_id, copy.size) == ("one.txt", "p-other", 5)
        assert copy.id != file["id"]
        assert await kept(hub) == (2, 1, 0)


async def test_forged_and_foreign_expired_links_of_this_hub_are_refused(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", allow_private_urls=False) as hub:
        stored = await hub.hub.files.keep_bytes("p-other", "theirs.txt", b"theirs")
        signer: LinkSigner = hub.hub.files._signer
        expired = signer.build_link(hub.url, stored.id, "x", stored.created_at)
        forged = LinkSigner(b"guess").build_link(hub.url, stored.id, "x", stored.created_at)
        for url, code in ((expired, "expired_link"), (forged, "wrong_link")):
            status, text = await post(hub, "/api/files", json={"download_url": url})
            assert (status, code in text) == (403, True)
        assert (await hub.hub.files.keep_url("p-other", expired)).size == 6
        await hub.hub.files.discard(stored)
        gone = hub.hub.files.link(stored)
        assert (await post(hub, "/api/files", json={"download_url": gone}))[0] == 404
