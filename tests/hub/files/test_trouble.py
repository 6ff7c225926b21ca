"""A full disk, a broken store, a cancelled upload: a sentence each, and nothing half kept."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from rookery.hub.errors import StorageFailed, TooLarge
from rookery.hub.storage.blobs import open_blob_store
from tests.hub.files.uploading import file_form, kept, megabytes, post, upload
from tests.support.hub import RunningHub


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Makes the system refuse to write files beyond this size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_that_takes_no_more_is_a_sentence(hub: RunningHub) -> None:
    with no_file_above(2**20):
        for path in ("/api/files", "/poe_api/file_upload_3RD_PARTY_POST"):
            status, text = await post(hub, path, data=file_form(bytes(5 * 2**20)))
            assert status == 503
            assert "cannot keep or read files" in text
            assert "Is the disk full" in text
    assert await kept(hub) == (0, 0, 0)
    await upload(hub, bytes(5 * 2**20))


async def test_a_blob_that_cannot_be_written_leaves_nothing(hub: RunningHub, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(12 * 2**20))
    blobs = open_blob_store(None, hub.hub.settings.data_dir / "files")
    with no_file_above(2**20), pytest.raises(StorageFailed):
        await blobs.put("ab" * 32, source)
    assert await kept(hub) == (0, 0, 0)


async def test_a_record_that_cannot_be_written_leaves_bytes_only_until_the_next_cleaning(hub: RunningHub) -> None:
    def shrink(connection: Connection) -> None:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await hub.hub._database.write(shrink)  # SQLite then answers as it does on a full disk
    with pytest.raises(StorageFailed, match="full"):
        for number in range(1000):
            await hub.hub.files.keep_bytes("p-1", "x" * 190, str(number).encode())
    records, blobs, incoming = await kept(hub)
    assert (blobs, incoming) == (records + 1, 0)
    await hub.hub.files.clean()
    assert await kept(hub) == (records, records, 0)


async def test_a_cancelled_upload_leaves_nothing(hub: RunningHub) -> None:
    arrived = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        async for chunk in megabytes(3):
            yield chunk
        arrived.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(hub.hub.files.keep("p-1", "x", stalling()))
    await arrived.wait()
    assert await kept(hub) == (0, 0, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await kept(hub) == (0, 0, 0)


async def test_uploads_cancelled_at_any_moment_leave_nothing_half(hub: RunningHub) -> None:
    for steps in range(0, 60, 3):
        task = asyncio.create_task(hub.hub.files.keep("p-1", "x", megabytes(2)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await kept(hub))[2] == 0
    await hub.hub.files.clean()
    records, blobs, _ = await kept(hub)
    assert blobs == min(records, 1)


async def test_what_the_sender_raises_passes_through(hub: RunningHub) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        await hub.hub.files.keep("p-1", "x", broken())
    assert await kept(hub) == (0, 0, 0)


async def test_reading_into_memory_is_bounded(hub: RunningHub) -> None:
    file = await hub.hub.files.keep_bytes("p-1", "a.txt", b"12345")
    assert await hub.hub.files.read(file, 5) == b"12345"
    with pytest.raises(TooLarge, match="5 bytes; 4 are read"):
        await hub.hub.files.read(file, 4)
    assert b"".join([piece async for piece in hub.hub.files.open(file, 1, 3)]) == b"23"
    assert [piece async for piece in hub.hub.files.open(file, 5)] == []


def test_an_address_that_names_no_store_is_refused_at_the_start(tmp_path: Path) -> None:
    for url in ("nowhere", "gopher://x/y", "http://[", "s3://"):
        with pytest.raises(ValueError):
            open_blob_store(url, tmp_path)


async def test_a_folder_named_by_url_works_like_the_data_folder(tmp_path: Path) -> None:
    blobs = open_blob_store((tmp_path / "else where").as_uri(), tmp_path / "unused")
    source = tmp_path / "source"
    source.write_bytes(b"bytes")
    await blobs.put("cd" * 32, source)
    assert await blobs.find_size("cd" * 32) == 5
    assert [batch async for batch in blobs.iter_digests()] == [["cd" * 32]]
    await blobs.delete("cd" * 32)
    await blobs.delete("cd" * 32)
    assert await blobs.find_size("cd" * 32) is None
    assert not (tmp_path / "unused").exists()
