"""Reading the parameters of a message: values of any type, from anybody, made into ones that can be used. Pure.

The hub checks what persons send against the declared controls; calling bots may send anything. What cannot be
understood gives the default, what is out of range the nearest limit.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence

_RATIO = re.compile(r"\s*(\d{1,4}(?:\.\d{1,4})?)\s*[:x/]\s*(\d{1,4}(?:\.\d{1,4})?)\s*")
_WIDEST = 3.0


def read_number(parameters: Mapping[str, object], name: str, *, low: float, high: float, default: float) -> float:
    """Gives a number between `low` and `high`; a text that holds a number counts as one."""
    value = parameters.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        number = float(value)
    except OverflowError:
        number = math.inf if isinstance(value, int) and value > 0 else -math.inf
    except ValueError:
        return default
    return default if math.isnan(number) else min(max(number, low), high)


def read_choice(parameters: Mapping[str, object], name: str, choices: Sequence[str], *, default: str) -> str:
    """Gives one of the choices; upper and lower case are the same."""
    value = parameters.get(name)
    wanted = value.strip().casefold() if isinstance(value, str) else ""
    return next((choice for choice in choices if choice.casefold() == wanted), default)


def read_ratio(parameters: Mapping[str, object], name: str, *, default: str) -> float:
    """Gives width divided by height, from a text such as `16:9`; between 1:3 and 3:1."""
    value = parameters.get(name)
    found = _RATIO.fullmatch(value) if isinstance(value, str) else None
    found = found or _RATIO.fullmatch(default)
    width, height = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
    if not width or not height:
        return 1.0
    return min(max(width / height, 1 / _WIDEST), _WIDEST)


def read_seed(parameters: Mapping[str, object], name: str = "seed") -> int:
    """Gives the seed as a number of 32 bits; any text is a seed as well, and none is 0."""
    value = parameters.get(name)
    if isinstance(value, bool) or value is None:
        return int(bool(value))
    if isinstance(value, int | float) and math.isfinite(_as_float(value)):
        return int(value) & 0xFFFFFFFF
    text = str(value)[:1000] if isinstance(value, str) else ""
    if text.strip().isdecimal() and len(text.strip()) < 20:
        return int(text) & 0xFFFFFFFF
    return zlib.crc32(text.encode("utf-8", "replace"))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
