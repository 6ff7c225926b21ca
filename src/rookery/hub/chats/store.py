"""What chats need from storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rookery.hub.accounts.model import Person
from rookery.hub.chats.model import AnswerResult, Chat, Feedback, Hit, Message, Reaction, Twig


@dataclass(frozen=True, slots=True)
class NewPair:
    """A message of a person and the answer to come, or (without `question`) another answer to an old message."""

    answer: Message
    question: Message | None
    bot_key: str
    at_leaf: bool
    """Hang the question below the chat's leaf as it is when this is written, with the chat's context; otherwise the
    messages say themselves where they belong."""
    title: str
    """For a chat that has none."""


class ChatStore(Protocol):
    """Chats and messages, kept. Every write is one transaction."""

    async def list_owned(self, person_id: str) -> list[str]:
        """Gives the ids of the chats that a person has begun."""
        ...

    async def find_person(self, person_id: str) -> Person | None:
        """Gives a person by id or name (case does not matter), or None."""
        ...

    async def add_chat(self, chat: Chat, bot_key: str, first: Message | None) -> None:
        """Adds a chat with its owner as its only person, and with a first message (an introduction)."""
        ...

    async def find_chat(self, chat_id: str, person_id: str) -> Chat | None:
        """Gives a chat that this person is in, else None."""
        ...

    async def list_chats(
        self, person_id: str, *, archived: bool, before: str | None, limit: int, scope: str | None
    ) -> list[Chat]:
        """Gives a person's chats, pinned first, then the last used first, from below the chat `before` on.

        `scope` (a bot's look-up name): only chats in which no other bot was ever asked.
        """
        ...

    async def change_chat(
        self,
        chat: Chat,
        person_id: str,
        *,
        title: str | None = None,
        bot: tuple[str, str] | None = None,
        leaf: tuple[str, int] | None = None,
        is_pinned: bool | None = None,
        is_archived: bool | None = None,
    ) -> None:
        """Changes what is given. `bot`: look-up name and name; `leaf`: a message and its context."""
        ...

    async def begin_context(self, chat_id: str) -> None:
        """Gives the chat's next message a new context."""
        ...

    async def delete_chat(self, chat_id: str) -> list[str]:
        """Removes a chat with all that hangs on it; gives the ids of its messages."""
        ...

    async def add_person(self, chat_id: str, person_id: str, at: datetime) -> None:
        """Adds a person to a chat; no effect when they are in it."""
        ...

    async def remove_person(self, chat_id: str, person_id: str) -> bool:
        """Removes a person from a chat; False when they are not in it."""
        ...

    async def add_pair(self, chat_id: str, pair: NewPair) -> tuple[Message | None, Message]:
        """Adds question and answer, makes the answer the chat's leaf, and gives both as they were kept.

        Raises NotFound when the chat, or the message to hang them below, has gone meanwhile.
        """
        ...

    async def remove_pair(self, chat_id: str, pair: NewPair) -> None:
        """Takes back what `add_pair` added, as far as nothing hangs below it."""
        ...

    async def find_message(self, message_id: str) -> Message | None:
        """Gives a message with its reactions and feedback, or None."""
        ...

    async def find_messages(self, chat_id: str, ids: Sequence[str]) -> list[Message]:
        """Gives those of the messages that are in the chat."""
        ...

    async def read_path(self, chat_id: str, leaf_id: str, limit: int) -> list[Message]:
        """Gives the last `limit` messages of the path that ends at `leaf_id`, oldest first."""
        ...

    async def read_siblings(self, chat_id: str, parents: Sequence[str | None]) -> dict[str | None, list[str]]:
        """Gives the ids below each parent (None: the roots), in the order of their making."""
        ...

    async def read_twigs(self, chat_id: str) -> list[Twig]:
        """Gives the whole tree of a chat, in the order of its making."""
        ...

    async def read_all(self, chat_id: str) -> list[Message]:
        """Gives every message of a chat, in the order of their making."""
        ...

    async def delete_subtree(self, chat_id: str, message_id: str) -> list[str]:
        """Removes a message and all below it, and shows what is left; gives the ids, none when it is gone already."""
        ...

    async def finish_answer(self, message_id: str, result: AnswerResult) -> bool:
        """Writes what a running answer came to; False when it is gone or already written."""
        ...

    async def list_running(self) -> list[Message]:
        """Gives every answer that is marked as running."""
        ...

    async def list_lost_holders(self) -> list[str]:
        """Gives the ids under which files are held for messages that are not there: of a hub killed in between."""
        ...

    async def add_reaction(self, message_id: str, reaction: Reaction, replaces: Sequence[str], at: datetime) -> None:
        """Adds a person's reaction in place of those named in `replaces`; no effect when it is there."""
        ...

    async def remove_reaction(self, message_id: str, reaction: Reaction) -> None:
        """Removes a person's reaction; no effect when it is not there."""
        ...

    async def set_feedback(self, message_id: str, feedback: Feedback, at: datetime) -> None:
        """Keeps a person's feedback in place of an earlier one."""
        ...

    async def search(self, person_id: str, words: Sequence[str], *, limit: int, scope: str | None) -> list[Hit]:
        """Gives titles and messages of a person's chats that hold a word beginning with each of `words`, newest first.

        Words are letters and digits only.
        """
        ...
