"""The reducer: events in, a reply out (protocol 3.9, 3.10 and 3.12).

    ReplyBuilder.apply(event) ── one at a time, cheap ──► ReplyBuilder.reply() ──► Reply (a value)
    reduce_events(events)     ── all at once

Rules held here: `meta` counts only as the very first event; a replacement replaces one answer; what follows the
first `done` or `error` is ignored; the last `data` counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
    UnknownEvent,
)
from rookery.protocol.limits import ANSWERS, SUGGESTED_REPLIES


@dataclass(frozen=True, slots=True)
class Reply:
    """What a list of events amounts to."""

    text: str = ""
    """The answer: index 0, or no index."""
    alternatives: Mapping[int, str] = field(default_factory=dict)
    """Further answers by index (3.9.10, O19)."""
    files: tuple[FileEvent, ...] = ()
    suggested_replies: tuple[str, ...] = ()
    metadata: str | None = None
    """What the bot wants back with the next query."""
    meta: MetaEvent = field(default_factory=MetaEvent)
    data: tuple[Mapping[str, Any], ...] = ()
    """Objects of `json` events, in order."""
    error: ErrorEvent | None = None
    is_done: bool = False
    """True after `done`; false after `error` or while the reply goes on."""

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to show: no text, file or object (3.12 step 5; files alone are an answer)."""
        return not (self.text or self.alternatives or self.files or self.data)


class ReplyBuilder:
    """Takes the events of one reply as they come."""

    __slots__ = (
        "_answers",
        "_data",
        "_files",
        "_is_first",
        "_meta",
        "_metadata",
        "_replies",
        "_text",
        "error",
        "is_done",
    )

    def __init__(self) -> None:
        self._text: list[str] = []
        self._answers: dict[int, list[str]] = {}
        self._files: list[FileEvent] = []
        self._replies: list[str] = []
        self._metadata: str | None = None
        self._meta: MetaEvent | None = None
        self._data: list[Mapping[str, Any]] = []
        self._is_first = True
        self.error: ErrorEvent | None = None
        self.is_done = False

    @property
    def is_ended(self) -> bool:
        """True once `done` or `error` was applied."""
        return self.is_done or self.error is not None

    @property
    def is_empty(self) -> bool:
        """Like `Reply.is_empty`, without building the reply."""
        return not (any(self._text) or self._answers or self._files or self._data)

    def apply(self, event: Event) -> bool:
        """Takes one event; gives False when the rules say that it has no effect (late meta, after the end)."""
        if self.is_ended:
            return False
        is_first, self._is_first = self._is_first, False
        match event:
            case TextEvent():
                return self._append(event.index, event.text)
            case ReplaceResponseEvent():
                return self._replace(event.index, event.text)
            case SuggestedReplyEvent():
                if len(self._replies) >= SUGGESTED_REPLIES:
                    return False
                self._replies.append(event.text)
            case FileEvent():
                self._files.append(event)
            case DataEvent():
                self._metadata = event.metadata
            case JsonEvent():
                self._data.append(event.data)
            case MetaEvent():
                if is_first:
                    self._meta = event
                return is_first
            case ErrorEvent():
                self.error = event
            case DoneEvent():
                self.is_done = True
            case UnknownEvent():
                return False
            case _:
                return False
        return True

    def _append(self, index: int | None, text: str) -> bool:
        if not index:
            self._text.append(text)
            return True
        if index not in self._answers and not self._may_add(index):
            return False
        self._answers.setdefault(index, []).append(text)
        return True

    def _replace(self, index: int | None, text: str) -> bool:
        if not index:
            self._text = [text]
            return True
        if index not in self._answers and not self._may_add(index):
            return False
        self._answers[index] = [text]
        return True

    def _may_add(self, index: int) -> bool:
        return index > 0 and len(self._answers) < ANSWERS - 1

    def reply(self) -> Reply:
        """Gives the reply so far, as a value that later events do not change."""
        return Reply(
            text="".join(self._text),
            alternatives={index: "".join(parts) for index, parts in sorted(self._answers.items())},
            files=tuple(self._files),
            suggested_replies=tuple(self._replies),
            metadata=self._metadata,
            meta=self._meta or MetaEvent(),
            data=tuple(self._data),
            error=self.error,
            is_done=self.is_done,
        )


def reduce_events(events: Iterable[Event]) -> Reply:
    """Gives the reply that these events amount to."""
    builder = ReplyBuilder()
    for event in events:
        builder.apply(event)
    return builder.reply()
