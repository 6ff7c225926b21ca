"""Writing events, and reading them back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from rookery.protocol.decoding import parse_event
from rookery.protocol.encoding import encode_event, encode_events, event_body
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    FileEvent,
    JsonEvent,
    MetaEvent,
    PingEvent,
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
)
from rookery.protocol.json_values import dump_json

from .strategies import events


@pytest.mark.parametrize(
    ("event", "wire"),
    [
        (TextEvent("hé\nllo"), 'event: text\r\ndata: {"text":"hé\\nllo"}\r\n\r\n'),
        (TextEvent("b", 0), 'event: text\r\ndata: {"text":"b","index":0}\r\n\r\n'),
        (ReplaceResponseEvent(""), 'event: replace_response\r\ndata: {"text":""}\r\n\r\n'),
        (SuggestedReplyEvent("Go", 1), 'event: suggested_reply\r\ndata: {"text":"Go","index":1}\r\n\r\n'),
        (
            FileEvent("u", "t", "n"),
            'event: file\r\ndata: {"url":"u","content_type":"t","name":"n","inline_ref":null}\r\n\r\n',
        ),
        (DataEvent("m"), 'event: data\r\ndata: {"metadata":"m"}\r\n\r\n'),
        (JsonEvent({"a": [1, None]}), 'event: json\r\ndata: {"a":[1,null]}\r\n\r\n'),
        (
            MetaEvent("text/plain"),
            'event: meta\r\ndata: {"content_type":"text/plain","suggested_replies":false,"linkify":false,'
            '"refetch_settings":false}\r\n\r\n',
        ),
        (ErrorEvent(), 'event: error\r\ndata: {"allow_retry":true}\r\n\r\n'),
        (
            ErrorEvent("", allow_retry=False, error_type="insufficient_fund", raw_response="r"),
            'event: error\r\ndata: {"allow_retry":false,"text":"","raw_response":"r",'
            '"error_type":"insufficient_fund"}\r\n\r\n',
        ),
        (DoneEvent(), "event: done\r\ndata: {}\r\n\r\n"),
        (PingEvent(), "event: ping\r\ndata: {}\r\n\r\n"),
    ],
)
def test_each_event_is_written_as_one_name_and_one_object(event: Event, wire: str) -> None:
    assert encode_event(event) == wire.encode()


@pytest.mark.parametrize("text", ["a\u0085b", "a\u2028b", "a\u2029b", "\u0085\u2028\u2029\n\r\x0b\x0c\x1c\x1d\x1e"])
def test_characters_that_some_readers_take_for_line_ends_are_escaped(text: str) -> None:
    wire = encode_event(TextEvent(text)).decode()
    assert wire.splitlines() == wire.split("\r\n")[:-1]
    assert parse_event("text", dump_json({"text": text})) == TextEvent(text)


def test_line_end_characters_are_escaped_in_keys_too() -> None:
    assert dump_json({"a\u2028": 1}) == b'{"a\\u2028":1}'


def test_other_characters_are_written_as_utf8() -> None:
    assert dump_json({"text": "é漢😀"}) == '{"text":"é漢😀"}'.encode()


def test_half_of_a_surrogate_pair_is_written_as_a_replacement_character() -> None:
    """An author's text may be cut inside a character; that must not end the answer."""
    assert encode_event(TextEvent("a\ud83d")) == encode_event(TextEvent("a\ufffd"))
    assert dump_json({"\udc00": ["\ud83d"]}) == dump_json({"\ufffd": ["\ufffd"]})


def test_numbers_that_json_cannot_hold_are_written_as_readers_would_read_them() -> None:
    data = dump_json({"a": 2**64, "b": float("nan"), "c": 10**400, "d": float("inf")})
    assert json.loads(data) == {"a": 2.0**64, "b": None, "c": None, "d": None}


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_an_object_that_json_cannot_hold_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        encode_event(JsonEvent({"a": value}))


def test_an_object_that_holds_itself_is_a_type_error() -> None:
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    with pytest.raises(TypeError):
        encode_event(JsonEvent(loop))


def test_several_events_are_written_as_one_piece() -> None:
    assert encode_events([TextEvent("a"), DoneEvent()]) == encode_event(TextEvent("a")) + encode_event(DoneEvent())
    assert encode_events([]) == b""


def test_writing_a_json_event_does_not_change_its_object() -> None:
    data: dict[str, Any] = {"a": 1}
    assert event_body(JsonEvent(data, 2)) == {"a": 1, "index": 2}
    assert data == {"a": 1}


# Any event, any bytes


@given(events)
def test_a_body_is_read_back_as_the_event_it_was_made_from(event: Event) -> None:
    assert parse_event(event.name, dump_json(event_body(event))) == event


@given(events)
def test_a_written_event_is_one_line_of_json_that_reads_back(event: Event) -> None:
    name_line, data_line, *rest = encode_event(event).decode().splitlines()
    assert rest == [""]
    assert parse_event(name_line.removeprefix("event: "), data_line.removeprefix("data: ").encode()) == event
