"""A chat of 10,000 messages: as many statements to open it as a short one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event, insert, update

from rookery.hub.chats.model import Message, Reaction
from rookery.hub.storage.sql import chat_rows
from rookery.hub.storage.sql.chats import SqlChatStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.readers import ThreadReaders
from rookery.hub.storage.sql.tables import chats, messages, reactions
from tests.hub.chats.stored import START
from tests.hub.chats.talking import Api, texts
from tests.support.hub import RunningHub
from tests.support.scripted_bot import say, scripted_bot

MANY = 10_000


def _reads(hub: RunningHub) -> list[str]:
    """Gives a list that grows with every statement of the readers."""
    statements: list[str] = []
    readers = hub.hub._database._readers
    assert isinstance(readers, ThreadReaders)
    engine = readers._engine

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_c: object, _u: object, statement: str, *_: object) -> None:
        statements.append(statement)

    return statements


async def _fill(database: Database, chat_id: str, owner_id: str, first: str | None) -> None:
    rows, parent = [], first
    for number in range(MANY):
        is_answer = number % 2 == 1
        message = Message(
            f"m-{number:032d}", chat_id, parent, "bot" if is_answer else "user", 0, START + timedelta(seconds=number),
            person_id=None if is_answer else owner_id, bot_id="bot-x", bot_name="Greeter", content=f"message {number}",
        )  # fmt: skip
        rows.append(chat_rows.message_columns(message))
        parent = message.id
    await database.write(lambda connection: connection.execute(insert(messages), rows))
    leaf = update(chats).where(chats.c.id == chat_id).values(leaf_id=parent)
    await database.write(lambda connection: connection.execute(leaf))
    given = [
        {"message_id": f"m-{number:032d}", "person_id": owner_id, "reaction": "like", "created_at": START}
        for number in range(1, MANY, 2)
    ]
    await database.write(lambda connection: connection.execute(insert(reactions), given))


async def test_a_long_chat_opens_with_as_few_statements_as_a_short_one(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id, short_id = await api.new_chat("Greeter"), await api.new_chat("Greeter")
        await api.say(short_id, "hi")
        await _fill(hub.hub._database, chat_id, hub.hub.owner.id, None)
        statements = _reads(hub)
        await api.call("GET", f"/chats/{short_id}")
        short = len(statements)
        opened = await api.call("GET", f"/chats/{chat_id}?limit=100")
        assert len(statements) == 2 * short
        earlier = await api.call("GET", f"/chats/{chat_id}?limit=100&before={opened['before']}")
        assert [m["content"] for m in earlier["messages"]] == [f"message {n}" for n in range(9800, 9900)]
        assert [m["content"] for m in opened["messages"]] == [f"message {n}" for n in range(9900, 10_000)]
        await api.say(chat_id, "one more")
        assert len(texts(bot.queries[-1])) == 1000
        store = SqlChatStore(hub.hub._database)
        found = await store.find_message(f"m-{MANY - 1:032d}")
        assert found is not None
        assert found.reactions == (Reaction(hub.hub.owner.id, "like"),)
