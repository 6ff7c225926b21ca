"""Bots private, shared, public: for others than its people a bot is not there (design 6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.hub import RunningHub, error_text
from tests.support.scripted_bot import Exchange, say, scripted_bot

from .api import create, refusal, send

ASKED = {"query": [{"role": "user", "content": "hi"}]}


async def names(hub: RunningHub, key: str | None = None) -> list[str]:
    return [bot["name"] for bot in (await send(hub, "GET", "/bots", key=key))[1]["bots"]]


async def own_bot(hub: RunningHub, key: str | None, name: str = "Mine", **draft: Any) -> dict[str, Any]:
    await hub.stand_in("Echo")
    return await create(hub, key, name=name, kind="prompt", base_bot="Echo", prompt="{user_prompt}", **draft)


async def test_bots_of_members_are_private_and_those_of_the_owner_public(hub: RunningHub) -> None:
    _, key = await hub.add_member("Anna")
    assert (await own_bot(hub, key))["visibility"] == "private"
    assert (await own_bot(hub, None, "Owners"))["visibility"] == "public"
    assert (await create(hub, key, name="Stand", kind="stand-in", rule="echo"))["visibility"] == "public"


async def test_a_private_bot_is_for_its_owner_and_the_hubs(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    _, ben = await hub.add_member("Ben")
    await own_bot(hub, anna)
    assert await names(hub, anna) == ["Echo", "Mine"]
    assert await names(hub) == ["Echo", "Mine"]
    assert await names(hub, ben) == ["Echo"]
    assert (await hub.ask("Mine", "x", anna)).text == "x"
    assert (await hub.ask("Mine", "x")).text == "x"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("GET", "/parameters", None),
        ("GET", "/settings/changes", None),
        ("POST", "/sync", None),
        ("PATCH", "", {"description": "x"}),
        ("DELETE", "", None),
    ],
)
async def test_somebody_else_hears_the_same_as_of_an_unknown_bot(
    hub: RunningHub, method: str, path: str, body: object
) -> None:
    _, anna = await hub.add_member("Anna")
    _, ben = await hub.add_member("Ben")
    await own_bot(hub, anna)
    private = await refusal(hub, method, f"/bots/Mine{path}", body, ben)
    unknown = await refusal(hub, method, f"/bots/Nobody{path}", body, ben)
    assert private == unknown.replace("Nobody", "Mine")
    assert private.startswith("404 unknown_bot")


async def test_a_question_to_somebody_elses_private_bot_is_refused_everywhere(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    _, ben = await hub.add_member("Ben")
    await own_bot(hub, anna)
    assert "404 unknown_bot" in await refusal(hub, "POST", "/queries", {"bot": "Mine", **ASKED}, ben)
    private, unknown = error_text(await hub.ask("Mine", "x", ben)), error_text(await hub.ask("Nobody", "x", ben))
    assert private == unknown.replace("Nobody", "Mine")
    report = {"type": "report_reaction", "message_id": "m", "user_id": "u", "conversation_id": "c", "reaction": "like"}
    reported = await hub.post("Mine", report, ben)
    assert "There is no bot 'Mine'" in repr(reported)
    assert hub.ended == []


async def test_a_shared_bot_is_for_the_people_named(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    ben, ben_key = await hub.add_member("Ben")
    _, carl = await hub.add_member("Carl")
    await own_bot(hub, anna)
    status, body = await send(hub, "PATCH", "/bots/Mine", {"visibility": "shared", "shared_with": ["ben"]}, anna)
    assert (status, body["bot"]["shared_with"]) == (200, [{"id": ben.id, "name": "Ben"}])
    assert "Mine" in await names(hub, ben_key)
    assert "Mine" not in await names(hub, carl)
    seen = (await send(hub, "GET", "/bots/Mine", key=ben_key))[1]["bot"]
    assert (seen["is_mine"], seen["shared_with"], seen["prompt"]) == (False, None, None)
    stored = {b.name: b for b in await hub.hub.bots._store.list_bots()}["Mine"]
    assert stored == hub.hub.bots.get_bot("Mine")
    assert (await send(hub, "PATCH", "/bots/Mine", {"visibility": "private"}, anna))[0] == 200
    assert "Mine" not in await names(hub, ben_key)


async def test_sharing_with_nobody_known_changes_nothing(hub: RunningHub) -> None:
    await own_bot(hub, None)
    edit = {"visibility": "shared", "shared_with": ["Nobody"], "description": "new"}
    assert "404 unknown_person" in await refusal(hub, "PATCH", "/bots/Mine", edit)
    assert hub.hub.bots.get_bot("Mine").description == ""


async def test_who_may_use_a_bot_may_not_change_it(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    await own_bot(hub, None)
    for method, path, body in (("PATCH", "", {"description": "x"}), ("DELETE", "", None), ("POST", "/sync", None)):
        assert "403 not_your_bot" in await refusal(hub, method, f"/bots/Mine{path}", body, anna)
    assert "403 not_your_bot" in await refusal(hub, "GET", "/bots/Mine/settings/changes", None, anna)


async def test_a_name_is_taken_also_by_a_bot_that_one_may_not_use(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    _, ben = await hub.add_member("Ben")
    await own_bot(hub, anna)
    draft = {"name": "Mine", "kind": "stand-in", "rule": "echo", "replace": True}
    assert await refusal(hub, "POST", "/bots", draft, ben) == "409 name_taken: The name 'Mine' is taken."


async def test_a_bot_calls_what_its_owner_or_the_person_may_use(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        called = await hub.call(exchange.body, "Mine", key, query=[{"role": "user", "content": "x"}])
        await say(called.text or error_text(called))(exchange)

    anna, anna_key = await hub.add_member("Anna")
    _, ben_key = await hub.add_member("Ben")
    await own_bot(hub, anna_key)
    async with scripted_bot(script, server_bot_dependencies={"Mine": 3}) as caller:
        draft = {"name": "Bens", "url": caller.url, "visibility": "public"}
        key = (await send(hub, "POST", "/bots", draft, ben_key))[1]["access_key"]
        assert "there is no bot of that name on this hub" in (await hub.ask("Bens", key=ben_key)).text
        assert (await hub.ask("Bens", key=anna_key)).text == "x"
        await send(hub, "PATCH", "/bots/Mine", {"visibility": "public"}, anna_key)
        assert (await hub.ask("Bens", key=ben_key)).text == "x"
    assert hub.hub.bots.get_bot("Mine").owner_id == anna.id


async def test_a_base_must_be_for_the_owner_of_the_prompt_bot(hub: RunningHub) -> None:
    _, anna = await hub.add_member("Anna")
    _, ben = await hub.add_member("Ben")
    await own_bot(hub, anna, visibility="public")
    draft = {"name": "Bens", "kind": "prompt", "base_bot": "Mine", "prompt": "{user_prompt}"}
    await create(hub, ben, **draft)
    await send(hub, "PATCH", "/bots/Mine", {"visibility": "private"}, anna)
    assert "404 unknown_bot" in await refusal(hub, "POST", "/bots", {**draft, "name": "Other"}, ben)
    assert "not on this hub or not for its owner" in error_text(await hub.ask("Bens", "x", ben))


async def test_the_bots_of_a_removed_person_go_to_the_heir(hub: RunningHub) -> None:
    anna, anna_key = await hub.add_member("Anna")
    await own_bot(hub, anna_key)
    await own_bot(hub, None, "Shared", visibility="shared", shared_with=[anna.id])
    await hub.hub.bots.person_removed(anna, hub.hub.owner)
    assert hub.hub.bots.get_bot("Mine").owner_id == hub.hub.owner.id
    assert hub.hub.bots.get_bot("Shared").shared_with == frozenset()


async def test_a_key_for_one_bot_lists_only_that(hub: RunningHub) -> None:
    await own_bot(hub, None)
    _, key = await hub.hub.accounts.create_key(hub.hub.owner, "one", bot_name="Mine")
    assert await names(hub, key) == ["Mine"]
