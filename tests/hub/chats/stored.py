"""Chats put straight into a store, for tests of storage and of size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from rookery.hub.accounts.model import Person
from rookery.hub.chats.model import Chat, Message
from rookery.hub.chats.store import NewPair
from rookery.hub.relay.model import QueryState
from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.chats import SqlChatStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.vault import new_identifier

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_ticks = count()


def moment() -> datetime:
    """Gives a moment later than all before."""
    return START + timedelta(seconds=next(_ticks))


async def new_person(database: Database, name: str = "Anna") -> Person:
    person = Person(new_identifier("p"), name, "member", moment())
    await SqlAccountStore(database).save_person(person)
    return person


async def new_chat(store: SqlChatStore, person: Person, title: str = "", bot: str = "Echo") -> Chat:
    now = moment()
    chat = Chat(new_identifier("c"), person.id, title, bot, None, 0, now, now)
    await store.add_chat(chat, bot.casefold(), None)
    return chat


async def say(
    store: SqlChatStore, chat: Chat, text: str, answer: str = "ok", *, parent: Message | None = None, root: bool = False
) -> tuple[Message, Message]:
    """Adds a message with its ended answer."""
    at_leaf = parent is None and not root
    question = Message(
        new_identifier("m"), chat.id, parent.id if parent else None, "user", parent.context if parent else 0, moment(),
        person_id=chat.owner_id, bot_name="Echo", content=text,
    )  # fmt: skip
    reply = Message(
        new_identifier("m"), chat.id, question.id, "bot", question.context, moment(),
        bot_id="bot-1", bot_name="Echo", content=answer, state=QueryState.DONE,
    )  # fmt: skip
    stored, kept = await store.add_pair(chat.id, NewPair(reply, question, "echo", at_leaf, text[:60]))
    assert stored is not None
    return stored, kept
