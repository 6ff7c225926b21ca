"""The store of chats, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from rookery.hub.chats.model import AnswerResult, Feedback, Message, MessageFile, Reaction
from rookery.hub.chats.store import NewPair
from rookery.hub.errors import NotFound
from rookery.hub.files.model import StoredFile
from rookery.hub.relay.model import QueryState
from rookery.hub.storage.sql.chats import SqlChatStore
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import is_table_of_ours, metadata
from rookery.hub.vault import new_identifier
from tests.hub.chats.stored import moment, new_chat, new_person, say


async def test_the_migrations_lead_to_the_tables_and_the_search_indexes(database: Database) -> None:
    options = {"compare_type": True, "include_name": is_table_of_ours}

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await database.write(differences) == []


async def test_a_message_comes_back_with_all_that_it_has(database: Database) -> None:
    store = SqlChatStore(database)
    person = await new_person(database)
    chat = await new_chat(store, person)
    file = StoredFile("f-1", person.id, "a.png", "image/png", 3, "0" * 64, moment())
    question = Message(
        new_identifier("m"), chat.id, None, "user", 0, moment(), person_id=person.id, bot_name="Echo", content="hé 🐦",
        attachments=(MessageFile("a.png", "image/png", file=file), MessageFile("b", "text/html", url="https://b.x/")),
        parameters={"n": [1, {"x": None}]},
    )  # fmt: skip
    running = Message(
        new_identifier("m"), chat.id, question.id, "bot", 0, moment(), bot_id="bot-1", bot_name="Echo",
        state=QueryState.RUNNING, query_id="bq-1",
    )  # fmt: skip
    await store.add_pair(chat.id, NewPair(running, question, "echo", True, "hé"))
    assert [message.id for message in await store.list_running()] == [running.id]
    result = AnswerResult(
        QueryState.DONE, None, "text", "text/plain", (MessageFile("c", "a/b", url="https://c.x/", inline_ref="r"),),
        ("More",), {1: "other"}, ("a notice",), "meta",
    )  # fmt: skip
    assert await store.finish_answer(running.id, result)
    assert not await store.finish_answer(running.id, result)
    await store.add_reaction(running.id, Reaction(person.id, "like"), ["dislike"], moment())
    await store.add_reaction(running.id, Reaction(person.id, "like"), ["dislike"], moment())
    await store.add_reaction(running.id, Reaction(person.id, "dislike"), ["like"], moment())
    await store.set_feedback(running.id, Feedback(person.id, "like"), moment())
    await store.set_feedback(running.id, Feedback(person.id, "dislike", "no"), moment())
    answer = await store.find_message(running.id)
    assert await store.find_message(question.id) == question
    assert answer is not None
    assert (answer.content, answer.content_type, answer.metadata) == ("text", "text/plain", "meta")
    assert (answer.suggested_replies, answer.alternatives, answer.notices) == (("More",), {1: "other"}, ("a notice",))
    assert answer.attachments == result.attachments
    assert answer.reactions == (Reaction(person.id, "dislike"),)
    assert answer.feedback == (Feedback(person.id, "dislike", "no"),)
    assert set(await store.delete_chat(chat.id)) == {question.id, running.id}
    assert await store.find_chat(chat.id, person.id) is None


async def test_paths_and_siblings_follow_the_tree(database: Database) -> None:
    store = SqlChatStore(database)
    chat = await new_chat(store, await new_person(database))
    one, one_answer = await say(store, chat, "one")
    two, two_answer = await say(store, chat, "two")
    other, other_answer = await say(store, chat, "other", parent=one_answer)
    root, _ = await say(store, chat, "root", root=True)
    path = await store.read_path(chat.id, two_answer.id, 100)
    assert [message.id for message in path] == [one.id, one_answer.id, two.id, two_answer.id]
    assert [message.id for message in await store.read_path(chat.id, other_answer.id, 2)] == [other.id, other_answer.id]
    assert await store.read_siblings(chat.id, [None, one_answer.id]) == {
        None: [one.id, root.id],
        one_answer.id: [two.id, other.id],
    }
    assert [twig.id for twig in await store.read_twigs(chat.id)][:2] == [one.id, one_answer.id]


async def test_a_message_below_one_that_has_gone_is_refused_and_nothing_is_kept(database: Database) -> None:
    store = SqlChatStore(database)
    chat = await new_chat(store, await new_person(database))
    _, answer = await say(store, chat, "one")
    assert await store.delete_subtree(chat.id, answer.id) == [answer.id]
    assert await store.delete_subtree(chat.id, answer.id) == []
    with pytest.raises(NotFound):
        await say(store, chat, "two", parent=answer)
    assert len(await store.read_all(chat.id)) == 1


async def test_the_list_has_pinned_chats_first_and_pages_without_gaps(database: Database) -> None:
    store = SqlChatStore(database)
    person = await new_person(database)
    chats = [await new_chat(store, person, f"chat {n}") for n in range(9)]
    for pinned in (2, 5):
        await store.change_chat(chats[pinned], person.id, is_pinned=True)
    await store.change_chat(chats[7], person.id, is_archived=True)
    await new_chat(store, await new_person(database, "Ben"), "not mine")
    titles: list[str] = []
    before = None
    while page := await store.list_chats(person.id, archived=False, before=before, limit=2, scope=None):
        titles += [chat.title for chat in page]
        before = page[-1].id
    assert titles == [f"chat {n}" for n in (5, 2, 8, 6, 4, 3, 1, 0)]
    archived = await store.list_chats(person.id, archived=True, before=None, limit=50, scope=None)
    assert [chat.title for chat in archived] == ["chat 7"]
    assert await store.list_chats(person.id, archived=False, before=None, limit=5, scope="other") == []


async def test_search_finds_titles_and_messages_of_ones_own_chats_only(database: Database) -> None:
    store = SqlChatStore(database)
    anna, ben = await new_person(database), await new_person(database, "Ben")
    chat = await new_chat(store, anna, "About herons")
    question, answer = await say(store, chat, "Where do Herons nest?", "In rookeries; дрозды too. 你好世界")
    foreign = await new_chat(store, ben, "Herons of Ben")
    await say(store, foreign, "my herons")

    async def found(*words: str) -> list[str | None]:
        hits = await store.search(anna.id, words, limit=20, scope=None)
        return [hit.message_id for hit in hits]

    assert set(await found("heron")) == {question.id, None}
    assert await found("nest", "where") == [question.id]
    assert await found("nest", "rookeries") == []
    assert await found("rook") == [answer.id]
    assert await found("дроз") == [answer.id]
    assert await found("世界") == [answer.id]
    assert await found("nothing") == []
    assert await found("near", "or", "not") == []
    await store.change_chat(chat, anna.id, title="Renamed")
    assert await found("about") == []
    assert await found("renamed") == [None]
    await store.delete_subtree(chat.id, answer.id)
    assert await found("rook") == []
    await store.add_person(foreign.id, anna.id, moment())
    assert len(await found("heron")) == 3
    await store.delete_chat(foreign.id)
    assert await found("heron") == [question.id]


async def test_a_message_as_long_as_allowed_is_kept_and_found(database: Database) -> None:
    store = SqlChatStore(database)
    person = await new_person(database)
    chat = await new_chat(store, person, "Long")
    words = "findme " + " ".join(f"w{n}" for n in range(100_000))
    question, _ = await say(store, chat, words[:512_000], "x" * 512_000)
    assert [hit.message_id for hit in await store.search(person.id, ["findme"], limit=5, scope=None)] == [question.id]
