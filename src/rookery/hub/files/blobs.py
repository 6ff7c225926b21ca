"""The port to where bytes are kept: each content once, under its digest (SHA-256, 64 hex digits)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class BlobStore(Protocol):
    """Bytes, kept. Every method raises StorageFailed for trouble of the disk or the service."""

    async def put(self, digest: str, source: Path) -> None:
        """Keeps the bytes of a file under their digest: all of them or none; the file stays where it is."""
        ...

    async def find_size(self, digest: str) -> int | None:
        """Gives a blob's length in bytes; None when there is none."""
        ...

    def open(self, digest: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Yields the bytes from `start` up to `end` (exclusive, above `start`) in pieces of moderate size.

        Raises NotFound before the first piece when there is no such blob.
        """
        ...

    async def delete(self, digest: str) -> None:
        """Deletes a blob; without effect when there is none."""
        ...

    def iter_digests(self) -> AsyncIterator[list[str]]:
        """Yields the digests of all blobs, some hundreds at a time."""
        ...
