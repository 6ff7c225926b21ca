"""The stand-in that plays a script."""

from __future__ import annotations

from typing import Any

import pytest

from rookery.hub.standins.scripted import ScriptedStandIn, Step
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    FileEvent,
    MetaEvent,
    ReplaceResponseEvent,
    TextEvent,
    UnknownEvent,
)

from .asking import ask, message, query

HELLO: list[Step] = [{"event": "text", "data": {"text": "hello"}}]


def play(stand_in: ScriptedStandIn, text: str = "hi") -> list[Event]:
    return list(stand_in.answer(query(text)))


def test_the_events_of_the_script_are_played_in_order() -> None:
    steps: list[Step] = [
        {"event": "meta", "data": {"content_type": "text/plain"}},
        {"event": "text", "data": {"text": "a", "index": 1}},
        {"event": "replace_response", "data": {"text": ""}},
        {"event": "file", "data": {"url": "u", "content_type": "t", "name": "n"}},
        {"event": "data", "data": {"metadata": "m"}},
        {"event": "thinking", "data": {"text": "hm"}},
        {"event": "done"},
    ]
    assert play(ScriptedStandIn(steps)) == [
        MetaEvent("text/plain"),
        TextEvent("a", 1),
        ReplaceResponseEvent(""),
        FileEvent("u", "t", "n"),
        DataEvent("m"),
        UnknownEvent("thinking"),
        DoneEvent(),
    ]


def test_a_script_plays_the_same_every_time() -> None:
    stand_in = ScriptedStandIn(HELLO)
    assert play(stand_in) == play(stand_in) == [TextEvent("hello"), DoneEvent()]


@pytest.mark.parametrize("end", ["done", "error"])
def test_done_is_added_only_where_the_script_does_not_end(end: str) -> None:
    assert play(ScriptedStandIn([*HELLO, {"event": end, "data": {}}])) == [
        TextEvent("hello"),
        DoneEvent() if end == "done" else ErrorEvent(),
    ]
    assert play(ScriptedStandIn([])) == [DoneEvent()]


def test_a_script_may_break_off() -> None:
    assert play(ScriptedStandIn(HELLO, ends=False)) == [TextEvent("hello")]
    assert play(ScriptedStandIn([], ends=False)) == []


def test_the_last_message_may_choose_the_script() -> None:
    stand_in = ScriptedStandIn(
        HELLO,
        when={
            "stop": [{"event": "error", "data": {"text": "stopped", "allow_retry": False}}],
            "stop it": [{"event": "text", "data": {"text": "never played: the first match counts"}}],
        },
    )
    assert play(stand_in, "go on") == [TextEvent("hello"), DoneEvent()]
    assert play(stand_in, "please STOP it") == [ErrorEvent("stopped", allow_retry=False)]
    assert ask(stand_in, "stop", message("stopped", role="bot"), "and on") == "hello"


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({}, "step 2 needs a text 'event', the name of the event"),
        ({"event": 1}, "step 2 needs a text 'event', the name of the event"),
        ({"event": "text"}, "step 2 is no 'text' event: Expected string in 'text' field for 'text' event"),
        ({"event": "text", "data": {"text": 1}}, "step 2 is no 'text' event: Expected string in 'text' field"),
        ({"event": "json", "data": {"a": object()}}, "step 2 is no 'json' event: "),
    ],
)
def test_a_step_that_is_no_event_is_refused_by_its_number(step: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        ScriptedStandIn([*HELLO, step])
    assert str(caught.value).startswith(complaint)
