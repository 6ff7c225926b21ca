"""The events of one running reply, numbered from 1, to be followed by any number of readers.

Each batch of events that came together has one mark, its time; one for each event would cost more than the event.

Appending never waits: a slow reader cannot slow the bot, and a reply is bounded by the protocol's limits, so the
whole of it stays in memory until it has ended and is in the journal.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from typing import NamedTuple

from rookery.hub.relay.model import PRIVATE_EVENTS


class LogEntry(NamedTuple):
    """One event as its name and its bytes on the wire."""

    name: str
    encoded: bytes


Mark = tuple[int, int]
"""The number of a batch's first event, and when it came, in microseconds since the query began."""


class EventLog:
    """An append-only list of events with waiting readers."""

    __slots__ = ("_began_ns", "_waiters", "entries", "is_ended", "marks")

    def __init__(self) -> None:
        self._began_ns = time.monotonic_ns()
        self.entries: list[LogEntry] = []
        self.marks: list[Mark] = []
        self.is_ended = False
        self._waiters: list[asyncio.Future[None]] = []

    def append(self, entries: list[LogEntry]) -> None:
        """Adds events that came together, and wakes the readers."""
        self.marks.append((len(self.entries) + 1, (time.monotonic_ns() - self._began_ns) // 1000))
        self.entries.extend(entries)
        self.wake()

    def marks_from(self, number: int) -> list[Mark]:
        """Gives the marks of the batches that begin with this event or a later one."""
        return self.marks[bisect_left(self.marks, (number,)) :]

    def end(self) -> None:
        """Says that nothing more will come."""
        self.is_ended = True
        self.wake()

    def wake(self) -> None:
        """Lets every waiting reader look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seen: int, timeout_s: float) -> bool:
        """Returns as soon as there is more than `seen` events or the end, or when `wake` is called.

        Gives False when nothing of that happened in `timeout_s` seconds.
        """
        if len(self.entries) > seen or self.is_ended:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                await waiter
        except TimeoutError:
            return False
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
        return True

    def public_bytes(self, start: int) -> bytes:
        """Gives what callers over the Bot Query API see of the events from position `start` on (3.9.6)."""
        return b"".join([e.encoded for e in self.entries[start:] if e.name not in PRIVATE_EVENTS])


def numbered(entry: LogEntry, number: int) -> bytes:
    """Gives the bytes of an event with its number as the SSE id, from which a reader may resume."""
    return b"id: %d\r\n%b" % (number, entry.encoded)
