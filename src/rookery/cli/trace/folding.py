"""Events for people: runs of text become one line. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rookery.cli.output import describe_size

EXCERPT_CHARACTERS = 160
_FOLDED = {"text"}


@dataclass(frozen=True, slots=True)
class Fold:
    """Some neighbouring events of one name."""

    name: str
    count: int
    size: int
    """Bytes of text (UTF-8), else of the JSON."""
    first_us: int | None
    last_us: int | None
    excerpt: str
    """The beginning of the text, else of the JSON; on one line it may need cutting further."""

    @property
    def label(self) -> str:
        """Name, number and size: `text × 214, 1.2 kB`."""
        times = f" × {self.count}" if self.count > 1 else ""
        return f"{self.name}{times}, {describe_size(self.size)}" if self.size else f"{self.name}{times}"

    @property
    def span(self) -> str:
        """When they came: `0.31–2.80 s`, `4–9 ms`, `0.31 s`, or nothing when that is not known."""
        if self.first_us is None or self.last_us is None:
            return ""
        unit_us, digits, unit = (1e3, 0, "ms") if self.last_us < 99_500 else (1e6, 2, "s")
        first, last = f"{self.first_us / unit_us:.{digits}f}", f"{self.last_us / unit_us:.{digits}f}"
        return f"{last} {unit}" if first == last else f"{first}–{last} {unit}"


def fold(events: Sequence[Mapping[str, Any]]) -> list[Fold]:
    """Gives the hub's events `{number, at_us, name, data}` in order, neighbouring texts as one."""
    folds: list[Fold] = []
    for event in events:
        name, at_us, content = str(event["name"]), event["at_us"], _content(event["data"])
        before = folds[-1] if folds else None
        if before is not None and before.name == name and name in _FOLDED:
            folds[-1] = Fold(
                name,
                before.count + 1,
                before.size + _size(content),
                before.first_us,
                at_us,
                (before.excerpt + content)[:EXCERPT_CHARACTERS],
            )
        else:
            folds.append(Fold(name, 1, _size(content), at_us, at_us, content[:EXCERPT_CHARACTERS]))
    return folds


def _content(data: Any) -> str:
    if isinstance(data, dict) and isinstance(data.get("text"), str) and set(data) <= {"text", "allow_retry", "index"}:
        return str(data["text"])
    return json.dumps(data, ensure_ascii=False) if data else ""


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def describe_duration(microseconds: int) -> str:
    """Gives a duration for people: `3 ms`, `0.31 s`, `12.3 s`, `2 min 5 s`, `3 h 20 min`."""
    if microseconds < 99_500:
        return f"{microseconds / 1000:.0f} ms"
    seconds = microseconds / 1e6
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
