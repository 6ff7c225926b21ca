"""Following a reply from an event number: live from memory, or from the journal when it is over (design 5).

Both give the same numbers and the same events, so a reader that lost its connection goes on where it was.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from rookery.hub.relay.log import LogEntry, numbered
from rookery.hub.relay.store import JournalPart
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.decoding import parse_event
from rookery.protocol.events import Event
from rookery.protocol.sse import SseDecoder, encode_comment, encode_frame

PING = encode_comment("ping")


async def follow_live(live: LiveQuery, after: int, *, keep_alive_s: float) -> AsyncGenerator[bytes]:
    """Gives numbered events above `after` as they come, all that is ready in one piece, until the reply ends."""
    seen = after
    while True:
        entries = live.log.entries
        if len(entries) > seen:
            first = seen + 1
            ready = entries[seen:]
            seen += len(ready)
            yield b"".join([numbered(entry, first + i) for i, entry in enumerate(ready)])
        elif live.log.is_ended:
            return
        elif not await live.log.wait(seen, keep_alive_s):
            yield PING


def replay(parts: list[JournalPart], after: int) -> bytes:
    """Gives the numbered events above `after` of a finished query."""
    return b"".join(numbered(entry, number) for number, entry in journal_entries(parts) if number > after)


def journal_entries(parts: list[JournalPart]) -> list[tuple[int, LogEntry]]:
    """Gives the events of journal parts with their numbers."""
    entries = []
    for part in parts:
        frames = SseDecoder().feed(part.payload)
        for i, frame in enumerate(frames):
            entries.append((part.first + i, LogEntry(frame.name, encode_frame(frame.name, frame.data))))
    return entries


def decode_entry(entry: LogEntry) -> Event:
    """Gives the event that an entry holds."""
    frame = SseDecoder().feed(entry.encoded)[0]
    return parse_event(frame.name, frame.data)
