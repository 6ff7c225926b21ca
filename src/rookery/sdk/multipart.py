"""A file as a `multipart/form-data` body, read piece by piece, and again for a second try (10.2, C10 to C12)."""

from __future__ import annotations

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncGenerator
from io import SEEK_END
from typing import BinaryIO

PIECE_BYTES = 256 * 1024


class FileSource:
    """The bytes of a file, in memory or behind a file object; `pieces` may be called again and again.

    A file object is read from where it stands; one that cannot be rewound is read into memory first. It is never
    closed here.
    """

    def __init__(self, data: bytes | None, file: BinaryIO | None, start: int, size_bytes: int) -> None:
        self._data = data
        self._file = file
        self._start = start
        self.size_bytes = size_bytes

    @classmethod
    async def open(cls, file: bytes | bytearray | memoryview | str | BinaryIO) -> FileSource:
        """Makes a source; text becomes UTF-8."""
        if isinstance(file, str):
            file = file.encode()
        if isinstance(file, bytes | bytearray | memoryview):
            data = bytes(file)
            return cls(data, None, 0, len(data))
        return await asyncio.to_thread(cls._from_file, file)

    @classmethod
    def _from_file(cls, file: BinaryIO) -> FileSource:
        if not (hasattr(file, "seekable") and file.seekable()):
            return cls._from_text_or_bytes(file.read())
        start = file.tell()
        if isinstance(file.read(0), str):  # opened in text mode: positions do not count bytes
            return cls._from_text_or_bytes(file.read())
        size_bytes = file.seek(0, SEEK_END) - start
        file.seek(start)
        return cls(None, file, start, size_bytes)

    @classmethod
    def _from_text_or_bytes(cls, content: str | bytes) -> FileSource:
        data = content.encode() if isinstance(content, str) else content
        return cls(data, None, 0, len(data))

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Gives the content from its start; reads files in a thread."""
        if self._file is None:
            yield self._data or b""
            return
        await asyncio.to_thread(self._file.seek, self._start)
        unread = self.size_bytes
        while unread > 0:
            piece = await asyncio.to_thread(self._file.read, min(PIECE_BYTES, unread))
            if not piece:
                break
            unread -= len(piece)
            yield piece


class MultipartFile:
    """A body with the one part `file` (protocol 5.4)."""

    def __init__(self, source: FileSource, file_name: str) -> None:
        boundary = secrets.token_hex(16)
        content_type = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        self._source = source
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{_escape(file_name)}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + source.size_bytes + len(self._tail)),
        }

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Gives the whole body, from its start each time."""
        yield self._head
        async for piece in self._source.pieces():
            yield piece
        yield self._tail


def _escape(file_name: str) -> str:
    # As browsers do (WHATWG, multipart/form-data encoding): the name stays within its quotes and its line.
    return file_name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
