"""Faults of one answer to a query, found in what was recorded; pure. Each fault names the rule that it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rookery.conformance.exchange import TERMINATORS, Bounds, Exchange
from rookery.protocol.decoding import EVENT_NAMES, InvalidEvent, cut, parse_event
from rookery.protocol.events import DoneEvent, ErrorEvent, Event, FileEvent, MetaEvent, ReplaceResponseEvent, TextEvent
from rookery.protocol.json_values import NotJson, load_json
from rookery.protocol.limits import REPLY_CHARACTERS, REPLY_EVENTS
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.sse import Frame

SHOWN_CHARACTERS = 120
"""Of anything a server sent, in a sentence."""

EVENT_STREAM = "text/event-stream"

_CALL_FAILED = re.compile(
    r"communicating with bot|BotError|stream_request|get_bot_response|api\.poe\.com|\bhub\b|ConnectError"
    r"|connection attempts failed|cannot connect|connection refused|name resolution|name or service",
    re.IGNORECASE,
)
_INLINE_REFERENCE = re.compile(r"!\[[^\]]*\]\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """Which rule is broken, and what was seen: a sentence without capital and full stop."""

    rule: str
    sentence: str


def is_readable(answer: Exchange) -> bool:
    """Tells whether there are events to judge."""
    return answer.status == 200 and bool(answer.frames)


def find_answer_faults(answer: Exchange, bounds: Bounds) -> list[AnswerFault]:
    """Gives every fault of an answer to a query, in the order of the rules."""
    if answer.status is None:
        rule = "first-byte" if answer.end == "late" else "query-answered"
        return [AnswerFault(rule, f"the server {answer.failure}")]
    if answer.status != 200:
        return [AnswerFault("query-answered", f"it was answered with {describe_status(answer)}")]
    faults = list(_transport_faults(answer, bounds))
    if answer.frames:
        faults += _event_faults(answer.frames)
        faults += _order_faults(answer.frames)
    faults += _end_faults(answer)
    faults += _limit_faults(answer)
    return faults


def _transport_faults(answer: Exchange, bounds: Bounds) -> Iterator[AnswerFault]:
    if not _is_event_stream(answer):
        kind = answer.headers.get("content-type", "")
        yield AnswerFault("event-stream", f"its Content-Type is '{shown(kind)}'" if kind else "it has no Content-Type")
    if answer.first_byte_s is None:
        if answer.end == "late":
            yield AnswerFault("first-byte", f"the server {answer.failure}")
    elif answer.first_byte_s > bounds.first_byte_s:
        yield AnswerFault("first-byte", f"the first byte came after {describe_seconds(answer.first_byte_s)}")


def _is_event_stream(answer: Exchange) -> bool:
    kind: str = answer.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower() == EVENT_STREAM


def _event_faults(frames: list[Frame]) -> Iterator[AnswerFault]:
    for number, frame in enumerate(frames, 1):
        place = f"event {number}, '{shown(frame.name)}',"
        if not _is_object(frame.data):
            data = shown(frame.data.decode("utf-8", "replace"))
            yield AnswerFault("events-objects", f"{place} has the data '{data}'" if data else f"{place} has no data")
        elif frame.name not in EVENT_NAMES:
            yield AnswerFault("events-known", f"event {number} has the unknown name '{shown(frame.name)}'")
        else:
            for message in _field_faults(frame):
                yield AnswerFault("events-fields", f"{place} is faulty: {message}")


def _is_object(data: bytes) -> bool:
    try:
        data.decode()
        return isinstance(load_json(data), dict)
    except (UnicodeDecodeError, NotJson):
        return False


def _field_faults(frame: Frame) -> list[str]:
    messages: list[str] = []
    try:
        parse_event(frame.name, frame.data, lambda problem: messages.append(problem.message))
    except InvalidEvent as error:
        messages.append(error.problem.message)
    return messages


def _order_faults(frames: list[Frame]) -> Iterator[AnswerFault]:
    text: list[str] = []
    end: str | None = None
    for number, frame in enumerate(frames, 1):
        if end is not None:
            # `done` after `error` is what the reference SDK writes; every reader has stopped by then (A.1; 10.1, S13).
            if end != ErrorEvent.name or frame.name != DoneEvent.name:
                yield AnswerFault("one-terminator", f"event {number}, '{shown(frame.name)}', came after '{end}'")
            continue
        event = _parse(frame)
        if isinstance(event, MetaEvent) and number > 1:
            yield AnswerFault("meta-first", f"'meta' came as event {number}, after '{shown(frames[number - 2].name)}'")
        elif isinstance(event, TextEvent):
            text.append(event.text)
        elif isinstance(event, ReplaceResponseEvent):
            text = [event.text]
        elif isinstance(event, FileEvent) and event.inline_ref in _INLINE_REFERENCE.findall("".join(text)):
            sentence = f"the file '{shown(event.file_name)}' came as event {number}, after the text that refers to it"
            yield AnswerFault("file-before-reference", sentence)
        if frame.name in TERMINATORS:
            end = frame.name


def _end_faults(answer: Exchange) -> Iterator[AnswerFault]:
    if not answer.has_terminator and (answer.frames or answer.first_byte_s is not None or answer.end == "broken"):
        if answer.end == "broken":
            yield AnswerFault("done", f"the server {answer.failure}")
        elif answer.end == "whole" and answer.frames:
            rest = "" if answer.body.endswith((b"\n\n", b"\r\n\r\n", b"\r\r")) else ", in the middle of an event"
            yield AnswerFault("done", f"the stream ended without 'done' or 'error'{rest}")
    if answer.end == "whole" and not answer.frames and _is_event_stream(answer):
        got = shown(answer.body.decode("utf-8", "replace"))
        yield AnswerFault("answer-not-empty", f"it held no event, but '{got}'" if got else "it held no event at all")
    elif answer.has_terminator:
        reply = read_reply(answer)
        if reply.is_empty and reply.error is None:
            yield AnswerFault("answer-not-empty", "it held no text, no file and no error")


def _limit_faults(answer: Exchange) -> Iterator[AnswerFault]:
    events = len(answer.frames) - answer.has_terminator
    characters = 0
    for frame in answer.frames:
        event = _parse(frame)
        characters += len(event.text) if isinstance(event, TextEvent | ReplaceResponseEvent) else 0
    if events > REPLY_EVENTS:
        yield AnswerFault("answer-in-limits", f"it held {events} events; the limit is {REPLY_EVENTS}")
    if characters > REPLY_CHARACTERS:
        yield AnswerFault("answer-in-limits", f"it held {characters} characters; the limit is {REPLY_CHARACTERS}")


def _parse(frame: Frame) -> Event | None:
    try:
        return parse_event(frame.name, frame.data)
    except InvalidEvent:
        return None


def read_reply(answer: Exchange) -> Reply:
    """Gives what the events amount to; faulty ones are left out."""
    return reduce_events(event for frame in answer.frames if (event := _parse(frame)) is not None)


def looks_like_failed_call(error: ErrorEvent) -> bool:
    """Tells whether a bot seems to have failed because it could not reach a bot that it calls."""
    return _CALL_FAILED.search(f"{error.text or ''} {error.raw_response or ''}") is not None


def describe_error(error: ErrorEvent) -> str:
    """Gives an error event's words, for a sentence."""
    text = f"'{shown(error.text)}'" if error.text else f"no text, of the type {error.error_type}"
    return f"{text} ({shown(error.raw_response)})" if error.raw_response else text


def describe_status(answer: Exchange) -> str:
    """Gives the status of an answer, and where it leads or what it says."""
    target = answer.headers.get("location")
    if target:
        return f"{answer.status}, which leads to {shown(target)}"
    body = shown(answer.body.decode("utf-8", "replace"))
    return f"{answer.status} ({body})" if body and answer.status != 200 else str(answer.status)


def describe_cut(answer: Exchange) -> str:
    """Gives a sentence for an answer that was not read to its end."""
    remedy = "; give it more with --timeout" if answer.end == "late" else ""
    return f"The server {answer.failure}{remedy}."


def describe_seconds(seconds: float) -> str:
    """Gives a time for people: `12 ms`, `3.1 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def shown(text: str) -> str:
    """Gives a server's text as one short line."""
    return cut(" ".join(text.split()), SHOWN_CHARACTERS)
