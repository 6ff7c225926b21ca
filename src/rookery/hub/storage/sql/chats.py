"""Chats, their people and the search in SQL; see `chats.store`. Messages are in `chat_messages`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from rookery.hub.accounts.model import Person
from rookery.hub.chats.model import Chat, ChatPerson, Hit, Message
from rookery.hub.errors import NotFound
from rookery.hub.storage.sql import chat_rows as rows
from rookery.hub.storage.sql import chat_search
from rookery.hub.storage.sql.chat_messages import SqlMessages, note_bot
from rookery.hub.storage.sql.tables import chat_bots, chat_people, chats, feedback, messages, persons, reactions

_MINE = chats.join(chat_people, chat_people.c.chat_id == chats.c.id)
_NEWEST_FIRST = (chat_people.c.is_pinned.desc(), chats.c.updated_at.desc(), chats.c.number.desc())


class SqlChatStore(SqlMessages):
    """Adapter of `ChatStore`."""

    async def list_owned(self, person_id: str) -> list[str]:
        async with self._database.read() as connection:
            return list((await connection.execute(select(chats.c.id).where(chats.c.owner_id == person_id))).scalars())

    async def find_person(self, person_id: str) -> Person | None:
        statement = select(persons).where(persons.c.id == person_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return Person(row.id, row.name, row.role, row.created_at) if row is not None else None

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
                note_bot(connection, chat.id, *bot)
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
