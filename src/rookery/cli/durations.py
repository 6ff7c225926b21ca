"""Durations as people type them: `90s`, `15m`, `12h`, `30d`, `2w`."""

from __future__ import annotations

import re

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhdw])")
_LONGEST_S = 100 * 365 * 86_400


def parse_duration(text: str) -> int:
    """Gives the seconds of a duration; raises ValueError with a sentence for people."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"'{text}' is no duration; write for example 90s, 15m, 12h, 30d or 2w")
    seconds = int(match[1]) * _UNITS_S[match[2]]
    if seconds == 0:
        raise ValueError("a duration must be above zero")
    if seconds > _LONGEST_S:
        raise ValueError(f"'{text}' is more than 100 years")
    return seconds
