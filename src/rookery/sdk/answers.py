"""Reading the answer of a called bot: bytes in, messages out, breaches reported (protocol 3.8, 3.9, 9.7.5).

    piece ──SseDecoder──► frames ──parse_event──► events ──► PartialResponse / MetaResponse, or a raised BotError
                            │         │ problems
                            │         └──► on_error and, in the background, a report_error to the bot
                            └── plain text ──► PartialResponse (`messages`, the short way)

`Progress` outlives one try: after a stream broke off, the next try's first text replaces what the caller already
has, so nothing is heard twice (10.2, C4).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from rookery.protocol.decoding import InvalidEvent, Problem, parse_event
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    FileEvent,
    JsonEvent,
    MetaEvent,
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
)
from rookery.protocol.messages import Attachment
from rookery.protocol.reading import NO_DONE, NO_TEXT
from rookery.protocol.responses import MetaResponse, PartialResponse
from rookery.protocol.sse import Frame, FrameTooLarge, SseDecoder
from rookery.sdk.errors import BotError, BotErrorNoRetry
from rookery.sdk.messages import build_text, find_plain_text
from rookery.sdk.options import CallOptions
from rookery.sdk.reports import report_problem

_NO_TEXT_SENTENCES = {
    "insufficient_fund": "Bot '{}' could not answer: there are not enough points for it.",
    "user_message_too_long": "Bot '{}' could not answer: the message is too long for it.",
    "privacy_authorization_error": "Bot '{}' could not answer: it lacks a permission.",
}


@dataclass(slots=True)
class Progress:
    """What the caller already received, over all tries."""

    has_messages: bool = False
    has_meta: bool = False
    has_data: bool = False
    """An object was handed on. Objects add up (tool calls), so a second try would double them."""
    text_indexes: set[int | None] = field(default_factory=set)
    stale_indexes: set[int | None] = field(default_factory=set)
    """Answers whose text came from an earlier, broken try."""
    file_urls: set[str] = field(default_factory=set)
    suggested_replies: set[str] = field(default_factory=set)

    def start_try(self) -> None:
        """Marks all text so far as to be replaced."""
        self.stale_indexes = set(self.text_indexes)


class AnswerReader:
    """Reads one try's stream. Give it every piece, and every frame of it, until `is_done`; else call `end_early`."""

    __slots__ = (
        "_decoder",
        "_has_content",
        "_has_plain_text",
        "_is_first",
        "_message_id",
        "_options",
        "_problems",
        "_seen",
        "fault",
        "is_done",
    )

    def __init__(self, options: CallOptions, message_id: str, progress: Progress) -> None:
        self._options = options
        self._message_id = message_id
        self._seen = progress
        self._decoder = SseDecoder()
        self._is_first = True
        self._has_content = False
        self._has_plain_text = False
        self._problems = 0
        self.fault: BotError | None = None
        """To be raised after the messages of the piece that was split last: its rest cannot be read."""
        self.is_done = False
        """True after the event `done`: nothing more counts."""

    def split(self, piece: bytes) -> list[Frame]:
        """Gives the events completed by these bytes, each of which `read` wants; then see `fault`."""
        try:
            return self._decoder.feed(piece)
        except FrameTooLarge as error:
            self.fault = self._breach(Problem(str(error)), allow_retry=False)
            return error.frames

    def read(self, frame: Frame) -> PartialResponse | None:
        """Gives the message for an event; None when there is none. Raises BotError or BotErrorNoRetry.

        One event at a time, so that a message can go before the next one is made: thousands alive at once would keep
        the garbage collector busy for longer than it takes to make them.
        """
        if frame.name == "text" and not self._seen.stale_indexes:
            message = find_plain_text(frame.data)
            if message is not None:
                if not self._has_plain_text:
                    self._note_plain_text()
                return message
        message = self._read(frame)
        if message is not None:
            self._seen.has_messages = True
        return message

    def end_early(self) -> None:
        """Reports that the stream ended without `done`."""
        self._report(NO_DONE)

    def _note_plain_text(self) -> None:
        self._has_plain_text = True
        self._is_first = False
        self._has_content = self._seen.has_messages = True
        self._seen.text_indexes.add(None)

    def _read(self, frame: Frame) -> PartialResponse | None:
        problems = self._problems
        try:
            event = parse_event(frame.name, frame.data, self._report)
        except InvalidEvent as error:
            raise self._breach(error.problem, allow_retry=error.allow_retry) from None
        is_first, self._is_first = self._is_first, False
        if isinstance(event, MetaEvent):
            # Late or faulty ones have no effect at all (3.9.1, 3.8).
            return self._meta(event, frame) if is_first and self._problems == problems else None
        return self._message(event, frame)

    def _message(self, event: Event, frame: Frame) -> PartialResponse | None:
        match event:
            case TextEvent(text, index):
                return self._text(frame, text, index, is_replace=False)
            case ReplaceResponseEvent(text, index):
                return self._text(frame, text, index, is_replace=True)
            case SuggestedReplyEvent(text, index):
                if text in self._seen.suggested_replies:
                    return None
                self._seen.suggested_replies.add(text)
                return PartialResponse(text=text, raw_response=_raw(frame), is_suggested_reply=True, index=index)
            case FileEvent():
                return self._file(event)
            case JsonEvent(data, index):
                self._has_content = self._seen.has_data = True
                return PartialResponse(text="", data=dict(data), index=index)
            case ErrorEvent():
                raise self._bot_error(event, frame)
            case DoneEvent():
                self._end()
            case DataEvent():
                pass  # a platform should keep these to itself; they are not for callers (protocol 3.9.6)
        return None

    def _text(self, frame: Frame, text: str, index: int | None, *, is_replace: bool) -> PartialResponse:
        self._has_content = True
        seen = self._seen
        if index in seen.stale_indexes:
            seen.stale_indexes.discard(index)
            is_replace = True
        seen.text_indexes.add(index)
        return build_text(frame.name, frame.data.decode("utf-8", "replace"), text, index, is_replace=is_replace)

    def _file(self, event: FileEvent) -> PartialResponse | None:
        self._has_content = True
        if event.url in self._seen.file_urls:
            return None
        self._seen.file_urls.add(event.url)
        attachment = Attachment(
            url=event.url,
            content_type=event.content_type,
            name=event.file_name,
            inline_ref=event.inline_ref,
        )
        return PartialResponse(text="", attachment=attachment, index=event.index)

    def _meta(self, event: MetaEvent, frame: Frame) -> MetaResponse | None:
        if self._seen.has_meta:
            return None
        self._seen.has_meta = True
        return MetaResponse(
            text="",
            raw_response=_load(frame.data),
            content_type=event.content_type,
            linkify=event.linkify,
            suggested_replies=event.suggested_replies,
            refetch_settings=event.refetch_settings,
        )

    def _end(self) -> None:
        self.is_done = True
        if not (self._has_content or self._problems or self._options.has_tools):
            self._report(NO_TEXT)

    def _bot_error(self, event: ErrorEvent, frame: Frame) -> BotError:
        name = self._options.bot_name
        fallback = _NO_TEXT_SENTENCES.get(event.error_type or "", "Bot '{}' ended with an error and did not say which.")
        return (BotError if event.allow_retry else BotErrorNoRetry)(
            event.text or fallback.format(name),
            text=event.text,
            error_type=event.error_type,
            allow_retry=event.allow_retry,
            bot_name=name,
            raw=frame.data.decode("utf-8", "replace"),
        )

    def _breach(self, problem: Problem, *, allow_retry: bool) -> BotError:
        self._report(problem)
        name = self._options.bot_name
        return (BotError if allow_retry else BotErrorNoRetry)(
            f"Bot '{name}' broke the bot protocol: {problem.message}", allow_retry=allow_retry, bot_name=name
        )

    def _report(self, problem: Problem) -> None:
        self._problems += 1
        report_problem(self._options, problem, self._message_id)


def _raw(frame: Frame) -> dict[str, str]:
    return {"type": frame.name, "text": frame.data.decode("utf-8", "replace")}


def _load(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
