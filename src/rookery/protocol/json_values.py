"""JSON on the wire: fast where the fast library agrees with everybody else, lenient where only it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from rookery.protocol.limits import JSON_DEPTH


class NotJson(ValueError):
    """The data is no JSON, or nested deeper than `JSON_DEPTH`."""


def load_json(data: bytes) -> object:
    """Gives the value; raises NotJson.

    NaN, halves of surrogate pairs, numbers beyond 64 bits and bytes that are no UTF-8 are read as other consumers
    read them, and made into values that can be written again.
    """
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _load_leniently(data)
    # Shorter data has no room for so many brackets.
    if len(data) > 2 * JSON_DEPTH and is_too_deep(value):
        raise NotJson(f"nested deeper than {JSON_DEPTH} levels")
    return value


def _load_leniently(data: bytes) -> object:
    try:
        return _fit_for_json(json.loads(data.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        raise NotJson("no JSON") from None


def is_too_deep(value: object) -> bool:
    """Tells whether lists and objects are nested deeper than `JSON_DEPTH`."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(JSON_DEPTH):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _fit_for_json(value: object) -> object:
    # Halves of surrogate pairs would break the encoding to UTF-8, so they become replacement characters; numbers
    # that no 64 bits hold become what the fast reader makes of them, or null.
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_fit_for_json(item) for item in value]
    if isinstance(value, dict):
        return {str(_fit_for_json(key)): _fit_for_json(item) for key, item in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 10**300 else None
    return value


def dump_json(body: Mapping[str, Any]) -> bytes:
    """Gives JSON as one line of UTF-8.

    U+0085, U+2028 and U+2029 are escaped: SSE readers built on `str.splitlines` (the reference client's among them)
    take these for line ends and would cut the event. Text cut inside a character and numbers beyond 64 bits are
    written as they would be read. Raises TypeError for an object that JSON cannot hold.
    """
    try:
        data = orjson.dumps(body)
    except orjson.JSONEncodeError:
        data = _dump_leniently(body)
    if not data.isascii():
        for raw, escaped in _LINE_ENDS:
            if raw in data:
                data = data.replace(raw, escaped)
    return data


def _dump_leniently(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(_fit_for_json(dict(body)))
    except RecursionError:
        raise TypeError("an object nested without end cannot be written as JSON") from None


_LINE_ENDS = (
    (b"\xc2\x85", b"\\u0085"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)
