"""Messages of a conversation and what hangs on them (protocol 3.3).

Wire input is read tolerantly, as the protocol's own rule asks (10.1, S4): unknown keys are ignored, an unknown
content type becomes plain text, unknown feedback, an absent `reason` and a referenced message of an unknown role do
not fail a query. Messages of the history with unknown roles are left out by `QueryRequest`, which knows their
neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ValidationInfo, field_validator

from rookery.protocol.identifiers import Identifier

Role = Literal["system", "user", "bot", "tool"]
FeedbackType = Literal["like", "dislike"]
ContentType = Literal["text/markdown", "text/plain"]
MessageType = Literal["function_call"]

ROLES: frozenset[str] = frozenset(get_args(Role))
CONTENT_TYPES: frozenset[str] = frozenset(get_args(ContentType))
FEEDBACK_TYPES: frozenset[str] = frozenset(get_args(FeedbackType))


def known_content_type(value: object) -> ContentType:
    """Gives the content type to render with: anything but the two known ones is plain text (2.4)."""
    return "text/markdown" if value == "text/markdown" else "text/plain"


def has_unknown_role(item: object) -> bool:
    """Tells whether this is a message as plain data whose role is a word this version does not know (3.3)."""
    if not isinstance(item, Mapping):
        return False
    role = cast("Mapping[str, object]", item).get("role")
    return isinstance(role, str) and role not in ROLES


class MessageFeedback(BaseModel):
    """Deprecated style of a reaction."""

    type: FeedbackType
    reason: str | None = None
    """The reference model demands the key; senders should therefore always write it."""


class MessageReaction(BaseModel):
    """A person's reaction to a message: `like`, `heart`, … (3.7); any text is accepted."""

    user_id: Identifier
    reaction: str


class Sender(BaseModel):
    """Who wrote a message: for bots the bot name, for people the display name (usually only in group chats)."""

    id: Identifier | None = None
    name: str | None = None


class User(BaseModel):
    """A person in the chat."""

    id: Identifier
    name: str | None = None


class Attachment(BaseModel):
    """A file of a message, by URL."""

    url: str
    content_type: str
    """MIME type."""
    name: str
    inline_ref: str | None = None
    """When set, the file stands where the Markdown reference `![title][ref]` stands."""
    parsed_content: str | None = None
    """The file's text, or `name***description` of an image, filled by the platform."""


class ProtocolMessage(BaseModel):
    """One message of the history."""

    role: Role
    message_type: MessageType | None = None
    """`function_call`: `content` is a JSON list of tool calls (5.1.4)."""
    sender_id: Identifier | None = None
    """Deprecated by `sender`."""
    sender: Sender | None = None
    content: str
    parameters: dict[str, Any] = {}
    """Values of parameter controls; untrusted, any type (4.5)."""
    content_type: ContentType = "text/markdown"
    timestamp: int = 0
    """Microseconds since the epoch."""
    message_id: Identifier = ""
    feedback: list[MessageFeedback] = []
    attachments: list[Attachment] = []
    metadata: str | None = None
    """What this bot stored with an earlier answer through a `data` event."""
    referenced_message: ProtocolMessage | None = None
    """The message this one replies to."""
    reactions: list[MessageReaction] = []

    @field_validator("content_type", mode="before")
    @classmethod
    def _downgrade_content_type(cls, value: object) -> object:
        return known_content_type(value) if isinstance(value, str) else value

    @field_validator("message_type", mode="before")
    @classmethod
    def _skip_unknown_message_type(cls, value: object) -> object:
        return value if value == "function_call" or not isinstance(value, str) else None

    @field_validator("referenced_message", mode="before")
    @classmethod
    def _skip_reference_of_unknown_role(cls, value: object) -> object:
        return None if has_unknown_role(value) else value

    @field_validator("feedback", mode="before")
    @classmethod
    def _skip_unknown_feedback(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, list):
            return value
        return [
            item
            for item in value
            if not (isinstance(item, dict) and isinstance(item.get("type"), str) and item["type"] not in FEEDBACK_TYPES)
        ]
