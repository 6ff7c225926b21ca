"""The events of a reply: a tagged union of plain classes (protocol 3.9). `decoding` reads them, `encoding` writes them.

Instances are never changed after they are made; they are not frozen only because a frozen class costs three times
as much to build, and one is built per token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from rookery.protocol.messages import ContentType
from rookery.protocol.responses import ErrorType


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
