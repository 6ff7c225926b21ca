"""Reading a bot's stream by the platform's algorithm, as a pure step (protocol 3.12, steps 2 to 7).

    bytes ──SseDecoder──► frames ──parse_event──► events ──ReplyBuilder──► reply
                                     │ problems (to report)   │ limits

`ReplyReader.feed` never raises: what arrived before a fault is given out, then `fault` says what broke.
"""

from __future__ import annotations

from dataclasses import dataclass

from rookery.protocol.decoding import InvalidEvent, Problem, cut, parse_event
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    Event,
    FileEvent,
    PingEvent,
    ReplaceResponseEvent,
    TextEvent,
    UnknownEvent,
)
from rookery.protocol.limits import Limits
from rookery.protocol.reduce import ReplyBuilder
from rookery.protocol.sse import Frame, FrameTooLarge, SseDecoder

NO_DONE = Problem("Bot exited without sending 'done' event")
NO_TEXT = Problem("Bot returned no text in response")
"""Reports of protocol 3.8 that concern the whole stream."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a stream cannot be read on: a clause that fits after the bot's name, and the report for the bot."""

    clause: str
    problem: Problem
    allow_retry: bool = False


class ReplyReader:
    """Reads one reply. Give it every chunk until `is_ended`, then look at `fault` and the builder."""

    __slots__ = ("_characters", "_decoder", "_events", "_files", "_limits", "builder", "fault", "notices", "problems")

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits if limits is not None else Limits()
        self._decoder = SseDecoder(self._limits.frame_bytes)
        self._events = 0
        self._characters = 0
        self._files = 0
        self.builder = ReplyBuilder()
        self.fault: Fault | None = None
        self.problems: list[Problem] = []
        """Harmless breaches so far, to be reported to the bot."""
        self.notices: list[str] = []
        """The same as clauses that fit after the bot's name, for the person."""

    @property
    def is_ended(self) -> bool:
        """True after `done`, `error` or a fault: nothing more is to be read."""
        return self.fault is not None or self.builder.is_ended

    def feed(self, chunk: bytes) -> list[Event]:
        """Gives the events that had an effect, in order; pings, unknown and late ones are left out."""
        if self.is_ended:
            return []
        try:
            return self._take_all(self._decoder.feed(chunk))
        except FrameTooLarge as error:
            accepted = self._take_all(error.frames)
            if not self.is_ended:
                self.fault = _too_large(error.max_bytes)
            return accepted

    def _take_all(self, frames: list[Frame]) -> list[Event]:
        accepted: list[Event] = []
        for frame in frames:
            event = self._take(frame)
            if event is not None:
                accepted.append(event)
            if self.is_ended:
                break
        return accepted

    def _take(self, frame: Frame) -> Event | None:
        try:
            event = parse_event(frame.name, frame.data, self._note)
        except InvalidEvent as error:
            self.fault = _invalid(error)
            return None
        # `done` is not counted, so that a bot may use up the whole limit and still end well.
        if not isinstance(event, DoneEvent) and self._exceeds_limits(event):
            return None
        if isinstance(event, FileEvent | DataEvent) and self._is_left_out(event):
            return None
        if not self.builder.apply(event) or isinstance(event, PingEvent | UnknownEvent):
            return None
        return event

    def _exceeds_limits(self, event: Event) -> bool:
        self._events += 1
        if self._events > self._limits.reply_events:
            self.fault = _over("events", self._limits.reply_events)
        elif isinstance(event, TextEvent | ReplaceResponseEvent):
            self._characters += len(event.text)
            if self._characters > self._limits.reply_characters:
                self.fault = _over("characters", self._limits.reply_characters)
        return self.fault is not None

    def _is_left_out(self, event: FileEvent | DataEvent) -> bool:
        # What is too much of a side dish is left out and said; the answer itself goes on (2.5, O15).
        if isinstance(event, DataEvent):
            size = len(event.metadata.encode("utf-8", "surrogatepass"))
            limit = self._limits.metadata_bytes
            if size <= limit:
                return False
            self._leave_out(f"sent metadata of {size} bytes, which is not kept; the limit is {limit}", limit, "bytes")
            return True
        if not event.url.startswith(("http://", "https://")):
            self._leave_out(f"sent the file '{cut(event.file_name, 60)}' with an address that is no web address", 0, "")
            return True
        self._files += 1
        limit = self._limits.reply_files
        if self._files == limit + 1:
            self._leave_out(f"sent more than {limit} files in one answer; the rest is left out", limit, "files")
        return self._files > limit

    def _leave_out(self, clause: str, limit: int, unit: str) -> None:
        self.notices.append(clause)
        metadata = {"limit": limit, "unit": unit} if unit else {}
        self.problems.append(Problem(f"Bot {clause}", metadata))

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)
        if problem.message.startswith("Unknown event type: "):
            name = cut(problem.message.removeprefix("Unknown event type: "), 40)
            self.notices.append(f"sent an unknown event '{name}', which was skipped")
        else:
            self.notices.append(f"sent a faulty event, which was skipped ({problem.message})")


def _invalid(error: InvalidEvent) -> Fault:
    message = error.problem.message
    if message.startswith("Invalid JSON"):
        clause = f"sent a '{error.event_name}' event whose data is not JSON"
    elif message.startswith("Expected JSON dict"):
        clause = f"sent a '{error.event_name}' event whose data is not a JSON object"
    else:
        clause = f"sent a faulty '{error.event_name}' event ({message[0].lower()}{message[1:]})"
    return Fault(clause, error.problem, error.allow_retry)


def _over(what: str, limit: int) -> Fault:
    problem = Problem(f"Response exceeds the limit of {limit} {what}", {"limit": limit, "unit": what})
    return Fault(f"sent more than {limit:,} {what} in one answer".replace(",", " "), problem)


def _too_large(limit: int) -> Fault:
    problem = Problem(f"Event exceeds the limit of {limit} bytes", {"limit": limit, "unit": "bytes"})
    return Fault(f"sent a single event of more than {limit:,} bytes".replace(",", " "), problem)
