"""A stand-in that plays given events: for tests and demonstrations.

ScriptedStandIn([{"event": "text", "data": {"text": "hi"}}])
ScriptedStandIn(steps, when={"bye": [{"event": "error", "data": {"text": "closed"}}]})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rookery.hub.standins.model import LocalRule, last_user_message
from rookery.protocol.decoding import InvalidEvent, parse_event
from rookery.protocol.events import DoneEvent, ErrorEvent, Event
from rookery.protocol.json_values import dump_json
from rookery.protocol.requests import QueryRequest

Step = Mapping[str, Any]
"""One event as JSON holds it: `event` (its name) and `data` (its object; may be left out when empty)."""


class ScriptedStandIn(LocalRule):
    """Plays the events of a script, the same ones for the same query.

    `when` maps a text to other steps, played when the last message holds that text (case does not matter; the first
    match counts). `done` is added where a script ends without `done` or `error`, unless `ends` is false.
    Raises ValueError for a step that is no event.
    """

    rule = "scripted"
    description = "A rule-based stand-in that plays a fixed script. Not a language model."
    introduction = "I am a rule-based stand-in and not a language model: what I say was written down before you asked."

    def __init__(
        self, steps: Sequence[Step], *, when: Mapping[str, Sequence[Step]] | None = None, ends: bool = True
    ) -> None:
        self._otherwise = _read_steps(steps, ends)
        self._when = [(text.casefold(), _read_steps(steps, ends)) for text, steps in (when or {}).items()]

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives the events of the script that fits the last message."""
        asked = last_user_message(query).content.casefold()
        return iter(next((events for text, events in self._when if text in asked), self._otherwise))


def _read_steps(steps: Sequence[Step], ends: bool) -> list[Event]:
    events = [_read_step(number, step) for number, step in enumerate(steps, start=1)]
    if ends and not (events and isinstance(events[-1], DoneEvent | ErrorEvent)):
        events.append(DoneEvent())
    return events


def _read_step(number: int, step: Step) -> Event:
    name = step.get("event")
    if not isinstance(name, str):
        raise ValueError(f"step {number} needs a text 'event', the name of the event")
    try:
        return parse_event(name, dump_json(step.get("data") or {}))
    except (InvalidEvent, TypeError) as error:
        raise ValueError(f"step {number} is no '{name}' event: {error}") from None
