"""One POST out, one answer in: the shapes in which the SDK talks to an HTTP client, whichever it is.

`sending.post` chooses the client. Each turns its library's exceptions into `TransportError`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

CONNECT_S = 30.0
"""Seconds to open a connection."""

BODY_START_BYTES = 64 * 1024
"""How much is read of a body that only explains an error."""


class TransportError(Exception):
    """No answer, or one that broke off. `str(error)` is a clause without address or key: "connection refused"."""

    def __init__(self, clause: str, *, is_mid_body: bool = False) -> None:
        super().__init__(clause)
        self.is_mid_body = is_mid_body
        """True when the other side closed the connection within the body."""


BodySource = bytes | Callable[[], AsyncIterable[bytes]]
"""A body, or a function that gives it in pieces, from the start each time."""


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A POST request. With a body in pieces the headers must hold `Content-Length`.

    It has no `repr`: headers and, for settings, the address hold keys.
    """

    url: str
    headers: Mapping[str, str]
    body: BodySource
    idle_s: float
    """Longest silence while waiting for the answer or its next piece, in seconds."""
    total_s: float | None = None
    """Longest time for everything, in seconds; None: no limit."""


class Answer(Protocol):
    """An answer whose head has arrived. Whoever got it calls `close` in the end, also after `finish`."""

    status: int
    reason: str
    content_type: str
    retry_after: str | None

    def pieces(self) -> AsyncGenerator[bytes, None]:
        """Gives the body as it comes. Raises TransportError."""
        ...

    async def next_piece(self) -> bytes:
        """Gives the next bytes of the body as they come; nothing (b"") at its end. Raises TransportError."""
        ...

    async def finish(self) -> None:
        """Says that no more of the body is wanted but that its end is near, so that the connection can be reused."""
        ...

    async def close(self) -> None:
        """Drops the connection unless the body was read to its end, so that the other side sees the caller go."""
        ...


async def read_start(answer: Answer, limit: int = BODY_START_BYTES) -> bytes:
    """Gives at most `limit` bytes of a body. Raises TransportError for a result that broke off.

    An explanation that broke off is given as far as it came: its status already says what went wrong.
    """
    start = bytearray()
    try:
        async with aclosing(answer.pieces()) as pieces:
            async for piece in pieces:
                start += piece
                if len(start) >= limit:
                    break
    except TransportError:
        if answer.status < 300:
            raise
    return bytes(start[:limit])
