"""The SSE codec, from bytes to frames and back (protocol 3.9, 3.10; the event-stream format)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.protocol.decoding import parse_event
from rookery.protocol.encoding import encode_events
from rookery.protocol.events import Event
from rookery.protocol.sse import DEFAULT_NAME, Frame, FrameTooLarge, SseDecoder, encode_comment, encode_frame

from .strategies import LINE_ENDS, byte_streams, cut_at, cuts, event_lists

BOM = b"\xef\xbb\xbf"


def read(*chunks: bytes, max_frame_bytes: int = 1000) -> list[Frame]:
    decoder = SseDecoder(max_frame_bytes)
    return [frame for chunk in chunks for frame in decoder.feed(chunk)]


def read_bounded(chunks: list[bytes], max_frame_bytes: int) -> tuple[list[Frame], bool]:
    """The frames before the bound was passed, and whether it was."""
    decoder = SseDecoder(max_frame_bytes)
    frames: list[Frame] = []
    for chunk in chunks:
        try:
            frames += decoder.feed(chunk)
        except FrameTooLarge as error:
            return frames + error.frames, True
    return frames, False


def read_naively(data: bytes) -> list[Frame]:
    """The format's rules line by line over the whole stream: what the fast decoder must agree with."""
    frames = []
    lines = re.split(rb"\r\n|\n|\r", data.removeprefix(BOM))
    fields: list[tuple[bytes, bytes]] = []
    for line in lines[:-1]:  # what follows the last line end is no line yet
        if line:
            name, _, value = line.partition(b":")
            fields.append((name, value.removeprefix(b" ")))
            continue
        names = [value for name, value in fields if name == b"event"]
        data_lines = [value for name, value in fields if name == b"data"]
        ids = [value for name, value in fields if name == b"id"]
        if data_lines or (names and names[-1]):
            name_text = names[-1].decode(errors="replace") if names and names[-1] else DEFAULT_NAME
            frames.append(Frame(name_text, b"\n".join(data_lines), ids[-1].decode(errors="replace") if ids else None))
        fields = []
    return frames


@pytest.mark.parametrize("line_end", LINE_ENDS)
def test_an_event_ends_with_a_blank_line_of_any_style(line_end: bytes) -> None:
    stream = line_end.join([b"event: text", b'data: {"text":"hi"}', b"", b""])
    assert read(stream) == [Frame("text", b'{"text":"hi"}')]


@pytest.mark.parametrize("first", LINE_ENDS)
@pytest.mark.parametrize("second", LINE_ENDS)
@pytest.mark.parametrize("third", LINE_ENDS)
def test_line_end_styles_may_be_mixed_in_one_event(first: bytes, second: bytes, third: bytes) -> None:
    stream = b"event: a" + first + b"data: 1" + second + third + b"data: 2" + third + third
    if second + third == b"\r\n":  # a CR and an LF side by side are one line end
        assert read(stream) == [Frame("a", b"1\n2")]
    else:
        assert read(stream) == [Frame("a", b"1"), Frame(DEFAULT_NAME, b"2")]


def test_a_crlf_cut_in_half_is_one_line_end() -> None:
    assert read(b"data: 1\r", b"\ndata: 2\r", b"\n\r", b"\n") == [Frame(DEFAULT_NAME, b"1\n2")]


def test_a_crlf_cut_in_half_with_an_empty_chunk_between_is_one_line_end() -> None:
    assert read(b"data: 1\r", b"", b"\ndata: 2\r\n\r\n") == [Frame(DEFAULT_NAME, b"1\n2")]


def test_an_event_ended_by_cr_is_given_out_before_a_line_feed_could_follow() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: 1\r\n\r") == [Frame(DEFAULT_NAME, b"1")]
    assert decoder.feed(b"\ndata: 2\r\n\r\n") == [Frame(DEFAULT_NAME, b"2")]


def test_a_character_cut_in_half_arrives_whole() -> None:
    data = "é😀".encode()
    stream = b"data: " + data + b"\n\n"
    for place in range(len(stream)):
        assert read(stream[:place], stream[place:]) == [Frame(DEFAULT_NAME, data)]


