"""From frames to events (protocol 3.9), for data that nobody has checked.

What is wrong but harmless is handed to `on_problem`; what makes an event unusable is raised as `InvalidEvent`, which
carries the text of the `report_error` (3.8) to send to the bot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from rookery.protocol.json_values import NotJson, load_json
from rookery.protocol.messages import known_content_type
from rookery.protocol.responses import known_error_type

UNKNOWN_NAME_CHARACTERS = 100
UNKNOWN_DATA_CHARACTERS = 500
"""How much of an unknown event goes into the report (protocol 3.8)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A breach of the protocol, worded as the `report_error` a platform sends (protocol 3.8).

    `metadata` lacks the `message_id`, which whoever sends the report adds.
    """

    message: str
    metadata: Mapping[str, object] = field(default_factory=dict)


class InvalidEvent(ValueError):
    """An event whose data cannot be used."""

    def __init__(self, event_name: str, problem: Problem, *, allow_retry: bool) -> None:
        super().__init__(problem.message)
        self.event_name = event_name
        self.problem = problem
        self.allow_retry = allow_retry
        """Whether asking again may help; the reference says so only for JSON that is no object."""


ProblemHandler = Callable[[Problem], None]


def cut(text: str, limit: int) -> str:
    """Shortens to `limit` characters, the last three being dots (protocol 3.8)."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def parse_event(name: str, data: bytes, on_problem: ProblemHandler | None = None) -> Event:
    """Reads one frame.

    Gives UnknownEvent (after telling `on_problem`) for a name that is not known. Raises InvalidEvent, and nothing
    else, for data that cannot be used; `done` and `ping` are accepted with empty data (10.2, C8).
    """
    parse = _PARSERS.get(name)
    if parse is None:
        if on_problem is not None:
            on_problem(_unknown_event(name, data))
        return UnknownEvent(name)
    if not data and name in _EMPTY_ALLOWED:
        return parse({}, None)
    return parse(_load_object(name, data), on_problem)


def _unknown_event(name: str, data: bytes) -> Problem:
    text = data.decode("utf-8", "replace")
    return Problem(
        f"Unknown event type: {cut(name, UNKNOWN_NAME_CHARACTERS)}",
        {"event_data": cut(text, UNKNOWN_DATA_CHARACTERS)},
    )


def _load_object(name: str, data: bytes) -> dict[str, Any]:
    try:
        value = load_json(data)
    except NotJson:
        problem = Problem(f"Invalid JSON in {name!r} event", {"data": _shown(data)})
        raise InvalidEvent(name, problem, allow_retry=False) from None
    if not isinstance(value, dict):
        problem = Problem(f"Expected JSON dict in {name!r} event", {"data": _shown(data)})
        raise InvalidEvent(name, problem, allow_retry=True)
    return value


def _shown(data: bytes) -> str:
    return cut(data.decode("utf-8", "replace"), UNKNOWN_DATA_CHARACTERS)


def _string(name: str, body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        problem = Problem(f"Expected string in '{key}' field for '{name}' event", {"data": _abridged(body)})
        raise InvalidEvent(name, problem, allow_retry=False)
    return value


def _abridged(body: dict[str, Any]) -> dict[str, Any]:
    return {
        cut(key, UNKNOWN_NAME_CHARACTERS): cut(value, UNKNOWN_DATA_CHARACTERS) if isinstance(value, str) else value
        for key, value in body.items()
    }


def _index(body: dict[str, Any]) -> int | None:
    index = body.get("index")
    return index if type(index) is int else None  # a bool is no index (10.2, C17)


def _parse_text(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    text = body.get("text")
    if type(text) is not str:
        text = _string("text", body, "text")
    return TextEvent(text, _index(body) if "index" in body else None)


def _parse_replace(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return ReplaceResponseEvent(_string("replace_response", body, "text"), _index(body))


def _parse_suggested_reply(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return SuggestedReplyEvent(_string("suggested_reply", body, "text"), _index(body))


def _parse_file(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    inline_ref = body.get("inline_ref")
    return FileEvent(
        _string("file", body, "url"),
        _string("file", body, "content_type"),
        _string("file", body, "name"),
        inline_ref if isinstance(inline_ref, str) else None,
        _index(body),
    )


def _parse_data(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return DataEvent(_string("data", body, "metadata"), _index(body))


def _parse_json(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return JsonEvent(body, _index(body))


def _parse_meta(body: dict[str, Any], on_problem: ProblemHandler | None) -> Event:
    # A meta event with one wrong value is ignored as a whole, after a report (protocol 3.8, observed).
    checks: tuple[tuple[str, type], ...] = (
        ("linkify", bool),
        ("suggested_replies", bool),
        ("content_type", str),
    )
    for key, kind in checks:
        if key in body and not isinstance(body[key], kind):
            if on_problem is not None:
                on_problem(Problem(f"Invalid {key} value in 'meta' event", {key: body[key]}))
            return MetaEvent()
    content_type = body.get("content_type", "text/markdown")
    return MetaEvent(
        content_type=known_content_type(content_type),
        suggested_replies=body.get("suggested_replies", False),
        linkify=body.get("linkify", False),
        refetch_settings=body.get("refetch_settings") is True,
    )


def _parse_error(body: dict[str, Any], _: ProblemHandler | None) -> Event:
    text = body.get("text")
    raw = body.get("raw_response")
    return ErrorEvent(
        text=text if isinstance(text, str) else None,
        allow_retry=bool(body.get("allow_retry", True)),
        error_type=known_error_type(body.get("error_type")),
        raw_response=raw if raw is None or isinstance(raw, str) else json.dumps(raw),
    )


def _parse_done(_body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return DoneEvent()


def _parse_ping(_body: dict[str, Any], _: ProblemHandler | None) -> Event:
    return PingEvent()


_PARSERS: Mapping[str, Callable[[dict[str, Any], ProblemHandler | None], Event]] = {
    "text": _parse_text,
    "replace_response": _parse_replace,
    "suggested_reply": _parse_suggested_reply,
    "file": _parse_file,
    "data": _parse_data,
    "json": _parse_json,
    "meta": _parse_meta,
    "error": _parse_error,
    "done": _parse_done,
    "ping": _parse_ping,
}
_EMPTY_ALLOWED = frozenset({"done", "ping"})

EVENT_NAMES: frozenset[str] = frozenset(_PARSERS)
"""Every event name of the protocol."""
