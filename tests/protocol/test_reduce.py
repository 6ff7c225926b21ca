"""From events to a reply (protocol 3.9, 3.10, 3.12)."""

from __future__ import annotations

import pytest
from hypothesis import given
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
from rookery.protocol.limits import ANSWERS, SUGGESTED_REPLIES
from rookery.protocol.reduce import Reply, ReplyBuilder, reduce_events

from .strategies import event_lists

FILE = FileEvent("https://files.example/1", "image/png", "fox.png")
PLAIN = MetaEvent("text/plain", suggested_replies=True)


answer_lists: st.SearchStrategy[list[Event]] = st.lists(
    st.one_of(
        st.builds(TextEvent, st.sampled_from(["", "a"]), st.integers(-1, 12)),
        st.builds(ReplaceResponseEvent, st.sampled_from(["", "b"]), st.integers(-1, 12)),
        st.builds(SuggestedReplyEvent, st.sampled_from("cd")),
    ),
    max_size=40,
)
"""Lists in which the bounds of answers and suggested replies are often met."""


def reduce_naively(events: list[Event]) -> tuple[Reply, list[bool]]:
    """The rules written for reading, not for speed: looks at the whole list again for every part of the reply."""
    ends = [place for place, event in enumerate(events) if isinstance(event, DoneEvent | ErrorEvent)]
    heard = events[: ends[0] + 1] if ends else events
    effects = [False] * len(events)
    answers: dict[int, str] = {}
    replies: list[str] = []
    for place, event in enumerate(heard):
        if isinstance(event, TextEvent | ReplaceResponseEvent):
            index = event.index or 0
            others = [known for known in answers if known != 0]
            if index == 0 or index in answers or (index > 0 and len(others) < ANSWERS - 1):
                before = "" if isinstance(event, ReplaceResponseEvent) else answers.get(index, "")
                answers[index] = before + event.text
                effects[place] = True
        elif isinstance(event, SuggestedReplyEvent):
            effects[place] = len(replies) < SUGGESTED_REPLIES
            replies.append(event.text)
        elif isinstance(event, MetaEvent):
            effects[place] = place == 0
        else:
            effects[place] = not isinstance(event, PingEvent | UnknownEvent)
    first, last = (heard[0], heard[-1]) if heard else (None, None)
    reply = Reply(
        text=answers.pop(0, ""),
        alternatives=answers,
        files=tuple(event for event in heard if isinstance(event, FileEvent)),
        suggested_replies=tuple(replies[:SUGGESTED_REPLIES]),
        metadata=([None] + [event.metadata for event in heard if isinstance(event, DataEvent)])[-1],
        meta=first if isinstance(first, MetaEvent) else MetaEvent(),
        data=tuple(event.data for event in heard if isinstance(event, JsonEvent)),
        error=last if isinstance(last, ErrorEvent) else None,
        is_done=isinstance(last, DoneEvent),
    )
    return reply, effects


def test_nothing_amounts_to_an_empty_reply_that_goes_on() -> None:
    reply = reduce_events([])
    assert reply == Reply("", {}, (), (), None, MetaEvent(), (), None, is_done=False)
    assert reply.is_empty


def test_text_is_appended() -> None:
    assert reduce_events([TextEvent("a"), TextEvent(""), TextEvent("b")]).text == "ab"


def test_a_replacement_drops_what_was_said_and_later_text_is_appended_to_it() -> None:
    events: list[Event] = [TextEvent("thinking"), ReplaceResponseEvent("a"), TextEvent("b")]
    assert reduce_events(events).text == "ab"


def test_an_empty_replacement_clears_the_answer() -> None:
    reply = reduce_events([TextEvent("working …"), ReplaceResponseEvent("")])
    assert reply.text == ""
    assert reply.is_empty


def test_a_replacement_keeps_everything_but_the_text() -> None:
    events: list[Event] = [PLAIN, FILE, SuggestedReplyEvent("Go"), DataEvent("m"), JsonEvent({"a": 1})]
    assert reduce_events([*events, ReplaceResponseEvent("x")]) == Reply(
        text="x", files=(FILE,), suggested_replies=("Go",), metadata="m", meta=PLAIN, data=({"a": 1},)
    )


def test_index_nought_and_no_index_are_the_same_answer() -> None:
    reply = reduce_events([TextEvent("a", 0), TextEvent("b"), TextEvent("c", 0)])
    assert (reply.text, reply.alternatives) == ("abc", {})


def test_each_index_is_an_answer_of_its_own() -> None:
    reply = reduce_events([TextEvent("b1", 2), TextEvent("a1", 1), TextEvent("x"), TextEvent("b2", 2)])
    assert (reply.text, reply.alternatives) == ("x", {1: "a1", 2: "b1b2"})
    assert list(reply.alternatives) == [1, 2]


def test_a_replacement_replaces_the_answer_of_its_index_only() -> None:
    events: list[Event] = [TextEvent("x"), TextEvent("a", 1), TextEvent("b", 2), ReplaceResponseEvent("new", 1)]
    reply = reduce_events(events)
    assert (reply.text, reply.alternatives) == ("x", {1: "new", 2: "b"})
    reply = reduce_events([*events, ReplaceResponseEvent("y")])
    assert (reply.text, reply.alternatives) == ("y", {1: "new", 2: "b"})


@pytest.mark.parametrize("event", [TextEvent("a", -1), ReplaceResponseEvent("a", -1)])
def test_a_negative_index_has_no_effect(event: Event) -> None:
    builder = ReplyBuilder()
    assert builder.apply(event) is False
    assert builder.reply() == Reply()


