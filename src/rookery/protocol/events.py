"""The events of a reply: a tagged union of plain classes, parsed from frames and encoded to bytes (protocol 3.9).

`parse_event` takes untrusted data. What is wrong but harmless is handed to `on_problem`; what makes the event
unusable is raised as `InvalidEvent`, which carries the text of the `report_error` (3.8) to send to the bot.

Instances are never changed after they are made; they are not frozen only because a frozen class costs three times
as much to build, and one is built per token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, cast

import orjson

from rookery.protocol.limits import JSON_DEPTH
from rookery.protocol.messages import ContentType, known_content_type
from rookery.protocol.responses import ErrorType, known_error_type
from rookery.protocol.sse import encode_frame

UNKNOWN_NAME_CHARACTERS = 100
UNKNOWN_DATA_CHARACTERS = 500
"""How much of an unknown event goes into the report (protocol 3.8)."""


@dataclass(slots=True)
class TextEvent:
    """Text appended to the answer."""

    name: ClassVar[str] = "text"
    text: str
    index: int | None = None


@dataclass(slots=True)
class ReplaceResponseEvent:
    """Text that takes the place of everything said so far."""

    name: ClassVar[str] = "replace_response"
    text: str
    index: int | None = None


@dataclass(slots=True)
class SuggestedReplyEvent:
    """A button with a next message for the person; no part of the answer's text."""

    name: ClassVar[str] = "suggested_reply"
    text: str
    index: int | None = None


@dataclass(slots=True)
class FileEvent:
    """A file of the answer; must come before text that refers to its `inline_ref`."""

    name: ClassVar[str] = "file"
    url: str
    content_type: str
    file_name: str
    """Display name; `name` on the wire."""
    inline_ref: str | None = None
    index: int | None = None


@dataclass(slots=True)
class DataEvent:
    """Text kept with the answer for this bot only; the last one counts."""

    name: ClassVar[str] = "data"
    metadata: str
    index: int | None = None


@dataclass(slots=True)
class JsonEvent:
    """Any object; used for tool calls (5.1.4)."""

    name: ClassVar[str] = "json"
    data: Mapping[str, Any]
    index: int | None = None


@dataclass(slots=True)
class MetaEvent:
    """How to render the answer. The defaults are those of a consumer, for absent keys (3.9.1)."""

    name: ClassVar[str] = "meta"
    content_type: ContentType = "text/markdown"
    suggested_replies: bool = False
    linkify: bool = False
    refetch_settings: bool = False


@dataclass(slots=True)
class ErrorEvent:
    """Ends the answer with an error."""

    name: ClassVar[str] = "error"
    text: str | None = None
    """Shown to the person."""
    allow_retry: bool = True
    error_type: ErrorType | None = None
    raw_response: str | None = None
    """For the author; never shown."""


@dataclass(slots=True)
class DoneEvent:
    """Ends the answer."""

    name: ClassVar[str] = "done"


@dataclass(slots=True)
class PingEvent:
    """Keeps a connection open; no effect."""

    name: ClassVar[str] = "ping"


@dataclass(slots=True)
class UnknownEvent:
    """An event this version does not know; to be skipped."""

    name: str


Event: TypeAlias = (
    TextEvent
    | ReplaceResponseEvent
    | SuggestedReplyEvent
    | FileEvent
    | DataEvent
    | JsonEvent
    | MetaEvent
    | ErrorEvent
    | DoneEvent
    | PingEvent
    | UnknownEvent
)


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
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _load_leniently(name, data)
    # Shorter data has no room for so many brackets.
    if len(data) > 2 * JSON_DEPTH and _is_too_deep(value):
        raise _invalid_json(name, data)
    if not isinstance(value, dict):
        problem = Problem(f"Expected JSON dict in {name!r} event", {"data": _shown(data)})
        raise InvalidEvent(name, problem, allow_retry=True)
    return value


