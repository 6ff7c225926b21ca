"""Bytes of files in a folder or an S3-compatible bucket, by obstore; see `files.blobs`.

    ab/abcdef…   the blob with the digest abcdef…

Folder and bucket take the same path through this module: what differs is the store that `open_blob_store` builds.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from rookery.hub.errors import NotFound, StorageFailed

if TYPE_CHECKING:
    from obstore.store import ObjectStore

logger = logging.getLogger("rookery.hub.storage")

PART_BYTES = 5 * 1024 * 1024
"""What is in memory of a blob on its way to the store, times the number of parts; S3 takes no smaller parts."""
PARTS_AT_ONCE = 2
PIECE_BYTES = 256 * 1024
LISTED_AT_ONCE = 500

_PATH = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")


class ObjectBlobStore:
    """Adapter of `BlobStore`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, digest: str, source: Path) -> None:
        with _trouble():
            await obstore.put_async(
                self._store, _path(digest), source, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )

    async def find_size(self, digest: str) -> int | None:
        with _trouble():
            try:
                return (await obstore.head_async(self._store, _path(digest)))["size"]
            except FileNotFoundError:
                return None

    async def open(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        with _trouble():
            try:
                result = await obstore.get_async(self._store, _path(digest), options={"range": (start, end)})
            except FileNotFoundError:
                logger.error("files:blob-missing digest=%s", digest)
                raise NotFound("file_gone", "The bytes of this file are gone.") from None
            stream = aiter(result.stream(min_chunk_size=PIECE_BYTES))
        while True:
            with _trouble():
                piece = await anext(stream, None)
            if piece is None:
                return
            yield piece

    async def delete(self, digest: str) -> None:
        # Stores differ in whether deleting nothing is an error.
        with _trouble(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, _path(digest))

    async def iter_digests(self) -> AsyncIterator[list[str]]:
        with _trouble():
            stream = aiter(obstore.list(self._store, chunk_size=LISTED_AT_ONCE))
        while True:
            with _trouble():
                batch = await anext(stream, None)
            if batch is None:
                return
            # Whatever else lies in the folder or bucket is not ours to delete.
            found = [match[1] for meta in batch if (match := _PATH.fullmatch(meta["path"]))]
            if found:
                yield found


def open_blob_store(url: str | None, folder: Path) -> ObjectBlobStore:
    """Gives the store at a URL (`s3://bucket/path`, `file:///path`, …), or in the folder when there is no URL.

    Raises ValueError for a URL that names no store, OSError when the folder cannot be made.
    """
    if url is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return ObjectBlobStore(LocalStore(folder))
    try:
        if urlsplit(url).scheme == "file":
            return ObjectBlobStore(LocalStore.from_url(url, mkdir=True))
        return ObjectBlobStore(from_url(url))
    except BaseError as error:
        raise ValueError(f"files cannot be kept at the address in files_url ({_first_line(error)})") from error


def _path(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        logger.error("files:store-failed reason=%s", _first_line(error))
        raise StorageFailed(
            "storage_failed",
            f"The hub cannot keep or read files ({_first_line(error)}).",
            "Is the disk full, or the place of the files gone?",
        ) from error


def _first_line(error: Exception) -> str:
    # The rest of obstore's texts is for those who debug obstore.
    return str(error).partition("\n")[0][:300]
