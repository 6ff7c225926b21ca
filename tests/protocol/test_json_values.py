"""JSON that is hard to read: what other consumers accept, and what nobody should."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from rookery.protocol.decoding import InvalidEvent, Problem, parse_event
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import (
    JsonEvent,
    TextEvent,
)
from rookery.protocol.limits import JSON_DEPTH


def refuse(name: str, data: bytes) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        parse_event(name, data)
    return caught.value


def nest(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def test_a_byte_that_is_no_utf8_becomes_a_replacement_character() -> None:
    assert parse_event("text", b'{"text": "a\xffb"}') == TextEvent("a\ufffdb")


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (rb"\ud83d", "\ufffd"),
        (rb"a\ud83db", "a\ufffdb"),
        (rb"\ude00\ud83d", "\ufffd\ufffd"),
        (rb"\ud83d\ud83d\ude00", "\ufffd😀"),
        (rb"\ud83d\ude00", "😀"),
    ],
)
def test_half_of_a_surrogate_pair_becomes_a_replacement_character(escaped: bytes, text: str) -> None:
    event = parse_event("text", b'{"text": "%b"}' % escaped)
    assert event == TextEvent(text)
    assert text.encode()  # can be written again


def test_half_of_a_surrogate_pair_is_replaced_in_keys_and_deep_inside() -> None:
    event = parse_event("json", rb'{"\ud83d": [{"a": "\udc00"}]}')
    assert event == JsonEvent({"\ufffd": [{"a": "\ufffd"}]})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400])
def test_a_number_that_json_cannot_hold_becomes_null(number: str) -> None:
    assert parse_event("json", b'{"x": [%b]}' % number.encode()) == JsonEvent({"x": [None]})


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30])
def test_an_integer_beyond_64_bits_becomes_the_nearest_float(number: int) -> None:
    event = parse_event("json", json.dumps({"x": number, "half": "\ud800"}).encode())
    assert event == JsonEvent({"x": float(number), "half": "\ufffd"})
    assert parse_event("json", json.dumps({"x": number}).encode()) == JsonEvent({"x": float(number)})


@pytest.mark.parametrize("number", [2**64 - 1, 2**63, -(2**63), 0])
def test_an_integer_of_64_bits_stays_exact(number: int) -> None:
    for half in ("", "\ud800"):
        event = parse_event("json", json.dumps({"x": number, "half": half}).encode())
        assert isinstance(event, JsonEvent)
        assert event.data["x"] == number
        assert isinstance(event.data["x"], int)


def test_an_integer_of_thousands_of_digits_is_refused() -> None:
    assert str(refuse("json", b'{"x": %b}' % (b"9" * 100_000))) == "Invalid JSON in 'json' event"


def test_an_index_beyond_64_bits_is_ignored() -> None:
    assert parse_event("text", b'{"text": "a", "index": %d}' % 2**64) == TextEvent("a", None)


@pytest.mark.parametrize("half", ["", r"\ud800"])
@pytest.mark.parametrize("name", ["json", "error", "meta", "text", "done"])
def test_nesting_is_refused_above_the_bound_and_read_and_written_below(name: str, half: str) -> None:
    body = b'{"text": "a", "half": "%b", "raw_response": %b}'
    event = parse_event(name, body % (half.encode(), nest(JSON_DEPTH - 1)))
    assert encode_event(event)
    assert str(refuse(name, body % (half.encode(), nest(JSON_DEPTH)))) == f"Invalid JSON in '{name}' event"
    for levels in (1000, 1020, 1024, 1100, 100_000):
        assert str(refuse(name, body % (half.encode(), nest(levels)))) == f"Invalid JSON in '{name}' event"


@pytest.mark.parametrize("value", [nest(900), b'{"a":' * 900 + b"1" + b"}" * 900])
@pytest.mark.parametrize(
    ("name", "body"), [("text", b'{"text": %b}'), ("meta", b'{"linkify": %b}'), ("file", b'{"url": %b}')]
)
def test_every_report_can_be_written_as_json(name: str, body: bytes, value: bytes) -> None:
    problems: list[Problem] = []
    try:
        parse_event(name, body % value, problems.append)
    except InvalidEvent as error:
        problems.append(error.problem)
    assert orjson.dumps({"type": "report_error", "metadata": dict(problems[0].metadata)})


def test_a_text_full_of_brackets_is_not_taken_for_nesting() -> None:
    text = "[{" * 5000
    assert parse_event("text", json.dumps({"text": text}).encode()) == TextEvent(text)


def test_a_wide_object_is_not_taken_for_nesting() -> None:
    data: dict[str, Any] = {"list": [[{}] for _ in range(5000)]}
    assert parse_event("json", json.dumps(data).encode()) == JsonEvent(data)
