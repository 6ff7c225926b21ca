"""Reading one event and writing it (protocol 3.8, 3.9, 3.11)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.protocol.decoding import EVENT_NAMES, InvalidEvent, Problem, cut, parse_event
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
    UnknownEvent,
)
from rookery.protocol.json_values import dump_json
from rookery.protocol.limits import JSON_DEPTH
from rookery.protocol.responses import ErrorType

from .strategies import events, json_objects, json_values

TEXT_NAMES = ["text", "replace_response", "suggested_reply"]
FILE = {"url": "https://files.example/1", "content_type": "image/png", "name": "fox.png"}


def parse(name: str, body: object) -> Event:
    """Reads a body that must not lead to any problem."""
    problems: list[Problem] = []
    event = parse_event(name, json.dumps(body).encode(), problems.append)
    assert problems == []
    return event


def refuse(name: str, data: bytes) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as caught:
        parse_event(name, data)
    return caught.value


def nest(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


# What each event holds


@pytest.mark.parametrize(
    ("name", "body", "event"),
    [
        ("text", {"text": "hé\nllo"}, TextEvent("hé\nllo")),
        ("text", {"text": ""}, TextEvent("")),
        ("text", {"text": "b", "index": 2}, TextEvent("b", 2)),
        ("replace_response", {"text": ""}, ReplaceResponseEvent("")),
        ("replace_response", {"text": "new", "index": 0}, ReplaceResponseEvent("new", 0)),
        ("suggested_reply", {"text": "Go on"}, SuggestedReplyEvent("Go on")),
        ("suggested_reply", {"text": "Go on", "index": 1}, SuggestedReplyEvent("Go on", 1)),
        ("file", FILE, FileEvent("https://files.example/1", "image/png", "fox.png")),
        (
            "file",
            {**FILE, "inline_ref": "ab12", "index": 3},
            FileEvent("https://files.example/1", "image/png", "fox.png", "ab12", 3),
        ),
        ("data", {"metadata": '{"step": 2}'}, DataEvent('{"step": 2}')),
        ("data", {"metadata": "", "index": 1}, DataEvent("", 1)),
        ("json", {}, JsonEvent({})),
        ("json", {"choices": [], "index": 4}, JsonEvent({"choices": [], "index": 4}, 4)),
        ("meta", {}, MetaEvent("text/markdown", suggested_replies=False, linkify=False, refetch_settings=False)),
        (
            "meta",
            {"content_type": "text/plain", "suggested_replies": True, "linkify": True, "refetch_settings": True},
            MetaEvent("text/plain", suggested_replies=True, linkify=True, refetch_settings=True),
        ),
        ("error", {}, ErrorEvent(None, allow_retry=True, error_type=None, raw_response=None)),
        (
            "error",
            {"text": "no", "allow_retry": False, "error_type": "user_caused_error", "raw_response": "ValueError()"},
            ErrorEvent("no", allow_retry=False, error_type="user_caused_error", raw_response="ValueError()"),
        ),
        ("done", {}, DoneEvent()),
        ("done", {"anything": [1, 2]}, DoneEvent()),
        ("ping", {}, PingEvent()),
        ("ping", {"at": 1}, PingEvent()),
    ],
)
def test_each_event_is_read_with_its_fields_and_defaults(name: str, body: dict[str, Any], event: Event) -> None:
    assert parse(name, body) == event


@pytest.mark.parametrize("name", sorted(EVENT_NAMES))
def test_unknown_keys_have_no_effect(name: str) -> None:
    body = {"text": "a", "metadata": "b", **FILE}
    read = parse(name, {**body, "x-new": [1]})
    if name == "json":
        assert read == JsonEvent({**body, "x-new": [1]})
    else:
        assert read == parse(name, body)


def test_every_event_name_of_the_protocol_is_known() -> None:
    assert {
        *("meta", "text", "replace_response", "suggested_reply", "file"),
        *("data", "json", "error", "done", "ping"),
    } == EVENT_NAMES


@pytest.mark.parametrize("index", [1.0, 1.5, "1", True, False, None, [], {}])
@pytest.mark.parametrize("name", TEXT_NAMES)
def test_an_index_that_is_no_integer_is_ignored(name: str, index: object) -> None:
    assert parse(name, {"text": "a", "index": index}) == parse(name, {"text": "a"})


@pytest.mark.parametrize("inline_ref", [1, True, ["a"], {}])
def test_an_inline_reference_of_a_wrong_type_counts_as_absent(inline_ref: object) -> None:
    assert parse("file", {**FILE, "inline_ref": inline_ref}) == parse("file", FILE)


@pytest.mark.parametrize("name", ["done", "ping"])
def test_done_and_ping_may_come_without_data(name: str) -> None:
    assert parse_event(name, b"") == parse(name, {})


@pytest.mark.parametrize("content_type", ["text/html", "TEXT/MARKDOWN", "", "text/markdown; charset=utf-8"])
def test_a_content_type_that_is_not_known_becomes_plain_text(content_type: str) -> None:
    assert parse("meta", {"content_type": content_type}) == MetaEvent("text/plain")


@pytest.mark.parametrize("value", [1, "true", None, [], {}])
def test_only_true_asks_for_the_settings_again(value: object) -> None:
    assert parse("meta", {"refetch_settings": value}) == MetaEvent(refetch_settings=False)


@pytest.mark.parametrize(
    "error_type", ["user_message_too_long", "insufficient_fund", "user_caused_error", "privacy_authorization_error"]
)
def test_the_four_error_types_are_known(error_type: ErrorType) -> None:
    assert parse("error", {"error_type": error_type}) == ErrorEvent(error_type=error_type)


@pytest.mark.parametrize("error_type", ["out_of_cheese", "", None, 1, ["insufficient_fund"]])
def test_an_unknown_error_type_counts_as_absent(error_type: object) -> None:
    assert parse("error", {"error_type": error_type}) == ErrorEvent(error_type=None)


@pytest.mark.parametrize(("value", "allowed"), [(True, True), (False, False), (0, False), (None, False), ("yes", True)])
def test_allow_retry_is_read_by_its_truth(value: object, allowed: bool) -> None:
    assert parse("error", {"allow_retry": value}) == ErrorEvent(allow_retry=allowed)


def test_an_error_text_that_is_no_string_counts_as_absent() -> None:
    assert parse("error", {"text": {"de": "nein"}}) == ErrorEvent(text=None)


def test_a_raw_response_that_is_no_string_is_kept_as_json() -> None:
    assert parse("error", {"raw_response": {"status": 500}}) == ErrorEvent(raw_response='{"status": 500}')


def test_the_last_of_two_equal_keys_counts() -> None:
    assert parse_event("text", b'{"text": "a", "text": "b"}') == TextEvent("b")


# What is reported (3.8)


@pytest.mark.parametrize("data", [b"", b"{", b"{'text': 'a'}", b'{"text": "a"', b"text", b"\xef\xbb\xbf{}", b"\xff"])
@pytest.mark.parametrize("name", ["text", "meta", "json", "error"])
def test_data_that_is_not_json_is_refused(name: str, data: bytes) -> None:
    error = refuse(name, data)
    assert str(error) == error.problem.message == f"Invalid JSON in '{name}' event"
    assert error.problem.metadata == {"data": data.decode(errors="replace")}
    assert (error.event_name, error.allow_retry) == (name, False)


@pytest.mark.parametrize("name", ["done", "ping"])
def test_done_and_ping_with_data_that_is_not_json_are_refused(name: str) -> None:
    assert str(refuse(name, b"[DONE")) == f"Invalid JSON in '{name}' event"


@pytest.mark.parametrize("data", [b"[]", b'"text"', b"null", b"1", b"true", b'[{"text": "a"}]'])
@pytest.mark.parametrize("name", sorted(EVENT_NAMES))
def test_json_that_is_no_object_is_refused_and_may_be_retried(name: str, data: bytes) -> None:
    error = refuse(name, data)
    assert error.problem == Problem(f"Expected JSON dict in '{name}' event", {"data": data.decode()})
    assert error.allow_retry is True


@pytest.mark.parametrize("value", [None, 1, True, ["a"], {"text": "a"}])
@pytest.mark.parametrize(
    ("name", "field"),
    [*((name, "text") for name in TEXT_NAMES), ("data", "metadata"), *(("file", key) for key in FILE)],
)
def test_a_field_that_must_be_a_string_is_named_in_the_report(name: str, field: str, value: object) -> None:
    body = {"text": "a", "metadata": "b", **FILE, field: value}
    error = refuse(name, json.dumps(body).encode())
    assert error.problem == Problem(f"Expected string in '{field}' field for '{name}' event", {"data": body})
    assert error.allow_retry is False


@pytest.mark.parametrize("name", [*TEXT_NAMES, "data", "file"])
def test_an_absent_field_is_reported_like_one_of_a_wrong_type(name: str) -> None:
    field = {"data": "metadata", "file": "url"}.get(name, "text")
    assert str(refuse(name, b"{}")) == f"Expected string in '{field}' field for '{name}' event"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("linkify", 1), ("linkify", "true"), ("linkify", None)),
        *(("suggested_replies", 0), ("suggested_replies", "false"), ("suggested_replies", ["yes"])),
        *(("content_type", None), ("content_type", 1), ("content_type", ["text/plain"])),
    ],
)
def test_a_meta_event_with_one_wrong_value_is_reported_and_ignored_as_a_whole(key: str, value: object) -> None:
    problems: list[Problem] = []
    body = {"content_type": "text/plain", "suggested_replies": True, "linkify": True, key: value}
    assert parse_event("meta", json.dumps(body).encode(), problems.append) == MetaEvent()
    assert problems == [Problem(f"Invalid {key} value in 'meta' event", {key: value})]


def test_only_the_first_wrong_value_of_a_meta_event_is_reported() -> None:
    problems: list[Problem] = []
    parse_event("meta", b'{"content_type": 1, "suggested_replies": 1, "linkify": 1}', problems.append)
    assert [problem.message for problem in problems] == ["Invalid linkify value in 'meta' event"]


def test_an_unknown_event_is_reported_and_skipped() -> None:
    problems: list[Problem] = []
    assert parse_event("thinking", b'{"text": "hm"}', problems.append) == UnknownEvent("thinking")
    assert problems == [Problem("Unknown event type: thinking", {"event_data": '{"text": "hm"}'})]


@pytest.mark.parametrize("data", [b"", b"no JSON", b"\xff\x00"])
def test_the_data_of_an_unknown_event_may_be_anything(data: bytes) -> None:
    assert parse_event("thinking", data) == UnknownEvent("thinking")


def test_an_event_without_a_name_is_reported_under_the_formats_own_name() -> None:
    problems: list[Problem] = []
    parse_event("message", b"{}", problems.append)
    assert problems == [Problem("Unknown event type: message", {"event_data": "{}"})]


def test_long_names_and_data_of_unknown_events_are_cut_in_the_report() -> None:
    problems: list[Problem] = []
    parse_event("n" * 101, b"d" * 501, problems.append)
    parse_event("n" * 100, b"d" * 500, problems.append)
    assert problems == [
        Problem("Unknown event type: " + "n" * 97 + "...", {"event_data": "d" * 497 + "..."}),
        Problem("Unknown event type: " + "n" * 100, {"event_data": "d" * 500}),
    ]


def test_long_data_is_cut_in_the_report_of_a_broken_event() -> None:
    assert refuse("text", b"{" * 501).problem.metadata == {"data": "{" * 497 + "..."}
    assert refuse("text", b'{"text": 1, "x": "%b"}' % (b"d" * 501)).problem.metadata == {
        "data": {"text": 1, "x": "d" * 497 + "..."}
    }


@pytest.mark.parametrize(("text", "limit", "shown"), [("abcd", 4, "abcd"), ("abcde", 4, "a..."), ("abc", 3, "abc")])
def test_cutting_keeps_the_limit_and_ends_in_three_dots(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


# JSON that is hard to read


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


# Writing


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


@given(
    st.sampled_from(sorted(EVENT_NAMES)),
    st.binary(max_size=60) | st.text(r'{}[]",:\ud80123456789.e+-nulltruefase ', max_size=40).map(str.encode),
)
def test_random_bytes_raise_nothing_but_invalid_event(name: str, data: bytes) -> None:
    with suppress(InvalidEvent):
        assert event_body(parse_event(name, data, lambda _: None)) is not None


@given(
    st.sampled_from(sorted(EVENT_NAMES)),
    st.dictionaries(
        st.sampled_from(["text", "index", "url", "name", "content_type", "inline_ref", "metadata", "linkify", "x"]),
        json_values | st.text(alphabet=st.characters(categories=["Cs", "L"]), max_size=4),
    ),
)
def test_any_object_gives_an_event_or_a_report_that_can_both_be_written(name: str, body: dict[str, Any]) -> None:
    problems: list[Problem] = []
    try:
        assert encode_event(parse_event(name, json.dumps(body).encode(), problems.append))
    except InvalidEvent as error:
        problems.append(error.problem)
    for problem in problems:
        assert orjson.dumps({"message": problem.message, "metadata": dict(problem.metadata)})


@given(json_objects)
def test_any_object_is_carried_by_a_json_event_untouched(data: dict[str, Any]) -> None:
    event = parse_event("json", dump_json(data))
    assert isinstance(event, JsonEvent)
    assert event.data == data
