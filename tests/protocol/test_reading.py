"""Reading a bot's stream: limits, faults and what stays of a broken answer (protocol 3.8, 3.12)."""

from __future__ import annotations

import pytest
from hypothesis import given

from rookery.protocol.decoding import Problem
from rookery.protocol.encoding import encode_event, encode_events
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    FileEvent,
    MetaEvent,
    PingEvent,
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
    UnknownEvent,
)
from rookery.protocol.limits import Limits
from rookery.protocol.reading import NO_DONE, NO_TEXT, Fault, ReplyReader
from rookery.protocol.reduce import Reply, ReplyBuilder, reduce_events
from rookery.protocol.sse import encode_comment, encode_frame

from .strategies import byte_streams, cut_at, cuts, event_lists

DONE = encode_event(DoneEvent())


def read(*chunks: bytes, limits: Limits | None = None) -> ReplyReader:
    reader = ReplyReader(limits)
    for chunk in chunks:
        reader.feed(chunk)
    return reader


def text(value: str) -> bytes:
    return encode_event(TextEvent(value))


# A good answer


def test_events_are_given_out_as_they_arrive() -> None:
    reader = ReplyReader()
    assert reader.feed(text("a") + text("b")[:10]) == [TextEvent("a")]
    assert reader.feed(text("b")[10:]) == [TextEvent("b")]
    assert not reader.is_ended
    assert reader.feed(DONE) == [DoneEvent()]
    assert reader.builder.reply() == Reply(text="ab", is_done=True)
    assert read(text("ab"), DONE).is_ended


def test_a_good_answer_has_no_fault_problem_or_notice() -> None:
    reader = read(encode_comment("hello"), encode_event(MetaEvent()), text("a"), DONE)
    assert (reader.fault, reader.problems, reader.notices) == (None, [], [])


def test_events_without_effect_are_not_given_out() -> None:
    stream: list[Event] = [PingEvent(), MetaEvent(), UnknownEvent("x"), TextEvent("a", -1), TextEvent("a")]
    assert ReplyReader().feed(encode_events(stream)) == [TextEvent("a")]


def test_a_comment_before_meta_does_not_make_it_late() -> None:
    reader = read(encode_comment("ping"), encode_event(MetaEvent("text/plain")))
    assert reader.builder.reply().meta.content_type == "text/plain"


@pytest.mark.parametrize("end", [DoneEvent(), ErrorEvent("no")])
def test_nothing_after_the_end_is_read(end: Event) -> None:
    reader = ReplyReader(Limits(frame_bytes=100))
    rest = text("late") + encode_frame("text", b"broken") + b"x" * 1000
    assert reader.feed(encode_event(end) + rest) == [end]
    assert reader.feed(text("late") + rest) == []
    assert (reader.fault, reader.problems, reader.builder.reply().text) == (None, [], "")


def test_a_stream_may_end_without_done() -> None:
    reader = read(text("a"))
    assert (reader.is_ended, reader.fault, reader.builder.reply()) == (False, None, Reply(text="a"))


def test_the_reports_on_a_whole_stream_have_the_references_words() -> None:
    assert Problem("Bot exited without sending 'done' event") == NO_DONE
    assert Problem("Bot returned no text in response") == NO_TEXT


def test_an_error_event_is_no_fault_of_the_stream() -> None:
    reader = read(encode_event(ErrorEvent("no")))
    assert (reader.is_ended, reader.fault, reader.builder.error) == (True, None, ErrorEvent("no"))


# Limits


def test_ten_thousand_events_and_a_done_are_within_the_limit() -> None:
    reader = read(text("x") * 10_000, DONE)
    assert reader.fault is None
    assert reader.builder.is_done
    assert len(reader.builder.reply().text) == 10_000


def test_one_event_more_than_ten_thousand_is_refused_and_the_rest_is_kept() -> None:
    reader = read(text("x") * 10_001, DONE)
    assert reader.fault == Fault(
        "sent more than 10 000 events in one answer",
        Problem("Response exceeds the limit of 10000 events", {"limit": 10_000, "unit": "events"}),
    )
    assert (reader.is_ended, reader.builder.is_done) == (True, False)
    assert len(reader.builder.reply().text) == 10_000


