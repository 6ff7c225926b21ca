"""Bytes on their way in: streamed to a temporary file while they are counted and hashed.

Memory holds one piece, whatever the file's size. Nothing is left behind, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from rookery.hub.errors import StorageFailed, TooLarge

logger = logging.getLogger("rookery.hub.files")

PIECE_BYTES = 1024 * 1024
"""Collected before a thread writes and hashes them: a change of threads costs more than a small write."""

HEAD_BYTES = 64 * 1024
"""First bytes kept, to tell what the file is."""


@dataclass(frozen=True)
class Received:
    """A file that has arrived, in a temporary place."""

    path: Path
    size: int
    digest: str
    """SHA-256, 64 hex digits."""
    head: bytes
    """The first bytes, `HEAD_BYTES` at most."""


class _Writer:
    """The open file; its methods run in threads. Closing is safe while a write still runs: both take its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.head = b""
        self._hash = hashlib.sha256()
        self._file = path.open("xb")

    def write(self, piece: bytes) -> None:
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        self._hash.update(piece)
        self._file.write(piece)
        self.size += len(piece)

    def finish(self) -> Received:
        self._file.close()
        return Received(self.path, self.size, self._hash.hexdigest(), self.head)

    def discard(self) -> None:
        # Closing flushes, which fails again on a full disk; the file goes in any case.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def receive(chunks: AsyncIterator[bytes], folder: Path, max_bytes: int) -> AsyncIterator[Received]:
    """Takes all chunks into a file below `folder`, which is deleted on leaving.

    Raises TooLarge as soon as there are more than `max_bytes`, StorageFailed when they cannot be written; whatever
    the chunks raise passes through.
    """
    with _disk_trouble():
        writer = await asyncio.to_thread(_Writer, folder / f"{secrets.token_hex(16)}.part")
    try:
        waiting, size = bytearray(), 0
        async for chunk in chunks:
            size += len(chunk)
            check_size(size, max_bytes)
            waiting += chunk
            if len(waiting) >= PIECE_BYTES:
                with _disk_trouble():
                    await asyncio.to_thread(writer.write, bytes(waiting))
                waiting.clear()
        with _disk_trouble():
            await asyncio.to_thread(writer.write, bytes(waiting))
            received = await asyncio.to_thread(writer.finish)
        yield received
    finally:
        writer.discard()


def check_size(size: int, max_bytes: int) -> None:
    """Raises TooLarge, naming the limit, when a file of `size` bytes (so far) is not taken."""
    if size > max_bytes:
        raise TooLarge(
            "file_too_large",
            f"The file is larger than {max_bytes} bytes ({max_bytes / 1024 / 1024:g} MB), the limit for one file.",
            "Send a smaller file; the hub's owner may raise the limit: ROOKERY_FILE_BYTES",
        )


@contextlib.contextmanager
def _disk_trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.error("files:not-written reason=%s", error)
        raise storage_failed(error.strerror or type(error).__name__) from error


def storage_failed(reason: str) -> StorageFailed:
    """Builds the refusal for bytes that could not be written or read."""
    return StorageFailed(
        "storage_failed",
        f"The hub cannot keep or read files ({reason}).",
        "Is the disk full, or the data folder gone? Nothing of this file was kept.",
    )
