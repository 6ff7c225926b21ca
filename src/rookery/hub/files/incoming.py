"""Bytes on their way in: streamed to a temporary file while they are counted and hashed.

Memory holds one piece, whatever the file's size. Nothing is left behind, however it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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
    """The temporary file. `write` and `finish` run in threads, `discard` where the upload ends.

    A cancelled upload does not stop the thread that works for it: the lock makes `discard` wait for the piece being
    written, and what comes after does nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = 0
        self._head = b""
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._is_discarded = False

    def write(self, piece: bytes) -> None:
        with self._lock:
            if self._is_discarded:
                return
            if self._file is None:
                self._file = self._path.open("xb")
            if len(self._head) < HEAD_BYTES:
                self._head += piece[: HEAD_BYTES - len(self._head)]
            self._hash.update(piece)
            self._file.write(piece)
            self._size += len(piece)

    def finish(self, piece: bytes) -> Received:
        self.write(piece)
        with self._lock:
            if self._file is not None:
                self._file.close()
        return Received(self._path, self._size, self._hash.hexdigest(), self._head)

    def discard(self) -> None:
        with self._lock:
            self._is_discarded = True
            # Closing flushes, which fails again on a full disk; the file goes in any case.
            with contextlib.suppress(OSError):
                if self._file is not None:
                    self._file.close()
            # What cannot be deleted now, because the disk is in trouble, goes at the next start.
            with contextlib.suppress(OSError):
                self._path.unlink()


@contextlib.asynccontextmanager
async def receive(chunks: AsyncIterator[bytes], folder: Path, max_bytes: int) -> AsyncIterator[Received]:
    """Takes all chunks into a file below `folder`, which is deleted on leaving.

    Raises TooLarge as soon as there are more than `max_bytes`, StorageFailed when they cannot be written; whatever
    the chunks raise passes through.
    """
    writer = _Writer(folder / f"{secrets.token_hex(16)}.part")
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
            received = await asyncio.to_thread(writer.finish, bytes(waiting))
        yield received
    finally:
        # Not in a thread: of a cancelled task nothing more may be awaited that has to happen.
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
