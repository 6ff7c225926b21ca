"""What a bot reads of a chat: the path's messages of one context, in the form that its settings ask for. Pure.

- An introduction is never sent (protocol 7.11), and an answer without text or files is no message.
- `metadata` goes only with messages of the asked bot itself (3.9.6).
- A chat of one person with one bot is never rewritten. With several bots or people and `enable_multi_entity_prompting`
  (or its older name) a system message names everybody first, and each text begins with `[name]: ` (7.12, O22);
  otherwise the messages are raw, with `sender` set.
- A leading `@Name` of the asked bot is left out; see `mentions.without_mention`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rookery.hub.bots.model import Bot, name_key
from rookery.hub.chats.mentions import without_mention
from rookery.hub.chats.model import Message, MessageFile
from rookery.hub.clock import microseconds
from rookery.protocol.messages import Attachment, MessageFeedback, MessageReaction, ProtocolMessage, Sender

LONELY_PERSON = "User"
"""How the only person of a chat is called for bots: a name is nobody's business until there are several."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The bot that is asked, and what it has to know of the chat."""

    bot_id: str
    bot_name: str
    wants_names: bool
    """Whether its settings ask for the prompting with names."""
    people: Mapping[str, str]
    """Person id to name of everybody who is in the chat or has written in it."""
    referenced: Mapping[str, Message] = field(default_factory=dict)
    """Messages that others reply to, by id; those that are missing are left out."""


def wants_names(bot: Bot) -> bool:
    """Tells whether the bot's settings ask for the prompting with names.

    The older flag counts only where the bot set it and not the newer one: its own default is on since version 1.
    """
    told = bot.settings
    if (
        told is not None
        and told.enable_multi_entity_prompting is None
        and told.enable_multi_bot_chat_prompting is not None
    ):
        return told.enable_multi_bot_chat_prompting
    return bot.resolved.enable_multi_entity_prompting


LinkOf = Callable[[MessageFile], str]


def current_context(path: Sequence[Message]) -> list[Message]:
    """Gives the end of a path that belongs to the context of its last message."""
    start = len(path)
    while start and path[start - 1].context == path[-1].context:
        start -= 1
    return list(path[start:])


def build_history(path: Sequence[Message], reader: Reader, link: LinkOf, *, most: int) -> list[ProtocolMessage]:
    """Gives the messages for a query, oldest first; the last of the path is the one to answer.

    At most `most` messages, the newest. `link` gives the address of a file that a bot may fetch.
    """
    shown = [m for m in current_context(path) if m.kind == "message" and not (m.role == "bot" and m.is_empty)]
    bots = [m.bot_name for m in shown if m.role == "bot"]
    names = {name_key(name): name for name in [*bots, reader.bot_name]}
    has_several_people = len(reader.people) > 1
    adds_names = reader.wants_names and (len(names) > 1 or has_several_people)
    head = [_participants(reader, list(names.values()))] if adds_names else []
    writer = _Writer(reader, link, adds_names=adds_names, has_several_people=has_several_people)
    return head + [writer.message(message) for message in shown[-(most - len(head)) :]]


def _participants(reader: Reader, bots: Sequence[str]) -> ProtocolMessage:
    people = ", ".join(_plain(name) for name in _person_names(reader)) or LONELY_PERSON
    text = (
        f"This is a conversation between several participants. People: {people}. Bots: {', '.join(bots)}. "
        f"You are {reader.bot_name}. Each message begins with the name of its author in brackets; "
        "write your answer without such a beginning."
    )
    return ProtocolMessage(role="system", content=text)


def _person_names(reader: Reader) -> list[str]:
    return list(reader.people.values()) if len(reader.people) > 1 else [LONELY_PERSON]


def _plain(name: str) -> str:
    """Gives a name that cannot pass for another message's beginning."""
    return " ".join(name.replace("[", "(").replace("]", ")").split())


class _Writer:
    """Turns messages into those of the protocol, for one reader."""

    def __init__(self, reader: Reader, link: LinkOf, *, adds_names: bool, has_several_people: bool) -> None:
        self._reader = reader
        self._link = link
        self._adds_names = adds_names
        self._has_several_people = has_several_people

    def message(self, message: Message, *, follows_reply: bool = True) -> ProtocolMessage:
        is_own = message.role == "bot" and message.bot_id == self._reader.bot_id
        fields: dict[str, Any] = {
            "role": message.role,
            "sender": self._sender(message),
            "content": self._content(message),
            "content_type": message.content_type,
            "parameters": dict(message.parameters) if message.role == "user" else {},
            "timestamp": microseconds(message.created_at),
            "message_id": message.id,
            "attachments": [self._attachment(file) for file in message.attachments],
            "metadata": message.metadata if is_own else None,
            "reactions": [MessageReaction(user_id=r.person_id, reaction=r.reaction) for r in message.reactions],
            "feedback": [MessageFeedback(type=f.type, reason=f.reason) for f in message.feedback],
        }
        replied_to = self._reader.referenced.get(message.reply_to or "")
        if follows_reply and replied_to is not None:
            # One step back is enough to understand; a chain of replies would repeat the whole chat in each message.
            fields["referenced_message"] = self.message(replied_to, follows_reply=False)
        return ProtocolMessage(**fields)

    def _sender(self, message: Message) -> Sender:
        if message.role == "bot":
            return Sender(name=message.bot_name)
        name = self._reader.people.get(message.person_id or "") if self._has_several_people else None
        return Sender(id=message.person_id, name=name)

    def _content(self, message: Message) -> str:
        content = message.content
        if message.role == "user":
            content = without_mention(content, self._reader.bot_name)
        return f"[{self._name(message)}]: {content}" if self._adds_names else content

    def _name(self, message: Message) -> str:
        if message.role == "bot":
            return message.bot_name
        if not self._has_several_people:
            return LONELY_PERSON
        return _plain(self._reader.people.get(message.person_id or "", LONELY_PERSON))

    def _attachment(self, file: MessageFile) -> Attachment:
        return Attachment(
            url=self._link(file), content_type=file.content_type, name=file.name, inline_ref=file.inline_ref
        )