@pytest.mark.parametrize("event", [PingEvent(), UnknownEvent("x"), SuggestedReplyEvent("x"), TextEvent("")])
def test_every_event_counts_for_the_limit(event: Event) -> None:
    limits = Limits(reply_events=5)
    assert read(encode_event(event) * 5, DONE, limits=limits).fault is None
    assert read(encode_event(event) * 6, DONE, limits=limits).fault is not None


def test_comments_are_no_events() -> None:
    assert read(encode_comment("ping") * 50, DONE, limits=Limits(reply_events=5)).fault is None


def test_512_000_characters_are_within_the_limit() -> None:
    reader = read(text("é" * 300_000), text("😀" * 212_000), DONE)
    assert reader.fault is None
    assert len(reader.builder.reply().text) == 512_000


def test_one_character_more_than_512_000_is_refused_and_what_came_before_is_kept() -> None:
    reader = read(text("x" * 500_000), text("y" * 12_000), text("z"), DONE)
    assert reader.fault == Fault(
        "sent more than 512 000 characters in one answer",
        Problem("Response exceeds the limit of 512000 characters", {"limit": 512_000, "unit": "characters"}),
    )
    assert reader.builder.reply() == Reply(text="x" * 500_000 + "y" * 12_000)


def test_replaced_text_still_counts_for_the_limit() -> None:
    replace = encode_event(ReplaceResponseEvent("x" * 60))
    assert read(replace, limits=Limits(reply_characters=100)).fault is None
    assert read(replace, replace, limits=Limits(reply_characters=100)).fault is not None


def test_only_the_answers_own_text_counts_for_the_characters() -> None:
    stream: list[Event] = [SuggestedReplyEvent("x" * 60), FileEvent("x" * 60, "a/b", "c"), ErrorEvent("x" * 60)]
    assert read(encode_events(stream), limits=Limits(reply_characters=50)).fault is None


def test_the_longest_answer_fits_into_one_event_even_fully_escaped() -> None:
    escaped = b'{"text":"' + rb"\ud83d\ude00" * 512_000 + b'"}'
    reader = read(encode_frame("text", escaped), DONE)
    assert reader.fault is None
    assert reader.builder.reply().text == "😀" * 512_000


def test_an_event_beyond_the_byte_limit_is_a_fault() -> None:
    reader = read(text("a"), b"data: " + b"x" * 2000, limits=Limits(frame_bytes=1500))
    assert reader.fault == Fault(
        "sent a single event of more than 1 500 bytes",
        Problem("Event exceeds the limit of 1500 bytes", {"limit": 1500, "unit": "bytes"}),
    )
    assert reader.builder.reply().text == "a"


def test_what_came_in_one_chunk_with_a_too_large_event_is_kept() -> None:
    reader = ReplyReader(Limits(frame_bytes=100))
    assert reader.feed(text("a") + text("b") + text("x" * 200) + text("c")) == [TextEvent("a"), TextEvent("b")]
    assert reader.fault is not None
    assert reader.builder.reply().text == "ab"


# Faults


@pytest.mark.parametrize(
    ("name", "data", "clause", "message", "allow_retry"),
    [
        ("text", b"{", "sent a 'text' event whose data is not JSON", "Invalid JSON in 'text' event", False),
        ("ping", b"now", "sent a 'ping' event whose data is not JSON", "Invalid JSON in 'ping' event", False),
        (
            "text",
            b"[]",
            "sent a 'text' event whose data is not a JSON object",
            "Expected JSON dict in 'text' event",
            True,
        ),
        (
            "file",
            b'{"url": 1}',
            "sent a faulty 'file' event (expected string in 'url' field for 'file' event)",
            "Expected string in 'url' field for 'file' event",
            False,
        ),
    ],
)
def test_an_event_that_cannot_be_used_ends_the_reading(
    name: str, data: bytes, clause: str, message: str, allow_retry: bool
) -> None:
    reader = ReplyReader()
    stream = text("a") + encode_frame(name, data) + text("b") + DONE
    assert reader.feed(stream) == [TextEvent("a")]
    assert reader.fault is not None
    assert (reader.fault.clause, reader.fault.allow_retry) == (clause, allow_retry)
    assert reader.fault.problem.message == message
    assert reader.builder.reply() == Reply(text="a")


