"""Reading one event (protocol 3.8, 3.9, 3.11)."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.protocol.decoding import EVENT_NAMES, InvalidEvent, Problem, cut, parse_event
from rookery.protocol.encoding import encode_event, event_body
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
from rookery.protocol.responses import ErrorType

from .strategies import json_objects, json_values

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