def test_no_more_than_eight_answers_are_kept() -> None:
    builder = ReplyBuilder()
    effects = [builder.apply(TextEvent("a", index)) for index in range(10)]
    assert effects == [True] * 8 + [False] * 2
    assert builder.apply(ReplaceResponseEvent("b", 9)) is False
    assert builder.apply(ReplaceResponseEvent("b", 7)) is True
    assert sorted(builder.reply().alternatives) == [1, 2, 3, 4, 5, 6, 7]


def test_meta_counts_as_the_first_event() -> None:
    builder = ReplyBuilder()
    assert builder.apply(PLAIN) is True
    assert builder.reply().meta == PLAIN


@pytest.mark.parametrize(
    "earlier", [TextEvent("a"), TextEvent(""), PingEvent(), UnknownEvent("x"), MetaEvent(), DataEvent("m"), FILE]
)
def test_a_meta_event_after_any_other_event_is_ignored_even_after_a_ping(earlier: Event) -> None:
    builder = ReplyBuilder()
    builder.apply(earlier)
    assert builder.apply(PLAIN) is False
    assert builder.reply().meta == MetaEvent()


def test_a_second_meta_event_does_not_change_the_first() -> None:
    assert reduce_events([PLAIN, MetaEvent(linkify=True)]).meta == PLAIN


@pytest.mark.parametrize("end", [DoneEvent(), ErrorEvent("no")])
@pytest.mark.parametrize(
    "late",
    [
        *(TextEvent("late"), ReplaceResponseEvent("late"), SuggestedReplyEvent("late"), FILE, DataEvent("late")),
        *(JsonEvent({"late": 1}), PLAIN, PingEvent(), UnknownEvent("late"), DoneEvent(), ErrorEvent("late")),
    ],
)
def test_everything_after_the_end_is_ignored(end: Event, late: Event) -> None:
    builder = ReplyBuilder()
    builder.apply(TextEvent("said"))
    assert builder.apply(end) is True
    before = builder.reply()
    assert builder.apply(late) is False
    assert builder.reply() == before


def test_a_done_event_ends_the_reply_well() -> None:
    builder = ReplyBuilder()
    builder.apply(DoneEvent())
    assert (builder.is_ended, builder.is_done, builder.error) == (True, True, None)


def test_an_error_event_ends_the_reply_and_keeps_what_was_said() -> None:
    error = ErrorEvent("no", allow_retry=False)
    builder = ReplyBuilder()
    builder.apply(TextEvent("said"))
    builder.apply(error)
    assert (builder.is_ended, builder.is_done, builder.error) == (True, False, error)
    assert builder.reply() == Reply(text="said", error=error)


def test_the_last_data_event_counts() -> None:
    assert reduce_events([DataEvent("a"), TextEvent("x"), DataEvent("")]).metadata == ""
    assert reduce_events([DataEvent("a"), DataEvent("b")]).metadata == "b"


def test_files_and_objects_are_kept_in_their_order() -> None:
    other = FileEvent("https://files.example/2", "text/plain", "b.txt", "ref")
    reply = reduce_events([other, JsonEvent({"a": 1}), FILE, JsonEvent({"a": 2})])
    assert (reply.files, reply.data) == ((other, FILE), ({"a": 1}, {"a": 2}))


def test_the_first_ten_suggested_replies_are_kept() -> None:
    builder = ReplyBuilder()
    effects = [builder.apply(SuggestedReplyEvent(str(number))) for number in range(12)]
    assert effects == [True] * 10 + [False] * 2
    assert builder.reply().suggested_replies == tuple("0123456789")


@pytest.mark.parametrize("event", [PingEvent(), UnknownEvent("x")])
def test_pings_and_unknown_events_have_no_effect(event: Event) -> None:
    builder = ReplyBuilder()
    assert builder.apply(event) is False
    assert builder.reply() == Reply()


@pytest.mark.parametrize(
    ("events", "is_empty"),
    [
        ([TextEvent("a")], False),
        ([TextEvent("a", 3)], False),
        ([FILE], False),
        ([JsonEvent({})], False),
        ([TextEvent("")], True),
        ([SuggestedReplyEvent("a")], True),
        ([DataEvent("a")], True),
        ([PLAIN], True),
        ([DoneEvent()], True),
    ],
)
def test_a_reply_is_empty_when_there_is_nothing_to_show(events: list[Event], is_empty: bool) -> None:
    builder = ReplyBuilder()
    for event in events:
        builder.apply(event)
    assert builder.is_empty is builder.reply().is_empty is is_empty


def test_a_reply_is_a_value_that_later_events_do_not_change() -> None:
    builder = ReplyBuilder()
    builder.apply(TextEvent("a", 1))
    reply = builder.reply()
    builder.apply(TextEvent("b", 1))
    builder.apply(FILE)
    assert reply == Reply(alternatives={1: "a"})


@given(event_lists | answer_lists)
def test_any_events_amount_to_what_the_rules_say(events: list[Event]) -> None:
    builder = ReplyBuilder()
    effects = [builder.apply(event) for event in events]
    assert (builder.reply(), effects) == reduce_naively(events)
    assert builder.reply() == reduce_events(events)
    assert builder.is_empty is builder.reply().is_empty
    assert builder.is_ended is (builder.reply().is_done or builder.reply().error is not None)
