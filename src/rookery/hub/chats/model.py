"""Chats and messages as values.

    introduction ── user message ── answer ── user message ── answer   ◄── leaf: the path root → leaf is the chat
                        │              └───── edited message ── answer
                        └── answer (regenerated)

A message's `context` is a number that grows when the context is cleared: a bot reads the end of the path that has one
context, and knows each context as a conversation of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from rookery.hub.files.model import StoredFile
from rookery.hub.relay.model import QueryState
from rookery.protocol.messages import ContentType, FeedbackType

AuthorRole = Literal["user", "bot"]
MessageKind = Literal["message", "introduction"]

CONTENT_CHARACTERS = 512_000
"""Characters of one message of a person: as much as an answer may have (protocol 2.5)."""
PARAMETERS_BYTES = 64 * 1024
"""Bytes of a message's parameters as JSON."""
TITLE_CHARACTERS = 200
REACTION_CHARACTERS = 32
REASON_CHARACTERS = 2_000
CHAT_PEOPLE = 50
"""People in one chat."""
UNTITLED = "New chat"


@dataclass(frozen=True, slots=True)
class ChatPerson:
    """Somebody in a chat."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as one of its people sees it."""

    id: str
    owner_id: str
    """Who made it, and may add people or delete it."""
    title: str
    """Empty until the first message, or until somebody names it."""
    bot_name: str
    """Whom a message without a mention is for. The bot may be gone."""
    leaf_id: str | None
    """The last message of the shown path; None in an empty chat."""
    context: int
    """The context that a message below the leaf gets."""
    created_at: datetime
    updated_at: datetime
    """When something was last said."""
    people: tuple[ChatPerson, ...] = ()
    bots: tuple[str, ...] = ()
    """Names of all bots that were ever asked here."""
    is_pinned: bool = False
    is_archived: bool = False

    @property
    def shown_title(self) -> str:
        return self.title or UNTITLED


@dataclass(frozen=True, slots=True)
class MessageFile:
    """A file of a message: one that the hub keeps, or a foreign address."""

    name: str
    content_type: str
    """MIME type; for a foreign address what the sender said."""
    file: StoredFile | None = None
    url: str | None = None
    """Only of foreign files: links to the hub's own are made anew each time."""
    inline_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """One person's reaction to an answer."""

    person_id: str
    reaction: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's like or dislike of an answer."""

    person_id: str
    type: FeedbackType
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a person, an answer of a bot, or a bot's introduction."""

    id: str
    chat_id: str
    parent_id: str | None
    role: AuthorRole
    context: int
    created_at: datetime
    kind: MessageKind = "message"
    person_id: str | None = None
    """The author of a person's message."""
    bot_id: str | None = None
    bot_name: str = ""
    """The author of an answer; of a person's message whom it is for."""
    content: str = ""
    content_type: ContentType = "text/markdown"
    attachments: tuple[MessageFile, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Of a person's message as sent; of an answer those it was made with when they differ."""
    suggested_replies: tuple[str, ...] = ()
    alternatives: Mapping[int, str] = field(default_factory=dict)
    """Further answers by index (protocol 3.9.10)."""
    notices: tuple[str, ...] = ()
    metadata: str | None = None
    """What the bot wants back with its next query; never shown to anybody."""
    state: QueryState = QueryState.DONE
    error: str | None = None
    query_id: str | None = None
    reply_to: str | None = None
    """Id of the message that this one answers to, when its author said so."""
    reactions: tuple[Reaction, ...] = ()
    feedback: tuple[Feedback, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.state is QueryState.RUNNING

    @property
    def is_empty(self) -> bool:
        """True when there is nothing that a bot could read."""
        return not (self.content or self.attachments)


@dataclass(frozen=True, slots=True)
class Twig:
    """A message's place in its tree, without the message."""

    id: str
    parent_id: str | None
    context: int


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What an answer came to."""

    state: QueryState
    error: str | None
    content: str = ""
    content_type: ContentType = "text/markdown"
    attachments: tuple[MessageFile, ...] = ()
    suggested_replies: tuple[str, ...] = ()
    alternatives: Mapping[int, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    metadata: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that a search found: a message, or a chat by its title."""

    chat_id: str
    title: str
    message_id: str | None
    """None when the title was found."""
    text: str
    created_at: datetime


def conversation_id(chat_id: str, context: int) -> str:
    """Gives the conversation that a context of a chat is for bots; they see a pseudonym of it."""
    return f"{chat_id}.{context}"