def test_a_stream_fed_byte_by_byte_gives_the_same_frames() -> None:
    stream = b"event: text\r\ndata: 1\r\n\r\n: ping\r\n\r\nevent: done\r\ndata: {}\r\n\r\n"
    assert read(*[bytes([byte]) for byte in stream]) == read(stream) == [Frame("text", b"1"), Frame("done", b"{}")]


def test_several_data_lines_are_joined_by_line_feeds() -> None:
    assert read(b'data: {"text":\ndata: "hi"}\ndata\ndata:\n\n') == [Frame(DEFAULT_NAME, b'{"text":\n"hi"}\n\n')]


def test_an_event_of_very_many_data_lines_takes_no_longer_than_its_bytes() -> None:
    lines = 500_000  # joined one by one, these would take seconds
    assert read(b"data\n" * lines + b"\n", max_frame_bytes=10 * lines) == [Frame("message", b"\n" * (lines - 1))]


def test_comments_are_no_events() -> None:
    assert read(b": ping - now\n\n:\n\n:: data: 1\n\n") == []


def test_a_comment_within_an_event_is_left_out() -> None:
    assert read(b"event: text\n: note\ndata: 1\n\n") == [Frame("text", b"1")]


def test_a_byte_order_mark_at_the_start_is_left_out() -> None:
    assert read(BOM + b"data: 1\n\n") == [Frame(DEFAULT_NAME, b"1")]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_byte_order_mark_cut_in_pieces_is_left_out(place: int) -> None:
    stream = BOM + b"data: 1\n\n"
    assert read(stream[:place], stream[place:]) == [Frame(DEFAULT_NAME, b"1")]
    assert read(*[bytes([byte]) for byte in stream]) == [Frame(DEFAULT_NAME, b"1")]


def test_only_the_first_byte_order_mark_is_left_out() -> None:
    assert read(b"data: 1\n\n" + BOM + b"data: 2\n\n") == [Frame(DEFAULT_NAME, b"1")]
    assert read(b"\n\n" + BOM + b"data: 2\n\n") == []
    assert read(BOM + BOM + b"data: 2\n\n") == []


def test_half_a_byte_order_mark_is_ordinary_bytes() -> None:
    assert read(BOM[:2], b"data: 1\ndata: 2\n\n") == [Frame(DEFAULT_NAME, b"2")]


def test_a_name_without_data_is_an_event_with_empty_data() -> None:
    assert read(b"event: ping\n\n") == [Frame("ping", b"")]


def test_data_without_a_name_has_the_name_message() -> None:
    assert read(b"data: {}\n\n") == [Frame("message", b"{}")]


def test_an_empty_name_counts_as_none() -> None:
    assert read(b"event:\ndata: {}\n\n") == [Frame("message", b"{}")]
    assert read(b"event:\n\nevent: \n\n") == []


def test_an_empty_data_line_makes_an_event() -> None:
    assert read(b"data\n\ndata:\n\ndata: \n\n") == [Frame("message", b"")] * 3


def test_the_last_name_counts() -> None:
    assert read(b"event: a\nevent: b\ndata: 1\n\n") == [Frame("b", b"1")]


def test_only_one_space_after_the_colon_is_left_out() -> None:
    assert read(b"event:text\ndata:1\n\n") == [Frame("text", b"1")]
    assert read(b"event:  text\ndata:   1 \n\n") == [Frame(" text", b"  1 ")]


def test_a_value_may_hold_colons() -> None:
    assert read(b'data: {"a":1}\ndata::\n\n') == [Frame("message", b'{"a":1}\n:')]


def test_an_id_belongs_to_its_event_only() -> None:
    assert read(b"id: 7\ndata: 1\n\ndata: 2\n\n") == [Frame("message", b"1", "7"), Frame("message", b"2", None)]


def test_an_id_alone_is_no_event() -> None:
    assert read(b"id: 7\n\n") == []


def test_unknown_fields_are_left_out() -> None:
    assert read(b"retry: 100\nEvent: x\n data: 0\ndata : 0\nwhatever\ndata: 1\n\n") == [Frame("message", b"1")]


def test_names_that_are_not_utf8_are_read_with_replacement_characters() -> None:
    assert read(b"event: a\xff\ndata: 1\n\n") == [Frame("a\ufffd", b"1")]


def test_blank_lines_between_events_have_no_effect() -> None:
    assert read(b"\n\n\ndata: 1\n\n\n\n\ndata: 2\n\n\n") == [Frame("message", b"1"), Frame("message", b"2")]


