"""Server-Sent Events: bytes in, frames out; frames in, bytes out (protocol 3.9; the WHATWG event-stream format).

The decoder takes the bytes in any pieces: CRLF, LF and CR line ends, several data lines, characters and line ends
cut in half, a byte order mark, comments. It deviates from the browser's rules in one point: a frame with a name but
without data is given out (with empty data), because consumers of this protocol see it as an event (3.10).
"""

from __future__ import annotations

from typing import NamedTuple

from rookery.protocol.limits import FRAME_BYTES

DEFAULT_NAME = "message"
"""Name of an event without an `event:` line."""

_BOM = b"\xef\xbb\xbf"

# The usual frame is such a line and one data line: most of a reply's events need no closer look.
_NAME_LINES = {
    b"event: " + name.encode(): name
    for name in ("text", "replace_response", "suggested_reply", "file", "data", "json", "meta", "error", "done", "ping")
}


class Frame(NamedTuple):
    """One event before its data is understood: its name, the data lines joined by line feeds, and its `id`."""

    name: str
    data: bytes
    id: str | None = None
    """Not used by bots; the hub numbers events with it where a reply can be followed."""


class FrameTooLarge(ValueError):
    """An event, or a piece of a stream without any event's end, is longer than the decoder's bound."""

    def __init__(self, max_bytes: int, frames: list[Frame]) -> None:
        super().__init__(f"an event of the stream is longer than {max_bytes} bytes")
        self.max_bytes = max_bytes
        self.frames = frames
        """What the same call completed before the too long event, oldest first."""


class SseDecoder:
    """Turns the bytes of one stream into frames; `feed` may be called with pieces of any size.

    A frame is given out as soon as its blank line has arrived. What follows the last blank line when the stream
    ends is no event, by the format's own rule.
    """

    __slots__ = ("_after_cr", "_at_start", "_buffer", "_max_bytes")

    def __init__(self, max_frame_bytes: int = FRAME_BYTES) -> None:
        self._max_bytes = max_frame_bytes
        self._buffer = bytearray()
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[Frame]:
        """Gives the frames completed by these bytes, oldest first.

        Raises FrameTooLarge, which holds the frames before it; the stream cannot be read on then. Which event is too
        long does not depend on how the stream is cut: line ends count one byte, blank lines around it none.
        """
        if self._at_start:
            chunk = self._skip_bom(chunk)
        if not chunk:
            return []
        if self._after_cr and chunk[0] == 0x0A:
            chunk = chunk[1:]  # the second half of a CRLF whose first half already ended the line
        if b"\r" in chunk:
            self._after_cr = chunk[-1] == 0x0D
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        elif chunk:
            self._after_cr = False
        else:
            self._after_cr = False
            return []
        buffer = self._buffer
        scan_from = max(len(buffer) - 1, 0)  # the pair of line feeds may straddle two pieces
        buffer += chunk
        end = buffer.rfind(b"\n\n", scan_from)
        frames: list[Frame] = []
        if end >= 0:
            complete = bytes(buffer[:end])
            del buffer[: end + 2]
            for block in complete.split(b"\n\n"):
                block = block.strip(b"\n")
                if len(block) > self._max_bytes:
                    raise FrameTooLarge(self._max_bytes, frames)
                if block and (frame := _parse(block)) is not None:
                    frames.append(frame)
        if buffer.startswith(b"\n"):
            del buffer[:1]  # a blank line before an event; it may not count as part of it
        if len(buffer) > self._max_bytes + 1:  # one more: the last byte may be half of the blank line
            raise FrameTooLarge(self._max_bytes, frames)
        return frames

    def _skip_bom(self, chunk: bytes) -> bytes:
        head = bytes(self._buffer) + chunk
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._buffer[:] = head  # perhaps the first piece of a mark: wait for the rest
            return b""
        self._buffer.clear()
        self._at_start = False
        return head.removeprefix(_BOM)


def _parse(block: bytes) -> Frame | None:
    lines = block.split(b"\n")
    name: str | None = None
    if len(lines) == 2 and lines[1].startswith(b"data: "):
        name = _NAME_LINES.get(lines[0])
        if name is not None:
            return tuple.__new__(Frame, (name, lines[1][6:], None))  # half the time of Frame(...)
    data: list[bytes] = []
    number: str | None = None
    for line in lines:
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ").decode("utf-8", "replace")
        elif field == b"id":
            number = value.removeprefix(b" ").decode("utf-8", "replace")
    if not name and not data:
        return None
    return Frame(name or DEFAULT_NAME, data[0] if len(data) == 1 else b"\n".join(data), number)


def encode_frame(name: str, data: bytes) -> bytes:
    """Gives the bytes of one event with CRLF line ends, as the reference server writes them (protocol 3.9).

    `data` must be one line; JSON written by `events.encode_event` is.
    """
    return b"event: %b\r\ndata: %b\r\n\r\n" % (name.encode(), data)


def encode_comment(text: str) -> bytes:
    """Gives the bytes of a comment: keeps a connection open and counts as a first byte, but is no event."""
    return b": %b\r\n\r\n" % text.encode()
