"""Prompt bots end to end: made over the API, answered by their base, private where they say so (protocol 7.10)."""

from __future__ import annotations

from typing import Any

import pytest

from rookery.protocol.events import ErrorEvent, MetaEvent
from tests.support.hub import RunningHub, error_text
from tests.support.scripted_bot import Exchange, say, scripted_bot

from .api import CONTROLS, create, refusal, send

SECRET = "Be a secret pirate."


def sent(query: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in query["query"]]


async def prompt_bot(hub: RunningHub, name: str, base: str, prompt: str = SECRET, **draft: Any) -> dict[str, Any]:
    return await create(hub, name=name, kind="prompt", base_bot=base, prompt=prompt, **draft)


async def test_the_base_answers_with_the_prompt_before_the_history(hub: RunningHub) -> None:
    async with scripted_bot(say("Ar", "rr")) as base:
        await hub.register("Base", base.url)
        made = await prompt_bot(hub, "Pirate", "base")
        reply = await hub.ask("Pirate", "hello")
    assert reply.text == "Arrr"
    assert sent(base.queries[0]) == [("system", SECRET), ("user", "hello")]
    assert (made["kind"], made["base_bot"], made["prompt"]) == ("prompt", "Base", SECRET)


async def test_the_base_has_a_query_of_its_own_below_the_prompt_bots(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await prompt_bot(hub, "Pirate", "Echo")
    await hub.ask("Pirate", "hello")
    await hub.settle()
    child, root = hub.ended
    assert (child.bot.name, child.record.parent_id, child.record.depth) == ("Echo", root.id, 1)
    assert child.record.request["user_id"] != root.record.request["user_id"]


async def test_every_kind_of_event_reaches_the_person(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.event("meta", {"content_type": "text/plain", "linkify": True, "refetch_settings": True})
        await exchange.text("one")
        await exchange.event("replace_response", {"text": "two"})
        await exchange.event("suggested_reply", {"text": "more"})
        await exchange.event("file", {"url": "https://example.com/a.png", "content_type": "image/png", "name": "a.png"})
        await exchange.done()

    async with scripted_bot(script) as base:
        await hub.register("Base", base.url)
        await prompt_bot(hub, "Pirate", "Base", suggests_replies=True)
        events = await hub.post("Pirate", {"query": [{"role": "user", "content": "x"}]})
    assert [event.name for event in events] == [
        "meta",
        "text",
        "replace_response",
        "suggested_reply",
        "file",
        "done",
    ]
    meta = events[0]
    assert isinstance(meta, MetaEvent)
    assert (meta.content_type, meta.linkify, meta.suggested_replies) == ("text/plain", True, True)
    assert not meta.refetch_settings


async def test_a_base_that_calls_bots_may_call_them_below_a_prompt_bot(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        called = await hub.call(exchange.body, "Echo", key, query=[{"role": "user", "content": "from the base"}])
        await say(called.text)(exchange)

    await hub.stand_in("Echo")
    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as base:
        key = (await hub.register("Base", base.url)).access_key or ""
        await prompt_bot(hub, "Pirate", "Base")
        reply = await hub.ask("Pirate")
    assert reply.text == "from the base"
    await hub.settle()
    assert [live.record.depth for live in hub.ended] == [2, 1, 0]


async def test_the_failure_of_the_base_is_the_prompt_bots_own(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.event("error", {"text": "out of paper", "allow_retry": False, "error_type": "insufficient_fund"})
        await exchange.done()

    async with scripted_bot(script) as base:
        await hub.register("Base", base.url)
        await prompt_bot(hub, "Pirate", "Base")
        reply = await hub.ask("Pirate")
    assert error_text(reply) == "Pirate: Base: out of paper"
    assert isinstance(reply.error, ErrorEvent)
    assert reply.error.error_type == "insufficient_fund"
    assert SECRET not in repr(reply)


async def test_who_leaves_stops_the_base_too(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("begun")
        await exchange.until_gone()

    async with scripted_bot(script) as base:
        await hub.register("Base", base.url)
        await prompt_bot(hub, "Pirate", "Base")
        async with hub.stream("Pirate", {"query": [{"role": "user", "content": "x"}]}) as frames:
            assert (await anext(frames)).name == "text"
        await base.all_closed.wait()
    assert base.open_queries == 0


async def test_prompt_bots_may_stand_on_prompt_bots(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as base:
        await hub.register("Base", base.url)
        await prompt_bot(hub, "Inner", "Base", "Say {user_prompt} loudly.")
        await prompt_bot(hub, "Outer", "Inner", "Be brief.")
        assert (await hub.ask("Outer", "ahoy")).text == "ok"
    assert sent(base.queries[0]) == [("system", "Be brief."), ("user", "Say ahoy loudly.")]


async def test_a_chain_of_prompt_bots_deeper_than_the_limit_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("P0")
    for number in range(1, 10):
        await prompt_bot(hub, f"P{number}", f"P{number - 1}")
    assert (await hub.ask("P8")).error is None
    assert "8 is the limit" in error_text(await hub.ask("P9"))


async def test_a_bot_may_call_a_prompt_bot(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        called = await hub.call(exchange.body, "Pirate", key, query=[{"role": "user", "content": "from a bot"}])
        await say(called.text)(exchange)

    await hub.stand_in("Echo")
    await prompt_bot(hub, "Pirate", "Echo")
    async with scripted_bot(script, server_bot_dependencies={"Pirate": 1}) as caller:
        key = (await hub.register("Caller", caller.url)).access_key or ""
        assert (await hub.ask("Caller")).text == "from a bot"


async def test_own_parameters_fill_the_prompt_and_the_bases_are_passed_on(hub: RunningHub) -> None:
    mood = {"control": "text_field", "label": "Mood", "parameter_name": "mood", "default_value": "merry"}
    own = {"sections": [{"controls": [mood]}]}
    async with scripted_bot(say("ok"), response_version=2, parameter_controls=CONTROLS) as base:
        await hub.register("Base", base.url)
        made = await prompt_bot(hub, "Pirate", "Base", "Be {{mood}}.", parameter_controls=own)
        asked = {"role": "user", "content": "x", "parameters": {"line": 3}}
        await hub.post("Pirate", {"query": [asked]})
        text = repr(await hub.post("Pirate", {"query": [{**asked, "parameters": {"line": 30}}]}))
        assert (await send(hub, "GET", "/bots/Pirate/parameters"))[1]["properties"].keys() == {"mood", "style", "line"}
    assert sent(base.queries[0])[0] == ("system", "Be merry.")
    assert base.queries[0]["query"][-1]["parameters"] == {"style": "photo", "line": 3}
    assert "parameters.line: 30 is outside 1 to 9" in text
    assert len(base.queries) == 1
    assert len(made["parameter_controls"]["sections"]) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"base_bot": "New"}, "400 base_is_itself"),
        ({"base_bot": "Nobody"}, "404 unknown_bot"),
        ({"base_bot": ""}, "400 missing_base"),
        ({"prompt": " "}, "400 missing_prompt"),
        ({"prompt": "x" * 1_000_000}, "400 prompt_too_long: The prompt has 1000000 characters; 100000 is the limit"),
        ({"prompt": "a\x00"}, "400 invalid_prompt"),
        ({"name": "Echo"}, "409 name_taken"),
        ({"prompt_visibility": "open"}, "400 invalid_body"),
        ({"parameter_controls": {"sections": []}}, "400 invalid_settings"),
        ({"parameter_controls": {"sections": [{"controls": [{"control": "slider"}]}]}}, "parameter_name"),
        ({"name": "../x"}, "400 invalid_name"),
    ],
)
async def test_a_prompt_bot_that_cannot_be_is_refused(hub: RunningHub, change: dict[str, Any], words: str) -> None:
    await hub.register("Echo", "http://127.0.0.1:9/", kind="model", model="openai:x")
    draft = {"name": "New", "kind": "prompt", "base_bot": "Echo", "prompt": SECRET, **change}
    refused = await refusal(hub, "POST", "/bots", draft)
    assert words in refused
    assert SECRET not in refused
    assert hub.hub.bots.find_bot("New") is None


async def test_a_cycle_of_prompt_bots_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await prompt_bot(hub, "A", "Echo")
    await prompt_bot(hub, "B", "A")
    assert "400 base_cycle" in await refusal(hub, "PATCH", "/bots/A", {"base_bot": "B"})
    again = {"name": "A", "kind": "prompt", "base_bot": "B", "prompt": "x", "replace": True}
    assert "400 base_cycle" in await refusal(hub, "POST", "/bots", again)
    assert (await hub.ask("B", "x")).text == "x"


async def test_a_base_that_was_deleted_is_named_when_the_bot_is_asked(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await prompt_bot(hub, "Pirate", "Echo")
    await send(hub, "DELETE", "/bots/Echo")
    text = error_text(await hub.ask("Pirate"))
    assert "'Pirate' stands on the bot 'Echo', which is not on this hub" in text
    asked = {"bot": "Pirate", "query": [{"role": "user", "content": "x"}]}
    assert "400 base_gone" in await refusal(hub, "POST", "/queries", asked)
    assert hub.ended == []
    assert (await send(hub, "GET", "/bots"))[0] == 200


async def test_a_private_prompt_is_shown_to_its_owner_only(hub: RunningHub) -> None:
    _, key = await hub.add_member("Anna")
    await hub.stand_in("Echo")
    await prompt_bot(hub, "Closed", "Echo")
    await prompt_bot(hub, "Open", "Echo", "Be nice.", prompt_visibility="public")
    shown = {bot["name"]: bot["prompt"] for bot in (await send(hub, "GET", "/bots", key=key))[1]["bots"]}
    assert shown == {"Closed": None, "Echo": None, "Open": "Be nice."}
    assert (await send(hub, "GET", "/bots/Closed"))[1]["bot"]["prompt"] == SECRET


async def test_what_a_person_can_see_of_a_query_shows_no_private_prompt_of_somebody_else(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await hub.call(exchange.body, "Echo", base_key)
        await say("ok")(exchange)

    async def seen(key: str | None = None) -> list[str]:
        await hub.ask("Outer", "hello", key)
        await hub.settle()
        bodies = [(await send(hub, "GET", f"/queries/{live.id}", key=key))[1] for live in hub.ended]
        hub.ended.clear()
        return [repr(body) for body in bodies]

    _, key = await hub.add_member("Anna")
    await hub.stand_in("Echo")
    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as base:
        base_key = (await hub.register("Base", base.url)).access_key or ""
        await prompt_bot(hub, "Inner", "Base", SECRET)
        await prompt_bot(hub, "Outer", "Inner", "Be nice.", prompt_visibility="public")
        anna, owner = await seen(key), await seen()
    assert SECRET in repr(base.queries[0])
    assert len(anna) == len(owner) == 4
    assert not any(SECRET in body for body in anna)
    assert any(SECRET in body for body in owner)