def _load_leniently(name: str, data: bytes) -> object:
    # The standard library reads what the fast reader refuses but other consumers accept: NaN, lone surrogates,
    # bytes that are no UTF-8.
    try:
        return _fit_for_json(json.loads(data.decode("utf-8", "replace")))
    except (ValueError, RecursionError):
        raise _invalid_json(name, data) from None


def _invalid_json(name: str, data: bytes) -> InvalidEvent:
    return InvalidEvent(name, Problem(f"Invalid JSON in {name!r} event", {"data": _shown(data)}), allow_retry=False)


def _is_too_deep(value: object) -> bool:
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(JSON_DEPTH):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _fit_for_json(value: object) -> object:
    # Halves of surrogate pairs would break the encoding to UTF-8, so they become replacement characters; numbers
    # that no 64 bits hold become what the fast reader makes of them, or null.
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_fit_for_json(item) for item in value]
    if isinstance(value, dict):
        return {str(_fit_for_json(key)): _fit_for_json(item) for key, item in value.items()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 10**300 else None
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


def event_body(event: Event) -> dict[str, Any]:
    """Gives the JSON object of an event; keys that are None are left out, except a file's `inline_ref`."""
    body: dict[str, Any]
    match event:
        case TextEvent() | ReplaceResponseEvent() | SuggestedReplyEvent():
            body = {"text": event.text}
        case FileEvent():
            body = {
                "url": event.url,
                "content_type": event.content_type,
                "name": event.file_name,
                "inline_ref": event.inline_ref,
            }
        case DataEvent():
            body = {"metadata": event.metadata}
        case JsonEvent():
            body = dict(event.data)
        case MetaEvent():
            return {
                "content_type": event.content_type,
                "suggested_replies": event.suggested_replies,
                "linkify": event.linkify,
                "refetch_settings": event.refetch_settings,
            }
        case ErrorEvent():
            optional = {
                "text": event.text,
                "raw_response": event.raw_response,
                "error_type": event.error_type,
            }
            return {
                "allow_retry": event.allow_retry,
                **{key: value for key, value in optional.items() if value is not None},
            }
        case _:
            return {}
    if event.index is not None:
        body["index"] = event.index
    return body


def encode_data(body: Mapping[str, Any]) -> bytes:
    """Gives JSON as one line of UTF-8.

    U+0085, U+2028 and U+2029 are escaped: SSE readers built on `str.splitlines` (the reference client's among them)
    take these for line ends and would cut the event. Text cut inside a character and numbers beyond 64 bits are
    written as they would be read. Raises TypeError for an object that JSON cannot hold.
    """
    try:
        data = orjson.dumps(body)
    except orjson.JSONEncodeError:
        data = _dump_leniently(body)
    if not data.isascii():
        for raw, escaped in _LINE_ENDS:
            if raw in data:
                data = data.replace(raw, escaped)
    return data


def _dump_leniently(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(_fit_for_json(dict(body)))
    except RecursionError:
        raise TypeError("an object nested without end cannot be written as JSON") from None


_LINE_ENDS = (
    (b"\xc2\x85", b"\\u0085"),
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
)


def encode_event(event: Event) -> bytes:
    """Gives the bytes of one event on the wire. Raises TypeError for an object that JSON cannot hold."""
    if type(event) is TextEvent and event.index is None:
        return b"event: text\r\ndata: %b\r\n\r\n" % encode_data({"text": event.text})
    return encode_frame(event.name, encode_data(event_body(event)))


def encode_events(events: Iterable[Event]) -> bytes:
    """Gives the bytes of several events, to be written in one piece."""
    return b"".join([encode_event(event) for event in events])


def decode_body(name: str, body: Mapping[str, Any]) -> Event:
    """Reads an event that this program wrote itself (the journal); the inverse of `event_body`."""
    parse = _PARSERS.get(name)
    return UnknownEvent(name) if parse is None else parse(cast("dict[str, Any]", body), None)
