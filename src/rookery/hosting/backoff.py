"""How long to wait before a process that ended by itself is started again."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Backoff"]


@dataclass(slots=True)
class Backoff:
    """Doubling pauses, from the first again after a healthy life."""

    first_s: float = 0.5
    longest_s: float = 30.0
    healthy_after_s: float = 60.0
    """A process that lived this long was well; its end says nothing about earlier ones."""
    _next_s: float = field(default=0.0, init=False)

    def next_delay_s(self, lived_s: float) -> float:
        """The pause after a process that lived `lived_s` seconds."""
        if lived_s >= self.healthy_after_s or not self._next_s:
            self._next_s = self.first_s
        delay = self._next_s
        self._next_s = min(delay * 2, self.longest_s)
        return delay
