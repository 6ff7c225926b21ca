"""Two people, or two hands of one, doing the same thing at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub.chats.talking import Api
from tests.platform.bad_input.doors import Said, kept, opened, request, settle, still_serves
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Exchange, say, scripted_bot


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(tmp_path / "data") as running:
        yield running


async def at_once(hub: RunningHub, *requests: tuple[str, str, Any]) -> list[Said]:
    return await asyncio.gather(*(request(hub, method, path, body) for method, path, body in requests))


async def test_of_bots_and_people_with_one_name_at_once_one_gets_it(hub: RunningHub) -> None:
    bots = [("POST", "/api/bots", {"name": name, "kind": "stand-in", "rule": "echo"}) for name in ("Rook", "rooK") * 5]
    prompts = [{"name": "P", "kind": "prompt", "base_bot": "Rook", "prompt": str(n)} for n in range(10)]
    assert {said.status for said in await at_once(hub, *bots)} <= {201, 409}
    made = Counter(said.status for said in await at_once(hub, *(("POST", "/api/bots", body) for body in prompts)))
    assert made == {201: 1, 409: 9}
    people = [("POST", "/api/people", {"name": name}) for name in ("Ann", "ANN") * 5]
    assert Counter(said.status for said in await at_once(hub, *people)) == {201: 1, 409: 9}
    assert sorted(bot["name"].lower() for bot in (await opened(hub, "GET", "/api/bots"))["bots"]) == ["p", "rook"]
    await still_serves(hub)


async def _tree_is_whole(hub: RunningHub, chat_id: str) -> None:
    """Every message hangs on one that is there, and what is shown is a path of the tree."""
    whole = await opened(hub, "GET", f"/api/chats/{chat_id}/export")
    ids = {message["id"] for message in whole["messages"]}
    assert all(m["parent_id"] is None or m["parent_id"] in ids for m in whole["messages"]), whole
    assert all(m["state"] != "running" for m in whole["messages"])
    leaf = (await opened(hub, "GET", f"/api/chats/{chat_id}"))["chat"]["leaf_id"]
    assert leaf is None or leaf in ids
    assert (leaf is None) == (not ids)


async def test_editing_answering_and_deleting_one_message_at_once_leaves_a_whole_tree(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    api = Api(hub, hub.api_key)
    for _ in range(8):
        chat_id = await api.new_chat("Echo")
        answer = await api.say(chat_id, "first")
        messages = f"/api/chats/{chat_id}/messages"
        said = await at_once(
            hub,
            ("POST", messages, {"content": "edited", "parent_id": answer["parent_id"] and None}),
            ("POST", messages, {"content": "below", "parent_id": answer["id"]}),
            ("DELETE", f"/api/messages/{answer['parent_id']}", None),
            ("POST", messages, {"content": "at the end"}),
            ("POST", f"/api/messages/{answer['id']}/regenerate", {}),
            ("POST", f"/api/messages/{answer['id']}/regenerate", {}),
            ("DELETE", f"/api/messages/{answer['parent_id']}", None),
            ("PUT", f"/api/messages/{answer['id']}/reactions/like", None),
            ("POST", f"/api/messages/{answer['id']}/feedback", {"type": "dislike"}),
        )
        assert {each.status for each in said} <= {200, 202, 400, 404}, said
        await settle(hub)
        await hub.hub.chats.answers.aclose()
        await _tree_is_whole(hub, chat_id)
    await still_serves(hub)


async def test_two_new_answers_at_once_stand_beside_each_other(hub: RunningHub) -> None:
    async with scripted_bot(say("yes")) as server:
        await hub.register("Bot", server.url)
        api = Api(hub, hub.api_key)
        chat_id = await api.new_chat("Bot")
        answer = await api.say(chat_id, "one")
        again: list[tuple[str, str, Any]] = [("POST", f"/api/messages/{answer['id']}/regenerate", {})] * 5
        assert {said.status for said in await at_once(hub, *again)} == {202}
        await settle(hub)
        await hub.hub.chats.answers.aclose()
        shown = (await opened(hub, "GET", f"/api/chats/{chat_id}"))["messages"][-1]
    assert len(shown["siblings"]) == 6
    assert len(server.queries) == 6
    await _tree_is_whole(hub, chat_id)


async def test_a_chat_deleted_while_it_answers_leaves_nothing_and_stops_the_bot(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("endless")
        await exchange.until_gone()

    async with scripted_bot(script) as server:
        await hub.register("Slow", server.url)
        api = Api(hub, hub.api_key)
        before = await kept(hub)
        chat_id = await api.new_chat("Slow")
        await api.send(chat_id, "one")
        said = await at_once(
            hub,
            ("DELETE", f"/api/chats/{chat_id}", None),
            ("POST", f"/api/chats/{chat_id}/messages", {"content": "two"}),
            ("POST", f"/api/chats/{chat_id}/messages", {"content": "three"}),
            ("DELETE", f"/api/chats/{chat_id}", None),
        )
        assert {each.status for each in said} <= {202, 204, 404}, said
        assert 204 in {each.status for each in said}
        async with asyncio.timeout(5):
            await server.all_closed.wait()
        after = await kept(hub)
    left = ("chats", "messages", "chat_people", "chat_bots", "file_holds")
    assert {name: after[name] for name in left} == {name: before[name] for name in left}
    await still_serves(hub)


async def test_a_person_removed_while_their_bots_answer_is_gone_and_the_hub_goes_on(hub: RunningHub) -> None:
    arrived = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("endless")
        arrived.set()
        await exchange.until_gone()

    async with scripted_bot(script) as server:
        person, key = await hub.add_member("Ann")
        await hub.register("Slow", server.url)
        api = Api(hub, key)
        chat_id = await api.new_chat("Slow")
        await api.send(chat_id, "one")
        await arrived.wait()
        said = await request(hub, "DELETE", f"/api/people/{person.id}")
        assert said.status == 204
        assert (await request(hub, "GET", f"/api/chats/{chat_id}", key=key)).status == 401
        async with asyncio.timeout(5):
            await server.all_closed.wait()
    assert (await kept(hub))["messages"] == 0
    await still_serves(hub)