def test_nothing_is_read_after_a_fault() -> None:
    reader = read(text("a"), encode_frame("text", b"{"))
    assert reader.feed(text("b")) == []
    assert reader.feed(DONE) == []
    assert (reader.is_ended, reader.builder.is_ended) == (True, False)


# Harmless breaches


def test_an_unknown_event_is_reported_noted_and_skipped() -> None:
    reader = read(text("a"), encode_frame("thinking", b"{}"), text("b"), DONE)
    assert reader.fault is None
    assert reader.problems == [Problem("Unknown event type: thinking", {"event_data": "{}"})]
    assert reader.notices == ["sent an unknown event 'thinking', which was skipped"]
    assert reader.builder.reply() == Reply(text="ab", is_done=True)


def test_the_name_of_an_unknown_event_is_cut_in_the_notice() -> None:
    assert read(encode_frame("n" * 200, b"{}")).notices == [f"sent an unknown event '{'n' * 37}...', which was skipped"]


def test_a_faulty_meta_event_is_reported_noted_and_skipped() -> None:
    reader = read(encode_frame("meta", b'{"linkify": 1, "content_type": "text/plain"}'), text("a"), DONE)
    assert reader.problems == [Problem("Invalid linkify value in 'meta' event", {"linkify": 1})]
    assert reader.notices == ["sent a faulty event, which was skipped (Invalid linkify value in 'meta' event)"]
    assert reader.builder.reply() == Reply(text="a", is_done=True)


# Any answer, any bytes


@given(event_lists, cuts)
def test_any_cutting_of_any_answer_gives_the_reply_of_its_events(events: list[Event], places: list[int]) -> None:
    reader = ReplyReader()
    given_out = [event for chunk in cut_at(encode_events(events), places) for event in reader.feed(chunk)]
    assert reader.fault is None
    assert reader.builder.reply() == reduce_events(events)
    builder = ReplyBuilder()
    assert given_out == [event for event in events if builder.apply(event)]


@given(event_lists, cuts)
def test_limits_fall_on_the_same_event_under_any_cutting(events: list[Event], places: list[int]) -> None:
    limits = Limits(reply_events=5, reply_characters=40, frame_bytes=90)
    stream = encode_events(events)
    whole, pieces = read(stream, limits=limits), read(*cut_at(stream, places), limits=limits)
    assert pieces.builder.reply() == whole.builder.reply()
    assert (pieces.fault, pieces.problems, pieces.notices) == (whole.fault, whole.problems, whole.notices)


@given(byte_streams, cuts)
def test_random_bytes_never_raise(stream: bytes, places: list[int]) -> None:
    limits = Limits(reply_events=3, reply_characters=10, frame_bytes=30)
    whole, pieces = read(stream, limits=limits), read(*cut_at(stream, places), limits=limits)
    assert pieces.builder.reply() == whole.builder.reply()
    assert pieces.fault == whole.fault


# Files and metadata


def file(number: int, url: str = "https://hub.example/files/f/a.png") -> bytes:
    return encode_event(FileEvent(f"{url}?{number}", "image/png", f"{number}.png"))


def test_the_twenty_first_file_is_left_out_and_the_limit_is_named() -> None:
    reader = read(text("a"), *(file(number) for number in range(23)), DONE)
    reply = reader.builder.reply()
    assert reply.is_done
    assert [f.file_name for f in reply.files] == [f"{number}.png" for number in range(20)]
    assert reader.notices == ["sent more than 20 files in one answer; the rest is left out"]
    assert [p.metadata for p in reader.problems] == [{"limit": 20, "unit": "files"}]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "//x"])
def test_a_file_without_a_web_address_is_left_out(url: str) -> None:
    reader = read(text("a"), encode_event(FileEvent(url, "image/png", "x.png")), DONE)
    assert reader.builder.reply().files == ()
    assert reader.notices == ["sent the file 'x.png' with an address that is no web address"]


def test_metadata_above_the_limit_is_not_kept_and_the_earlier_stays() -> None:
    reader = read(text("a"), encode_event(DataEvent("small")), encode_event(DataEvent("é" * 40_000)), DONE)
    assert reader.builder.reply().metadata == "small"
    assert reader.notices == ["sent metadata of 80000 bytes, which is not kept; the limit is 65536"]
