"""What an author's handler yields: the response models of the SDK (protocol 9.4).

These are the author's side of the stream; the wire's side is `events`. Unknown keyword arguments are refused, so
that a mistyped flag is seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from rookery.protocol.messages import Attachment, ContentType
from rookery.protocol.toolcalls import ToolCallDefinitionDelta

ErrorType = Literal["user_message_too_long", "insufficient_fund", "user_caused_error", "privacy_authorization_error"]
"""Machine-readable causes of an `error` event (protocol 3.11); unknown values are read as absent."""

ERROR_TYPES: frozenset[str] = frozenset(get_args(ErrorType))


def known_error_type(value: object) -> ErrorType | None:
    """Gives the error type when it is one of the four known ones, else None (protocol 3.11)."""
    return cast("ErrorType", value) if isinstance(value, str) and value in ERROR_TYPES else None


class PartialResponse(BaseModel):
    """A piece of an answer, yielded by a bot or received from a called bot."""

    model_config = ConfigDict(extra="forbid")

    text: str
    data: dict[str, Any] | None = None
    """Object of a `json` event."""
    raw_response: object = None
    """What came over the wire, for debugging."""
    full_prompt: str | None = None
    """The request that led to this piece, for debugging."""
    request_id: str | None = None
    is_suggested_reply: bool = False
    is_replace_response: bool = False
    """True: everything said so far is replaced by `text`."""
    attachment: Attachment | None = None
    tool_calls: list[ToolCallDefinitionDelta] = []
    index: int | None = None
    """Which of several parallel answers this belongs to (protocol 3.9.10)."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PartialResponse:
        """Reads `text` only, as the reference does."""
        return cls(text=str(data.get("text", "")))


class ErrorResponse(PartialResponse):
    """Ends the answer with an error shown to the person."""

    allow_retry: bool = True
    error_type: ErrorType | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ErrorResponse:
        """Reads `text`, `allow_retry` and `error_type`; an unknown error type becomes None."""
        return cls(
            text=str(data.get("text", "")),
            allow_retry=bool(data.get("allow_retry", True)),
            error_type=known_error_type(data.get("error_type")),
        )


class MetaResponse(PartialResponse):
    """How to render the answer; must be yielded first. The defaults differ from `meta_event` (10.1, S21)."""

    linkify: bool = True
    """Deprecated."""
    suggested_replies: bool = True
    content_type: ContentType = "text/markdown"
    refetch_settings: bool = False


class DataResponse(BaseModel):
    """Text kept with the answer and given back to this bot only (protocol 3.9.6); the last one counts."""

    model_config = ConfigDict(extra="forbid")

    metadata: str


class AttachmentUploadResponse(BaseModel):
    """What uploading gave."""

    attachment_url: str | None
    mime_type: str | None
    name: str | None = None
    inline_ref: str | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AttachmentUploadResponse:
        """Reads `url`, `content_type`, `name` and `inline_ref`, as the reference does."""
        return cls(
            attachment_url=data.get("url"),
            mime_type=data.get("content_type"),
            name=data.get("name"),
            inline_ref=data.get("inline_ref"),
        )
