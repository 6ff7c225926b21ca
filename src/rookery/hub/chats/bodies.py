"""The JSON of chats: what is asked for and what is given, as the hub's OpenAPI file describes it. Shapes only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from rookery.hub.chats.model import (
    CONTENT_CHARACTERS,
    REASON_CHARACTERS,
    TITLE_CHARACTERS,
)

BODY_BYTES = 8 * 1024 * 1024
"""Of one request: a message of full length may be written as escapes of six bytes or more each, and has parameters."""
MESSAGE_ID = r"^m-[a-z0-9=]{32}$"
CHAT_ID = r"^c-[a-z0-9=]{32}$"
BotName = Annotated[str, Field(min_length=1, max_length=100)]
MessageId = Annotated[str, Field(pattern=MESSAGE_ID)]


class ChatDraft(BaseModel):
    """Body of `POST /api/chats`."""

    bot: BotName
    title: str = Field(default="", max_length=TITLE_CHARACTERS)
    """Empty: made from the first message."""


class ChatPatch(BaseModel):
    """Body of `PATCH /api/chats/{id}`: only what is given changes."""

    title: str | None = Field(default=None, max_length=TITLE_CHARACTERS)
    pinned: bool | None = None
    archived: bool | None = None
    bot: BotName | None = None
    """Whom messages without a mention are for from now on."""
    leaf_id: MessageId | None = None
    """Shows the branch of this message, down to its newest end."""


class AttachmentDraft(BaseModel):
    """A file to attach: `file_id` of an upload, or `url` (of this hub or any other)."""

    file_id: str | None = Field(default=None, min_length=1, max_length=60, pattern=r"^[A-Za-z0-9=-]+$")
    url: str | None = Field(default=None, min_length=1, max_length=4000)
    name: str | None = Field(default=None, min_length=1, max_length=200)
    """Of a foreign address."""
    content_type: str | None = Field(default=None, max_length=200, pattern=r"^[\w.+-]+/[\w.+-]+$")
    """Of a foreign address."""


class MessageBodyDraft(BaseModel):
    """Body of `POST /api/chats/{id}/messages`."""

    content: str = Field(default="", max_length=CONTENT_CHARACTERS)
    attachments: list[AttachmentDraft] = Field(default=[], max_length=100)
    """More than the limit for one message, so that the refusal can say which limit that is."""
    parameters: dict[str, Any] = {}
    bot: BotName | None = None
    """Whom it is for; absent: the bot mentioned at the beginning (`@Name …`), else the chat's."""
    parent_id: MessageId | None = None
    """The message to hang it below (to edit one, its `parent_id`); absent: the chat's last; null: a new beginning."""
    reply_to: MessageId | None = None
    """The message of this chat that it refers to."""


class RegenerateDraft(BaseModel):
    """Body of `POST /api/messages/{id}/regenerate`."""

    bot: BotName | None = None
    """Another bot than the one that answered."""
    parameters: dict[str, Any] | None = None
    """In place of those of the question."""


class FeedbackDraft(BaseModel):
    """Body of `POST /api/messages/{id}/feedback`."""

    type: Literal["like", "dislike"]
    reason: str | None = Field(default=None, max_length=REASON_CHARACTERS)


class PersonDraft(BaseModel):
    """Body of `POST /api/chats/{id}/people`."""

    name: str = Field(min_length=1, max_length=100)
    """Name or id of a person of this hub."""


class PersonBody(BaseModel):
    """A person, as others in a chat see them."""

    id: str
    name: str


class ChatBody(BaseModel):
    """A chat."""

    id: str
    title: str
    bot: str
    bots: list[str]
    """Every bot that was ever asked here."""
    people: list[PersonBody]
    owner_id: str
    leaf_id: str | None
    context: int
    """Of the next message; messages with a lower number are not sent to bots any more."""
    pinned: bool
    archived: bool
    created_at: datetime
    updated_at: datetime


class AuthorBody(BaseModel):
    """Who wrote a message."""

    kind: Literal["person", "bot"]
    id: str | None
    name: str


class AttachmentBody(BaseModel):
    """A file of a message, with a link that works now."""

    file_id: str | None
    """Null for a foreign address."""
    url: str
    name: str
    content_type: str
    size: int | None
    """Bytes; null for a foreign address."""
    inline_ref: str | None


class ReactionBody(BaseModel):
    """One person's reaction."""

    reaction: str
    person: PersonBody


class FeedbackBody(BaseModel):
    """One person's like or dislike."""

    type: Literal["like", "dislike"]
    reason: str | None
    person: PersonBody


class MessageBody(BaseModel):
    """A message."""

    id: str
    chat_id: str
    parent_id: str | None
    siblings: list[str]
    """All messages below the same parent, oldest first, with this one: the branches to switch between."""
    role: Literal["user", "bot"]
    kind: Literal["message", "introduction"]
    author: AuthorBody
    bot: str
    """Who wrote the answer, or whom the message is for."""
    content: str
    content_type: Literal["text/markdown", "text/plain"]
    attachments: list[AttachmentBody]
    parameters: dict[str, Any]
    suggested_replies: list[str]
    alternatives: dict[str, str]
    """Further answers by number (1 to 7)."""
    notices: list[str]
    reactions: list[ReactionBody]
    feedback: list[FeedbackBody]
    state: Literal["running", "done", "failed", "stopped", "interrupted"]
    error: str | None
    query_id: str | None
    """Of an answer: follow it at `/api/queries/{query_id}/events` (only who asked), stop it at `…/stop`."""
    reply_to: str | None
    context: int
    created_at: datetime


class ChatsBody(BaseModel):
    """A page of chats."""

    chats: list[ChatBody]
    before: str | None
    """To be given as `before` for the next page; null on the last."""


class OpenedChatBody(BaseModel):
    """A chat with the end of its shown path."""

    chat: ChatBody
    messages: list[MessageBody]
    """Oldest first."""
    before: str | None
    """To be given as `before` for the messages above; null when there are none."""


class OneChatBody(BaseModel):
    """A chat."""

    chat: ChatBody


class SentBody(BaseModel):
    """A message on its way."""

    message: MessageBody
    answer: MessageBody
    query_id: str


class RegeneratedBody(BaseModel):
    """Another answer on its way."""

    answer: MessageBody
    query_id: str


class OneMessageBody(BaseModel):
    """A message."""

    message: MessageBody


class HitBody(BaseModel):
    """Something found."""

    chat_id: str
    title: str
    message_id: str | None
    """Null when the title was found."""
    snippet: str
    marks: list[tuple[int, int]]
    """Start and end of each hit in `snippet`, in Unicode code points."""
    created_at: datetime


class HitsBody(BaseModel):
    """What a search found."""

    hits: list[HitBody]
