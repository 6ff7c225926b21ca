"""What hypothesis draws from: JSON values, events as a bot may send them, byte streams, and ways to cut a stream."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

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

LINE_ENDS = (b"\n", b"\r\n", b"\r")

texts = st.text(max_size=30)
"""Any text without halves of surrogate pairs; line ends and control characters included."""

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
indexes = st.none() | st.integers(-2, 12) | st.integers(-(2**63), 2**63 - 1)
content_types = st.sampled_from(["text/markdown", "text/plain"])
error_types = st.sampled_from(
    [None, "user_message_too_long", "insufficient_fund", "user_caused_error", "privacy_authorization_error"]
)


@st.composite
def json_events(draw: st.DrawFn) -> JsonEvent:
    """A `json` event in the form reading gives it: its index is one of its keys."""
    data: dict[str, Any] = draw(json_objects)
    data.pop("index", None)
    index = draw(indexes)
    if index is not None:
        data["index"] = index
    return JsonEvent(data, index)


payload_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(TextEvent, texts, indexes),
    st.builds(ReplaceResponseEvent, texts, indexes),
    st.builds(SuggestedReplyEvent, texts, indexes),
    st.builds(FileEvent, texts.map("https://files.example/{}".format), texts, texts, st.none() | texts, indexes),
    st.builds(DataEvent, texts, indexes),
    json_events(),
    st.builds(MetaEvent, content_types, st.booleans(), st.booleans(), st.booleans()),
    st.builds(PingEvent),
    st.builds(UnknownEvent, st.sampled_from(["thinking", "x-new", "événement"])),
)
ending_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(DoneEvent), st.builds(ErrorEvent, st.none() | texts, st.booleans(), error_types, st.none() | texts)
)
events: st.SearchStrategy[Event] = payload_events | ending_events
event_lists = st.lists(events, max_size=12)

byte_streams = st.binary(max_size=80) | st.lists(
    st.sampled_from(
        [
            *(b"\r", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b":", b" ", b"x", b"\x00"),
            *(b"data", b"data:", b"data: ", b"data: {}", b"event: text", b"event:", b"id: 7", b"retry: 1", b": note"),
            *(b"\xef\xbb\xbf", b"\xef", b"\xbb", b"\xbf", "é".encode(), "😀".encode()[:2], "\u2028".encode()),
        ]
    ),
    max_size=30,
).map(b"".join)
"""Bytes with the marks of the format far more often than chance would have them."""


def cut_at(data: bytes, places: list[int]) -> list[bytes]:
    """Gives the pieces between these places (taken modulo the length); some pieces may be empty."""
    bounds = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(bounds)]


cuts = st.lists(st.integers(0, 10_000), max_size=12)
