"""Chats, messages and hits as JSON, each person what is for them."""

from __future__ import annotations

from collections.abc import Mapping

from rookery.hub.chats.bodies import (
    AttachmentBody,
    AuthorBody,
    ChatBody,
    FeedbackBody,
    HitBody,
    MessageBody,
    PersonBody,
    ReactionBody,
)
from rookery.hub.chats.files import link_to
from rookery.hub.chats.model import Chat, Hit, Message
from rookery.hub.chats.ports import ChatFiles
from rookery.hub.chats.service import Page
from rookery.hub.chats.snippets import Snippet


def chat_body(chat: Chat) -> ChatBody:
    """Gives a chat as JSON."""
    return ChatBody(
        id=chat.id,
        title=chat.shown_title,
        bot=chat.bot_name,
        bots=list(chat.bots),
        people=[PersonBody(id=person.id, name=person.name) for person in chat.people],
        owner_id=chat.owner_id,
        leaf_id=chat.leaf_id,
        context=chat.context,
        pinned=chat.is_pinned,
        archived=chat.is_archived,
        created_at=chat.created_at,
        updated_at=chat.updated_at,
    )


def page_bodies(page: Page, files: ChatFiles) -> list[MessageBody]:
    """Gives the messages of a page as JSON; never their metadata."""
    return [message_body(message, page, files) for message in page.messages]


def message_body(message: Message, page: Page, files: ChatFiles) -> MessageBody:
    """Gives a message of a page as JSON."""
    names = page.names
    return MessageBody(
        id=message.id,
        chat_id=message.chat_id,
        parent_id=message.parent_id,
        siblings=list(page.siblings.get(message.parent_id, [message.id])),
        role=message.role,
        kind=message.kind,
        author=_author(message, names),
        bot=message.bot_name,
        content=message.content,
        content_type=message.content_type,
        attachments=[
            AttachmentBody(
                file_id=file.file.id if file.file else None,
                url=link_to(files, file),
                name=file.name,
                content_type=file.content_type,
                size=file.file.size if file.file else None,
                inline_ref=file.inline_ref,
            )
            for file in message.attachments
        ],
        parameters=dict(message.parameters),
        suggested_replies=list(message.suggested_replies),
        alternatives={str(index): text for index, text in message.alternatives.items()},
        notices=list(message.notices),
        reactions=[ReactionBody(reaction=r.reaction, person=_person(r.person_id, names)) for r in message.reactions],
        feedback=[
            FeedbackBody(type=f.type, reason=f.reason, person=_person(f.person_id, names)) for f in message.feedback
        ],
        state=message.state.value,
        error=message.error,
        query_id=message.query_id,
        reply_to=message.reply_to,
        context=message.context,
        created_at=message.created_at,
    )


def _author(message: Message, names: Mapping[str, str]) -> AuthorBody:
    if message.role == "bot":
        return AuthorBody(kind="bot", id=message.bot_id, name=message.bot_name)
    person = _person(message.person_id or "", names)
    return AuthorBody(kind="person", id=person.id, name=person.name)


def _person(person_id: str, names: Mapping[str, str]) -> PersonBody:
    return PersonBody(id=person_id, name=names.get(person_id, "Somebody"))


def hit_body(hit: Hit, snippet: Snippet) -> HitBody:
    """Gives something found as JSON."""
    return HitBody(
        chat_id=hit.chat_id,
        title=hit.title,
        message_id=hit.message_id,
        snippet=snippet.text,
        marks=list(snippet.marks),
        created_at=hit.created_at,
    )
