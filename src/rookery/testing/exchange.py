"""Recorded exchanges: a query, the bot's events, and the calls that it made, as a JSON file that a person can read.

    {"format": "rookery.exchange/1", "bot": "WrapperBot",
     "request": {"query": [...], ...},
     "events": [{"event": "text", "data": {"text": "Hello"}}, {"event": "done", "data": {}}],
     "calls": [{"bot": "GPT-3.5-Turbo", "refused": false, "request": {...}, "events": [...]}]}

Two exchanges are the same when a person sees the same and the called bots were asked the same: ids, times, the cutting
of text into pieces and the order of calls to different bots do not count.
"""

from __future__ import annotations

import difflib
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rookery.protocol.decoding import InvalidEvent, parse_event
from rookery.protocol.encoding import event_body
from rookery.protocol.events import Event, TextEvent
from rookery.protocol.json_values import dump_json
from rookery.protocol.requests import InvalidRequest, QueryRequest, parse_request
from rookery.testing.dependency import name_key

__all__ = ["Exchange", "RecordedCall", "Recording", "body_of", "describe_difference", "load_exchange"]

FORMAT = "rookery.exchange/1"

_LOOPBACK = re.compile(r"http://127\.0\.0\.1:\d+/files/")
_ANY_FILE = "{platform}/files/any/"
"""How files stand in exchanges that a hub recorded: their addresses there say nothing about their content."""
_FILE = re.compile(r"\{platform\}/files/[^/\s\"]+/")
_ID = re.compile(r"\b([a-z]{1,3})-[0-9a-f]{32}\b")
_HIDDEN = {"access_key", "api_key"}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call to another bot."""

    bot: str
    request: Mapping[str, Any]
    events: tuple[Event, ...]
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and everything that came of it."""

    bot: str
    request: Mapping[str, Any]
    """Body of the query, without keys."""
    events: tuple[Event, ...]
    calls: tuple[RecordedCall, ...] = field(default=())

    def save(self, path: str | Path) -> None:
        """Writes the exchange as JSON; an existing file is replaced, its folder must exist."""
        body = {
            "format": FORMAT,
            "bot": self.bot,
            "request": dict(self.request),
            "events": _dump_events(self.events),
            "calls": [
                {
                    "bot": call.bot,
                    "refused": call.is_refused,
                    "request": dict(call.request),
                    "events": _dump_events(call.events),
                }
                for call in self.calls
            ],
        }
        Path(path).write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_exchange(path: str | Path) -> Exchange:
    """Reads a saved exchange. Raises OSError, and ValueError with the file's name when it holds something else."""
    try:
        body = json.loads(Path(path).read_text(encoding="utf-8"))
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']!r}, not {FORMAT!r}")
        calls = tuple(
            RecordedCall(c["bot"], _checked(c["request"]), _load_events(c["events"]), c["refused"])
            for c in body["calls"]
        )
        return Exchange(body["bot"], _checked(body["request"]), _load_events(body["events"]), calls)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path} is no recorded exchange: {reason}") from error


def body_of(query: QueryRequest) -> dict[str, Any]:
    """Gives a query as it is recorded: without keys, and without what is empty."""
    return query.model_dump(mode="json", exclude=_HIDDEN, exclude_defaults=True)


def _checked(request: Any) -> Mapping[str, Any]:
    try:
        parse_request(request)
    except InvalidRequest as error:
        raise ValueError(f"a request in it is not valid: {error}") from None
    return dict(request)


def _dump_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [{"event": event.name, "data": event_body(event)} for event in events]


def _load_events(events: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    try:
        return tuple(parse_event(event["event"], dump_json(event["data"])) for event in events)
    except InvalidEvent as error:
        raise ValueError(f"an event in it is not valid: {error}") from None


class Recording:
    """Answers calls from a recorded exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._left = [call for call in exchange.calls if not call.is_refused]
        self._lock = threading.Lock()

    def has(self, name: str) -> bool:
        """Tells whether there is an answer of this bot which was not given yet."""
        return any(name_key(call.bot) == name_key(name) for call in self._left)

    def take(self, name: str, query: QueryRequest) -> tuple[Event, ...] | None:
        """Gives the answer to the same messages, else the next one of this bot; None when there is none left."""
        asked = [_said(message) for message in body_of(query)["query"]]
        with self._lock:
            calls = [call for call in self._left if name_key(call.bot) == name_key(name)]
            if not calls:
                return None
            same = (call for call in calls if [_said(message) for message in call.request["query"]] == asked)
            call = next(same, calls[0])
            self._left.remove(call)
        return call.events


def describe_difference(recorded: Exchange, replayed: Exchange) -> str | None:
    """Gives what differs, line by line (`-` recorded, `+` now); None when nothing that counts."""
    before, after = _lines(recorded), _lines(replayed)
    if any(_ANY_FILE in line for line in before):
        before, after = ([_FILE.sub(_ANY_FILE, line) for line in lines] for lines in (before, after))
    if before == after:
        return None
    return "\n".join(difflib.unified_diff(before, after, "recorded", "now", lineterm="", n=2))


def _lines(exchange: Exchange) -> list[str]:
    lines = [f"answer of {exchange.bot}:", *_event_lines(exchange.events)]
    for call in sorted(exchange.calls, key=_call_key):
        refused = " (refused)" if call.is_refused else ""
        lines.append(f"call to {call.bot}{refused}:")
        lines += [f"  {message['role']}: {_settle(_said(message))}" for message in call.request["query"]]
    return lines


def _call_key(call: RecordedCall) -> tuple[str, str]:
    return name_key(call.bot), json.dumps([_said(message) for message in call.request["query"]])


def _said(message: Mapping[str, Any]) -> str:
    said: str = json.dumps(message["content"], ensure_ascii=False)
    for key in ("parameters", "attachments"):
        if message.get(key):
            said += f" {key} {json.dumps(message[key], ensure_ascii=False, sort_keys=True)}"
    return said


def _event_lines(events: Sequence[Event]) -> list[str]:
    lines = []
    for event in _merged(events):
        body = {key: value for key, value in event_body(event).items() if key != "raw_response"}
        lines.append(f"  {event.name} {json.dumps(body, ensure_ascii=False, sort_keys=True)}")
    text = "\n".join(lines)
    # The SDK makes references by chance.
    refs = [str(ref) for event in events if (ref := getattr(event, "inline_ref", None))]
    for number, ref in enumerate(refs, 1):
        text = text.replace(ref, f"ref-{number}")
    return _settle(text).split("\n")


def _merged(events: Sequence[Event]) -> list[Event]:
    # The concatenation of neighbouring texts is their meaning.
    merged: list[Event] = []
    for event in events:
        if isinstance(event, TextEvent) and not event.text:
            continue
        last = merged[-1] if merged else None
        if isinstance(event, TextEvent) and isinstance(last, TextEvent) and event.index == last.index:
            merged[-1] = TextEvent(last.text + event.text, last.index)
        else:
            merged.append(event)
    return merged


def _settle(text: str) -> str:
    # Addresses of files hold a port, sentences of the platform hold ids: both are others in each run.
    return _ID.sub(r"\1-…", _LOOPBACK.sub("{platform}/files/", text))
