"""Chats, their people and messages in SQL; see `chats.store`. Rows become values in `chat_rows`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from rookery.hub.accounts.model import Person
from rookery.hub.chats.model import AnswerResult, Chat, ChatPerson, Feedback, Hit, Message, Reaction, Twig
from rookery.hub.chats.store import NewPair
from rookery.hub.chats.tree import leaf_without, subtree
from rookery.hub.errors import NotFound
from rookery.hub.storage.sql import chat_rows as rows
from rookery.hub.storage.sql import chat_search
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import (
    chat_bots,
    chat_people,
    chats,
    feedback,
    file_holds,
    messages,
    persons,
    reactions,
)

_MINE = chats.join(chat_people, chat_people.c.chat_id == chats.c.id)
_NEWEST_FIRST = (chat_people.c.is_pinned.desc(), chats.c.updated_at.desc(), chats.c.number.desc())


class SqlChatStore:
    """Adapter of `ChatStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_owned(self, person_id: str) -> list[str]:
        async with self._database.read() as connection:
            return list((await connection.execute(select(chats.c.id).where(chats.c.owner_id == person_id))).scalars())

    async def find_person(self, person_id: str) -> Person | None:
        statement = select(persons).where(persons.c.id == person_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return Person(row.id, row.name, row.role, row.created_at) if row is not None else None

    # --- chats -----------------------------------------------------------------------------------------------------

    async def add_chat(self, chat: Chat, bot_key: str, first: Message | None) -> None:
        def add(connection: Connection) -> None:
            connection.execute(insert(chats).values(contexts=chat.context, **rows.chat_columns(chat)))
            connection.execute(insert(chat_people).values(_membership(chat.id, chat.owner_id, chat.created_at)))
            connection.execute(insert(chat_bots).values(chat_id=chat.id, bot_key=bot_key, bot_name=chat.bot_name))
            if first is not None:
                connection.execute(insert(messages).values(rows.message_columns(first)))

        await self._database.write(add)

    async def find_chat(self, chat_id: str, person_id: str) -> Chat | None:
        found = await self._read_chats(
            select(chats, chat_people.c.is_pinned, chat_people.c.is_archived)
            .select_from(_MINE)
            .where(chats.c.id == chat_id, chat_people.c.person_id == person_id)
        )
        return found[0] if found else None

    async def list_chats(
        self, person_id: str, *, archived: bool, before: str | None, limit: int, scope: str | None
    ) -> list[Chat]:
        statement = (
            select(chats, chat_people.c.is_pinned, chat_people.c.is_archived)
            .select_from(_MINE)
            .where(chat_people.c.person_id == person_id, chat_people.c.is_archived.is_(archived))
            .order_by(*_NEWEST_FIRST)
            .limit(limit)
        )
        if scope is not None:
            statement = statement.where(~asked_others(scope))
        if before is not None:
            last = await self.find_chat(before, person_id)
            statement = await self._below(statement, last)
        return await self._read_chats(statement)

    async def _below(self, statement: Select[tuple[object, ...]], last: Chat | None) -> Select[tuple[object, ...]]:
        if last is None:
            raise NotFound("unknown_chat", "'before' names no chat of yours.")
        number = select(chats.c.number).where(chats.c.id == last.id).scalar_subquery()
        older = or_(
            chats.c.updated_at < last.updated_at,
            and_(chats.c.updated_at == last.updated_at, chats.c.number < number),
        )
        if last.is_pinned:
            return statement.where(or_(chat_people.c.is_pinned.is_(False), older))
        return statement.where(chat_people.c.is_pinned.is_(False), older)

    async def _read_chats(self, statement: Select[tuple[object, ...]]) -> list[Chat]:
        async with self._database.read() as connection:
            found = (await connection.execute(statement)).all()
            ids = [row._mapping["id"] for row in found]
            if not ids:
                return []
            people: dict[str, list[ChatPerson]] = {}
            in_chats = (
                select(chat_people.c.chat_id, persons.c.id, persons.c.name)
                .join(persons, persons.c.id == chat_people.c.person_id)
                .where(chat_people.c.chat_id.in_(ids))
                .order_by(chat_people.c.added_at, persons.c.id)
            )
            for row in await connection.execute(in_chats):
                people.setdefault(row.chat_id, []).append(ChatPerson(row.id, row.name))
            bots: dict[str, list[str]] = {}
            asked = select(chat_bots).where(chat_bots.c.chat_id.in_(ids)).order_by(chat_bots.c.bot_key)
            for row in await connection.execute(asked):
                bots.setdefault(row.chat_id, []).append(row.bot_name)
        return [rows.chat(row, people.get(row._mapping["id"], []), bots.get(row._mapping["id"], [])) for row in found]

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
        changes: dict[str, object] = {}
        if title is not None:
            changes["title"] = title
        if bot is not None:
            changes["bot_name"] = bot[1]
        if leaf is not None:
            changes |= {"leaf_id": leaf[0], "context": leaf[1]}
        given = {"is_pinned": is_pinned, "is_archived": is_archived}
        own = {name: value for name, value in given.items() if value is not None}

        def change(connection: Connection) -> None:
            if changes:
                connection.execute(update(chats).where(chats.c.id == chat.id).values(**changes))
            if bot is not None:
                _note_bot(connection, chat.id, *bot)
            if own:
                place = and_(chat_people.c.chat_id == chat.id, chat_people.c.person_id == person_id)
                connection.execute(update(chat_people).where(place).values(**own))

        await self._database.write(change)

    async def begin_context(self, chat_id: str) -> None:
        number = chats.c.contexts + 1
        statement = update(chats).where(chats.c.id == chat_id).values(contexts=number, context=number)
        await self._database.write(lambda connection: connection.execute(statement))

    async def delete_chat(self, chat_id: str) -> list[str]:
        def remove(connection: Connection) -> list[str]:
            ids = list(connection.execute(select(messages.c.id).where(messages.c.chat_id == chat_id)).scalars())
            in_chat = select(messages.c.id).where(messages.c.chat_id == chat_id)
            for table in (reactions, feedback):
                connection.execute(delete(table).where(table.c.message_id.in_(in_chat)))
            for table in (messages, chat_bots, chat_people):
                connection.execute(delete(table).where(table.c.chat_id == chat_id))
            connection.execute(delete(chats).where(chats.c.id == chat_id))
            return ids

        return await self._database.write(remove)

    async def add_person(self, chat_id: str, person_id: str, at: datetime) -> None:
        def add(connection: Connection) -> None:
            place = and_(chat_people.c.chat_id == chat_id, chat_people.c.person_id == person_id)
            if connection.execute(select(chat_people.c.chat_id).where(place)).first() is None:
                connection.execute(insert(chat_people).values(_membership(chat_id, person_id, at)))

        await self._database.write(add)

    async def remove_person(self, chat_id: str, person_id: str) -> bool:
        place = and_(chat_people.c.chat_id == chat_id, chat_people.c.person_id == person_id)
        statement = delete(chat_people).where(place)
        return bool(await self._database.write(lambda connection: connection.execute(statement).rowcount))

    # --- messages --------------------------------------------------------------------------------------------------

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
            _note_bot(connection, chat_id, pair.bot_key, answer.bot_name)
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

    # --- what people thought, search -------------------------------------------------------------------------------

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

    async def search(self, person_id: str, words: Sequence[str], *, limit: int, scope: str | None) -> list[Hit]:
        outside = asked_others(scope) if scope is not None else None
        async with self._database.read() as connection:
            statement = chat_search.search(connection.dialect.name, person_id, words, limit, outside)
            return [
                Hit(row.chat_id, row.title, row.message_id, row.text, row.found_at)
                for row in await connection.execute(statement)
            ]


def asked_others(scope: str) -> ColumnElement[bool]:
    """Gives the condition that another bot than `scope` (a look-up name) was asked in a chat."""
    return exists().where(chat_bots.c.chat_id == chats.c.id, chat_bots.c.bot_key != scope)


def _membership(chat_id: str, person_id: str, at: datetime) -> dict[str, object]:
    return {"chat_id": chat_id, "person_id": person_id, "is_pinned": False, "is_archived": False, "added_at": at}


def _note_bot(connection: Connection, chat_id: str, key: str, name: str) -> None:
    known = select(chat_bots).where(chat_bots.c.chat_id == chat_id, chat_bots.c.bot_key == key)
    if connection.execute(known).first() is None:
        connection.execute(insert(chat_bots).values(chat_id=chat_id, bot_key=key, bot_name=name))


def _require_message(connection: Connection, message_id: str) -> None:
    if connection.execute(select(messages.c.id).where(messages.c.id == message_id)).first() is None:
        raise NotFound("unknown_message", f"The message '{message_id}' has been deleted meanwhile.")


def _parts(ids: Sequence[str], size: int = 500) -> list[list[str]]:
    """Cuts a list so that no statement has more values than a database takes."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
