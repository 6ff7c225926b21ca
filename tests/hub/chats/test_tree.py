"""The tree of messages: whatever people do to a chat, what is shown is a whole path to a message that exists."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.hub.chats.model import Chat, Message, Twig
from rookery.hub.chats.tree import latest_leaf, leaf_without, path_to, subtree
from rookery.hub.storage.sql.chats import SqlChatStore
from rookery.hub.storage.sql.database import Database
from tests.hub.chats.stored import new_chat, new_person, say

TWIGS = [Twig("a", None, 0), Twig("b", "a", 0), Twig("c", "b", 0), Twig("d", "a", 0), Twig("e", "c", 0)]


def test_the_newest_branch_is_taken_down_to_its_end() -> None:
    assert latest_leaf(TWIGS, None) == "d"
    assert latest_leaf(TWIGS, "b") == "e"
    assert latest_leaf([], None) is None


def test_what_hangs_below_goes_along_and_the_nearest_branch_is_shown() -> None:
    assert set(subtree(TWIGS, "b")) == {"b", "c", "e"}
    assert leaf_without(TWIGS, "e", ["b", "c", "e"]) == "d"
    assert leaf_without(TWIGS, "d", ["b", "c", "e"]) == "d"
    assert leaf_without(TWIGS, "e", ["a", "b", "c", "d", "e"]) is None


def test_the_path_begins_at_the_root() -> None:
    assert path_to(TWIGS, "e") == ["a", "b", "c", "e"]
    assert path_to(TWIGS, None) == []


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["send", "edit", "switch", "delete", "clear"]), st.integers(0, 30)), max_size=14
)


@settings(max_examples=25, deadline=None)
@given(actions=ACTIONS)
def test_any_sequence_of_actions_leaves_a_whole_tree(actions: list[tuple[str, int]]) -> None:
    asyncio.run(_play(actions))


async def _play(actions: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'test.db'}")
        await database.start()
        try:
            store = SqlChatStore(database)
            person = await new_person(database)
            chat = await new_chat(store, person)
            for action, number in actions:
                found = await store.find_chat(chat.id, person.id)
                assert found is not None
                await _act(store, found, await store.read_all(chat.id), action, number)
                await _check(store, chat.id, person.id)
        finally:
            await database.aclose()


async def _act(store: SqlChatStore, chat: Chat, messages: list[Message], action: str, number: int) -> None:
    chosen = messages[number % len(messages)] if messages else None
    if action == "send" or chosen is None:
        await say(store, chat, f"message {number}")
    elif action == "edit":
        above = next((message for message in messages if message.id == chosen.parent_id), None)
        await say(store, chat, "edited", parent=above, root=above is None)
    elif action == "switch":
        twigs = await store.read_twigs(chat.id)
        leaf = latest_leaf(twigs, chosen.id)
        assert leaf is not None
        context = next(twig.context for twig in twigs if twig.id == leaf)
        await store.change_chat(chat, chat.owner_id, leaf=(leaf, context))
    elif action == "delete":
        gone = subtree(await store.read_twigs(chat.id), chosen.id)
        assert await store.delete_subtree(chat.id, chosen.id) == gone
    else:
        await store.begin_context(chat.id)


async def _check(store: SqlChatStore, chat_id: str, person_id: str) -> None:
    chat = await store.find_chat(chat_id, person_id)
    assert chat is not None
    twigs = await store.read_twigs(chat_id)
    ids = {twig.id for twig in twigs}
    assert all(twig.parent_id is None or twig.parent_id in ids for twig in twigs)
    if not twigs:
        assert chat.leaf_id is None
        return
    assert chat.leaf_id in ids
    path = path_to(twigs, chat.leaf_id)
    assert [message.id for message in await store.read_path(chat_id, chat.leaf_id or "", 1000)] == path
    parents = {twig.id: twig.parent_id for twig in twigs}
    assert parents[path[0]] is None
    siblings = await store.read_siblings(chat_id, [None, *ids])
    assert sorted(child for below in siblings.values() for child in below) == sorted(ids)
