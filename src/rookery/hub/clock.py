"""Time as a port: wall clock for records, monotonic clock for deadlines."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the hub needs to know about time."""

    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary point that never go back."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def microseconds(moment: datetime) -> int:
    """Microseconds since the epoch, the protocol's unit of time (protocol 3.3)."""
    return int(moment.timestamp() * 1_000_000)
