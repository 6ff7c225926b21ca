"""Messages of chats, and what people thought of them, in SQL; see `chats.store`. Rows become values in `chat_rows`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from rookery.hub.chats.model import AnswerResult, Feedback, Message, Reaction, Twig
from rookery.hub.chats.store import NewPair
from rookery.hub.chats.tree import leaf_without, subtree
from rookery.hub.errors import NotFound
from rookery.hub.storage.sql import chat_rows as rows
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import chat_bots, chats, feedback, file_holds, messages, reactions


class SqlMessages:
    """The half of `SqlChatStore` that is about messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_pair(self, chat_id: str, pair: NewPair) -> tuple[Message | None, Message]:
        def add(connection: Connection) -> tuple[Message | None, Message]:
            chat = connection.execute(select(chats).where(chats.c.id == chat_id).with_for_update()).first()
            if chat is None:
                raise NotFound("unknown_chat", f"The chat '{chat_id}' has been deleted meanwhile.")
            placed = rows.place_pair(pair, chat.leaf_id, chat.context)
            question, answer = placed
            top = question or answer
            if top.parent_id is not None:
                above = select(messages.c.id).where(messages.c.id == top.parent_id, messages.c.chat_id == chat_id)
                if connection.execute(above).first() is None:
                    raise NotFound("unknown_message", "The message to answer has been deleted meanwhile.")
            for message in placed:
                if message is not None:
                    connection.execute(insert(messages).values(rows.message_columns(message)))
            note_bot(connection, chat_id, pair.bot_key, answer.bot_name)
            connection.execute(
                update(chats)
                .where(chats.c.id == chat_id)
                .values(
                    leaf_id=answer.id,
                    context=answer.context,
                    title=chat.title or pair.title,
                    updated_at=answer.created_at,
                )
            )
            return placed

        return await self._database.write(add)

    async def remove_pair(self, chat_id: str, pair: NewPair) -> None:
        def remove(connection: Connection) -> None:
            for message in (pair.answer, pair.question):
                if message is None:
                    continue
                row = connection.execute(select(messages).where(messages.c.id == message.id)).first()
                below = select(messages.c.id).where(messages.c.parent_id == message.id).limit(1)
                if row is None or connection.execute(below).first() is not None:
                    return
                connection.execute(delete(messages).where(messages.c.id == message.id))
                moved = update(chats).where(chats.c.id == chat_id, chats.c.leaf_id == message.id)
                connection.execute(moved.values(leaf_id=row.parent_id))

        await self._database.write(remove)

    async def find_message(self, message_id: str) -> Message | None:
        found = await self._read_messages(select(messages).where(messages.c.id == message_id))
        return found[0] if found else None

    async def find_messages(self, chat_id: str, ids: Sequence[str]) -> list[Message]:
        if not ids:
            return []
        return await self._read_messages(
            select(messages).where(messages.c.chat_id == chat_id, messages.c.id.in_(list(ids)))
        )

    async def read_path(self, chat_id: str, leaf_id: str, limit: int) -> list[Message]:
        above = rows.path_above(chat_id, leaf_id, limit)
        statement = select(messages).join(above, above.c.id == messages.c.id).order_by(above.c.height.desc())
        return await self._read_messages(statement)

    async def read_siblings(self, chat_id: str, parents: Sequence[str | None]) -> dict[str | None, list[str]]:
        below: ColumnElement[bool] = messages.c.parent_id.in_([parent for parent in parents if parent is not None])
        if None in parents:
            below = or_(below, messages.c.parent_id.is_(None))
        statement = (
            select(messages.c.parent_id, messages.c.id)
            .where(messages.c.chat_id == chat_id, below)
            .order_by(messages.c.number)
        )
        siblings: dict[str | None, list[str]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(statement):
                siblings.setdefault(row.parent_id, []).append(row.id)
        return siblings

    async def read_twigs(self, chat_id: str) -> list[Twig]:
        columns = (messages.c.id, messages.c.parent_id, messages.c.context)
        statement = select(*columns).where(messages.c.chat_id == chat_id).order_by(messages.c.number)
        async with self._database.read() as connection:
            return [Twig(row.id, row.parent_id, row.context) for row in await connection.execute(statement)]

    async def read_all(self, chat_id: str) -> list[Message]:
        return await self._read_messages(
            select(messages).where(messages.c.chat_id == chat_id).order_by(messages.c.number)
        )

    async def delete_subtree(self, chat_id: str, message_id: str) -> list[str]:
        def remove(connection: Connection) -> list[str]:
            # The tree is read here, in the one writer: a message that came meanwhile goes along or stays whole.
            chat = connection.execute(select(chats).where(chats.c.id == chat_id).with_for_update()).first()
            columns = (messages.c.id, messages.c.parent_id, messages.c.context)
            found = connection.execute(
                select(*columns).where(messages.c.chat_id == chat_id).order_by(messages.c.number)
            )
            twigs = [Twig(row.id, row.parent_id, row.context) for row in found]
            if chat is None or all(twig.id != message_id for twig in twigs):
                return []
            gone = subtree(twigs, message_id)
            for part in _parts(gone):
                for table in (reactions, feedback):
                    connection.execute(delete(table).where(table.c.message_id.in_(part)))
                connection.execute(delete(messages).where(messages.c.chat_id == chat_id, messages.c.id.in_(part)))
            leaf_id = leaf_without(twigs, chat.leaf_id, gone)
            if leaf_id != chat.leaf_id:
                context = next((twig.context for twig in twigs if twig.id == leaf_id), 0)
                shown = update(chats).where(chats.c.id == chat_id)
                connection.execute(shown.values(leaf_id=leaf_id, context=context))
            return gone

        return await self._database.write(remove)

    async def finish_answer(self, message_id: str, result: AnswerResult) -> bool:
        statement = (
            update(messages)
            .where(messages.c.id == message_id, messages.c.state == "running")
            .values(rows.result_columns(result))
        )
        return bool(await self._database.write(lambda connection: connection.execute(statement).rowcount))

    async def list_lost_holders(self) -> list[str]:
        is_lost = ~exists().where(messages.c.id == file_holds.c.holder)
        statement = select(file_holds.c.holder).where(file_holds.c.holder.startswith("m-"), is_lost).distinct()
        async with self._database.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def list_running(self) -> list[Message]:
        return await self._read_messages(select(messages).where(messages.c.state == "running"))

    async def _read_messages(self, statement: Select[tuple[object, ...]]) -> list[Message]:
        async with self._database.read() as connection:
            found = (await connection.execute(statement)).all()
            marks: dict[str, list[Reaction]] = {}
            opinions: dict[str, list[Feedback]] = {}
            for part in _parts([row._mapping["id"] for row in found if row._mapping["role"] == "bot"]):
                given = select(reactions).where(reactions.c.message_id.in_(part)).order_by(reactions.c.created_at)
                for row in await connection.execute(given):
                    marks.setdefault(row.message_id, []).append(Reaction(row.person_id, row.reaction))
                said = select(feedback).where(feedback.c.message_id.in_(part)).order_by(feedback.c.created_at)
                for row in await connection.execute(said):
                    opinions.setdefault(row.message_id, []).append(Feedback(row.person_id, row.type, row.reason))
        return [
            rows.message(row, marks.get(row._mapping["id"], []), opinions.get(row._mapping["id"], [])) for row in found
        ]

    async def add_reaction(self, message_id: str, reaction: Reaction, replaces: Sequence[str], at: datetime) -> None:
        mine = and_(reactions.c.message_id == message_id, reactions.c.person_id == reaction.person_id)
        row = {"message_id": message_id, "person_id": reaction.person_id, "reaction": reaction.reaction}

        def add(connection: Connection) -> None:
            _require_message(connection, message_id)
            if replaces:
                connection.execute(delete(reactions).where(mine, reactions.c.reaction.in_(list(replaces))))
            if connection.execute(select(reactions).where(mine, reactions.c.reaction == reaction.reaction)).first():
                return
            connection.execute(insert(reactions).values(created_at=at, **row))

        await self._database.write(add)

    async def remove_reaction(self, message_id: str, reaction: Reaction) -> None:
        statement = delete(reactions).where(
            reactions.c.message_id == message_id,
            reactions.c.person_id == reaction.person_id,
            reactions.c.reaction == reaction.reaction,
        )
        await self._database.write(lambda connection: connection.execute(statement))

    async def set_feedback(self, message_id: str, given: Feedback, at: datetime) -> None:
        mine = and_(feedback.c.message_id == message_id, feedback.c.person_id == given.person_id)

        def set_it(connection: Connection) -> None:
            _require_message(connection, message_id)
            connection.execute(delete(feedback).where(mine))
            connection.execute(
                insert(feedback).values(
                    message_id=message_id,
                    person_id=given.person_id,
                    type=given.type,
                    reason=given.reason,
                    created_at=at,
                )
            )

        await self._database.write(set_it)


def note_bot(connection: Connection, chat_id: str, key: str, name: str) -> None:
    """Notes that a bot, by its look-up name, was asked in a chat."""
    known = select(chat_bots).where(chat_bots.c.chat_id == chat_id, chat_bots.c.bot_key == key)
    if connection.execute(known).first() is None:
        connection.execute(insert(chat_bots).values(chat_id=chat_id, bot_key=key, bot_name=name))


def _require_message(connection: Connection, message_id: str) -> None:
    if connection.execute(select(messages.c.id).where(messages.c.id == message_id)).first() is None:
        raise NotFound("unknown_message", f"The message '{message_id}' has been deleted meanwhile.")


def _parts(ids: Sequence[str], size: int = 500) -> list[list[str]]:
    """Cuts a list so that no statement has more values than a database takes."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
