"""One request and all that came back, measured and bounded: no server can hold the checker or fill its memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import httpx

from rookery.protocol.events import DoneEvent, ErrorEvent
from rookery.protocol.limits import FIRST_BYTE_S
from rookery.protocol.sse import Frame, FrameTooLarge, SseDecoder

HIDDEN = "[access key]"

TERMINATORS = (DoneEvent.name, ErrorEvent.name)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long is waited and how much is read."""

    first_byte_s: float = FIRST_BYTE_S
    """Limit of the protocol for the first byte of any answer, in seconds."""
    answer_s: float = 30.0
    """For one whole answer, in seconds; a longer one is allowed but cannot be judged to its end."""
    linger_s: float = 1.0
    """For what follows `done` or `error`, in seconds."""
    refusal_s: float = 2.0
    """For refusing a body that is too large, in seconds."""
    answer_bytes: int = 16 * 1024 * 1024
    """Read of one answer."""


End = Literal["whole", "late", "too_large", "broken", "unreachable", "left"]
"""How an exchange ended; `left`: the checker went away on purpose."""


@dataclass(slots=True)
class Exchange:
    """What was seen; times in seconds since the request was begun, None for what never came."""

    end: End = "whole"
    failure: str = ""
    """For any end but `whole` and `left`: a clause that fits after "the server"."""
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    body: bytes = b""
    frames: list[Frame] = field(default_factory=list)
    has_terminator: bool = False
    """Whether an event has come that ends an answer."""
    first_byte_s: float | None = None
    """First byte of the body."""
    first_event_s: float | None = None
    total_s: float = 0.0
    longest_silence_s: float = 0.0

    @property
    def is_refused(self) -> bool:
        """Tells whether the key was not accepted."""
        return self.status in (401, 403)

    @property
    def is_cut(self) -> bool:
        """Tells whether a bound of ours ended the reading."""
        return self.end in ("late", "too_large")

    def hide(self, secret: str) -> None:
        """Takes a secret out of all that was received."""
        raw, mask = secret.encode(), HIDDEN.encode()
        self.headers = httpx.Headers([(name, value.replace(secret, HIDDEN)) for name, value in self.headers.items()])
        self.body = self.body.replace(raw, mask)
        self.frames = [
            frame._replace(name=frame.name.replace(secret, HIDDEN), data=frame.data.replace(raw, mask))
            for frame in self.frames
        ]

    @property
    def comments(self) -> int:
        """How many comment lines the body holds."""
        return sum(line.startswith(b":") for line in self.body.replace(b"\r", b"\n").split(b"\n"))


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, bounds: Bounds, limit_s: float, *, leaves_early: bool = False
) -> Exchange:
    """Sends a request and reads the answer to its end, or to a bound; never raises for what the server does.

    With `leaves_early` the connection is closed at the first event.
    """
    seen = Exchange()
    begun_s = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(limit_s) as scope:
            await _read(client, request, bounds, seen, scope, leaves_early=leaves_early)
    except TimeoutError:
        if not seen.has_terminator:
            seen.end, seen.failure = "late", _describe_late(seen, limit_s)
    except (httpx.HTTPError, UnicodeError) as error:  # UnicodeError: a host name that no name server can be asked for
        seen.end = "unreachable" if isinstance(error, httpx.ConnectError | UnicodeError) else "broken"
        seen.failure = describe_failure(error, has_begun=seen.status is not None)
    seen.total_s = asyncio.get_running_loop().time() - begun_s
    return seen


async def _read(
    client: httpx.AsyncClient,
    request: httpx.Request,
    bounds: Bounds,
    seen: Exchange,
    scope: asyncio.Timeout,
    *,
    leaves_early: bool,
) -> None:
    now_s = asyncio.get_running_loop().time
    begun_s = last_s = now_s()
    body = bytearray()
    decoder: SseDecoder | None = SseDecoder(bounds.answer_bytes)
    response = await client.send(request, stream=True)
    try:
        seen.status, seen.headers = response.status_code, response.headers
        async for chunk in response.aiter_bytes():
            moment_s = now_s()
            seen.longest_silence_s = max(seen.longest_silence_s, moment_s - last_s)
            last_s = moment_s
            if seen.first_byte_s is None:
                seen.first_byte_s = moment_s - begun_s
            body += chunk
            if len(body) > bounds.answer_bytes:
                seen.end, seen.failure = "too_large", f"sent more than {bounds.answer_bytes >> 20} MiB"
                return
            if decoder is not None:
                had_terminator = seen.has_terminator
                decoder = _decode(decoder, chunk, seen)
                if seen.frames and seen.first_event_s is None:
                    seen.first_event_s = moment_s - begun_s
                if seen.has_terminator and not had_terminator:
                    scope.reschedule(min(scope.when() or moment_s, moment_s + bounds.linger_s))
            if leaves_early and seen.frames:
                seen.end = "left"
                return
    finally:
        seen.body = bytes(body)
        await response.aclose()


def _decode(decoder: SseDecoder, chunk: bytes, seen: Exchange) -> SseDecoder | None:
    following: SseDecoder | None = decoder
    try:
        frames = decoder.feed(chunk)
    except FrameTooLarge as error:
        frames, following = error.frames, None
    seen.frames += frames
    seen.has_terminator = seen.has_terminator or any(frame.name in TERMINATORS for frame in frames)
    return following


def _describe_late(seen: Exchange, limit_s: float) -> str:
    if seen.status is None:
        return f"gave no answer within {limit_s:g} s"
    if seen.first_byte_s is None:
        return f"answered {seen.status}, but no byte of the body within {limit_s:g} s"
    return f"had not finished its answer after {limit_s:g} s"


def describe_failure(error: Exception, *, has_begun: bool) -> str:
    """Gives a clause that fits after "the server"."""
    text = " ".join(str(error).split())
    lower = text.lower()
    if isinstance(error, UnicodeError):
        return "cannot be found: its host name is not valid"
    if isinstance(error, httpx.ConnectError):
        if "ssl" in lower or "certificate" in lower:
            return f"has no TLS connection that can be trusted ({text})"
        if any(word in lower for word in ("name or service", "nodename", "getaddrinfo", "name resolution")):
            return "cannot be found: its host name is not known"
        return "cannot be reached: nobody answers at the address"
    if isinstance(error, httpx.LocalProtocolError):
        return f"could not be asked ({text})"
    if isinstance(error, httpx.DecodingError):
        return f"sent an answer that cannot be unpacked ({text})"
    if has_begun:
        return "broke the connection in the middle of its answer"
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in lower:
        return f"sent something that is not HTTP ({text})"
    return "closed the connection without an answer"
