"""Lines out of a byte stream, of bounded length."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["LINE_LIMIT_BYTES", "LineSplitter"]

LINE_LIMIT_BYTES = 64 * 1024
"""A longer line comes in pieces, so that a bot printing a file without line ends costs no memory here."""


class LineSplitter:
    """Fed with chunks, gives text lines without their endings. Bytes that are not UTF-8 are replaced."""

    def __init__(self, limit_bytes: int = LINE_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The lines that `chunk` completes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            yield from self._pieces(line)
        while len(self._rest) > self._limit:
            piece, self._rest = self._rest[: self._limit], self._rest[self._limit :]
            yield _decode(piece)

    def flush(self) -> Iterator[str]:
        """The last line, when it had no ending."""
        rest, self._rest = self._rest, b""
        if rest:
            yield _decode(rest)

    def _pieces(self, line: bytes) -> Iterator[str]:
        for start in range(0, max(len(line), 1), self._limit):
            yield _decode(line[start : start + self._limit])


def _decode(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")