def test_an_event_without_its_blank_line_is_not_given_out() -> None:
    assert read(b"data: 1\n\nevent: done\ndata: {}\n") == [Frame("message", b"1")]


def test_events_are_given_out_as_soon_as_they_are_complete() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: 1\n\ndata: 2\n") == [Frame("message", b"1")]
    assert decoder.feed(b"\n") == [Frame("message", b"2")]


def test_an_empty_chunk_gives_nothing() -> None:
    assert SseDecoder().feed(b"") == []


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("before", [b"", b"\n", b"\n\n\n", BOM, b": note\r\n\r\n"])
def test_the_bound_of_an_event_is_exact_however_it_is_cut(size: int, line_end: bytes, before: bytes) -> None:
    fits = before + b"data: " + b"x" * 94 + line_end * 2
    too_large = before + b"data: " + b"x" * 95 + line_end * 2
    pieces = [fits[start : start + size] for start in range(0, len(fits), size)]
    assert read_bounded(pieces, 100) == ([Frame("message", b"x" * 94)], False)
    pieces = [too_large[start : start + size] for start in range(0, len(too_large), size)]
    assert read_bounded(pieces, 100) == ([], True)


def test_a_stream_without_any_blank_line_is_refused_before_it_ends() -> None:
    decoder = SseDecoder(100)
    with pytest.raises(FrameTooLarge, match=r"an event of the stream is longer than 100 bytes"):
        for _ in range(1000):
            decoder.feed(b"data: xxx\n")


def test_many_small_events_in_one_chunk_do_not_count_together() -> None:
    assert len(read(b"data: xxxx\n\n" * 1000, max_frame_bytes=10)) == 1000


def test_what_came_before_a_too_large_event_is_not_lost() -> None:
    with pytest.raises(FrameTooLarge) as caught:
        SseDecoder(10).feed(b"data: 1\n\ndata: 2\n\ndata: " + b"x" * 20 + b"\n\ndata: 3\n\n")
    assert caught.value.max_bytes == 10
    assert caught.value.frames == [Frame("message", b"1"), Frame("message", b"2")]


def test_what_came_before_a_too_large_unfinished_event_is_not_lost() -> None:
    with pytest.raises(FrameTooLarge) as caught:
        SseDecoder(10).feed(b"data: 1\n\ndata: " + b"x" * 20)
    assert caught.value.frames == [Frame("message", b"1")]


def test_a_frame_is_written_with_crlf_line_ends() -> None:
    assert encode_frame("text", b'{"text":"hi"}') == b'event: text\r\ndata: {"text":"hi"}\r\n\r\n'


def test_a_comment_is_written_as_one_and_read_as_nothing() -> None:
    assert encode_comment("ping - 12:00") == b": ping - 12:00\r\n\r\n"
    assert read(encode_comment("ping"), encode_frame("text", b"1"), encode_comment("é")) == [Frame("text", b"1")]


@given(byte_streams, cuts)
@example(b"\n\n\n\n" + BOM + b"data: 1\n\n", [3])
def test_any_cutting_of_any_bytes_gives_the_same_frames(stream: bytes, places: list[int]) -> None:
    assert read(*cut_at(stream, places)) == read(stream)


@given(byte_streams)
@example(BOM + b"\ndata: 1\r\n\n")
def test_any_bytes_are_read_as_the_format_says(stream: bytes) -> None:
    assert read(stream) == read_naively(stream)


@given(byte_streams, cuts, st.integers(1, 30))
@example(b"data: 1\n\n" + b"data: 22222\n\n", [9], 8)
@example(b"\n\n\n" + b"data: 1\n\n", [3], 7)
def test_any_cutting_meets_the_bound_at_the_same_event(stream: bytes, places: list[int], bound: int) -> None:
    assert read_bounded(cut_at(stream, places), bound) == read_bounded([stream], bound)


@given(event_lists, cuts, st.sampled_from(LINE_ENDS))
def test_written_events_are_read_back_under_any_cutting_and_line_end(
    written: list[Event], places: list[int], line_end: bytes
) -> None:
    stream = encode_events(written).replace(b"\r\n", line_end)
    frames = read(*cut_at(stream, places), max_frame_bytes=100_000)
    assert [parse_event(frame.name, frame.data) for frame in frames] == written
