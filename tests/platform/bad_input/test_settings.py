"""Controls that make no sense, parameters that do not fit, prompt bots that stand on nothing: through every door."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.hub.bots.api import CONTROLS
from tests.support.hub import RunningHub
from tests.support.scripted_bot import ScriptedBot, say, scripted_bot

from .doors import end_of, kept, new_chat, opened, refused_everywhere, request, send, still_serves

PLACE = "parameter_controls.sections.0.controls.2"
GOOD: dict[str, Any] = {"response_version": 2, "parameter_controls": CONTROLS}


def controls_with(control: Any) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(CONTROLS)
    changed["sections"][0]["controls"].append(control)
    return changed


def condition_on(parameter: str) -> dict[str, Any]:
    inner = {"control": "toggle_switch", "label": "T", "parameter_name": "toggle"}
    condition = {"comparator": "eq", "left": {"parameter_name": parameter}, "right": {"literal": "x"}}
    return {"control": "condition", "condition": condition, "controls": [inner]}


FAULTY = {
    "unknown control": ({"control": "colour_wheel", "label": "C", "parameter_name": "c"}, "colour_wheel"),
    "unknown parameter": (condition_on("ghost"), "'ghost'"),
    "reserved name": ({"control": "text_field", "label": "X", "parameter_name": "poe_x"}, "'poe_x'"),
    "no range": (
        {"control": "slider", "label": "S", "parameter_name": "s", "min_value": 9, "max_value": 1, "step": 1},
        "9",
    ),
    "no list": (7, "parameter_controls"),
}


async def test_faulty_controls_are_refused_with_their_path_and_the_old_ones_stay(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    draft = {"name": "Prompted", "kind": "prompt", "base_bot": "Echo", "prompt": "x"}
    await opened(hub, "POST", "/api/bots", {**draft, "parameter_controls": CONTROLS})
    async with scripted_bot(say("ok"), **GOOD) as server:
        key = (await hub.register("Painter", server.url)).access_key
        was = await opened(hub, "GET", "/api/bots/Painter/parameters")
        for what, (control, value) in FAULTY.items():
            before = await kept(hub)
            faulty = {"response_version": 2, "parameter_controls": controls_with(control)}
            other = {**draft, "name": "Other", "parameter_controls": controls_with(control)}
            server.settings = faulty
            for method, path, body in (
                ("POST", f"/bot/update_settings/Painter/{key}/1.2", faulty),
                ("POST", f"/bot/fetch_settings/Painter/{key}", None),
                ("POST", "/api/bots", other),
                ("PATCH", "/api/bots/Prompted", {"parameter_controls": controls_with(control)}),
            ):
                said = await request(hub, method, path, body)
                assert said.status == 400, (what, path, said)
                assert PLACE in said.text, (what, path, said)
                assert value in said.text, (what, path, said)
            assert await kept(hub) == before, what
            assert await opened(hub, "GET", "/api/bots/Painter/parameters") == was
        assert (await request(hub, "GET", "/api/bots/Other")).status == 404
        assert (await hub.ask("Painter")).text == "ok"


VALUES = [
    ({"line": 10}, "parameters.line: 10 is outside 1 to 9"),
    ({"line": 1e308}, "outside 1 to 9"),
    ({"line": "3"}, "must be a number from 1 to 9, not '3'"),
    ({"line": None}, "parameters.line"),
    ({"style": ["photo"]}, "parameters.style"),
    ({"style": "oil"}, "oil is none of the options (photo, draw)"),
    ({"poe_x": 1}, "names with 'poe_' are reserved for the platform"),
    ({"size": "y" * 5000}, "the bot has no such parameter"),
]


@pytest.fixture
async def painter(hub: RunningHub) -> AsyncIterator[ScriptedBot]:
    async with scripted_bot(say("ok"), **GOOD) as server:
        await hub.register("Painter", server.url)
        yield server


async def test_parameters_that_do_not_fit_leave_nothing_anywhere(hub: RunningHub, painter: ScriptedBot) -> None:
    for parameters, words in VALUES:
        for sentence in await refused_everywhere(hub, "Painter", {"content": "paint", "parameters": parameters}):
            assert words in sentence
            assert len(sentence) < 1000
    assert painter.queries == []
    await still_serves(hub)


async def test_a_refused_edit_shows_the_chat_as_it_was(hub: RunningHub, painter: ScriptedBot) -> None:
    await hub.stand_in("Echo")
    chat_id = await new_chat(hub, "Echo")
    sent = json.loads((await send(hub, "chats", "Echo", {"content": "first"}, chat_id=chat_id)).text)
    await end_of(hub, await request(hub, "GET", f"/api/queries/{sent['query_id']}"))
    shown, before = await opened(hub, "GET", f"/api/chats/{chat_id}"), await kept(hub)
    bad = {"bot": "Painter", "parameters": {"line": 99}}
    refusals = (
        ("chats/" + chat_id + "/messages", {"content": "edited", "parent_id": None, **bad}),
        ("chats/" + chat_id + "/messages", {"content": "more", **bad}),
        (f"messages/{sent['answer']['id']}/regenerate", bad),
    )
    for path, body in refusals:
        said = await request(hub, "POST", f"/api/{path}", body)
        assert (said.status, said.code) == (400, "invalid_parameters"), said
        assert await kept(hub) == before, path
        assert await opened(hub, "GET", f"/api/chats/{chat_id}") == shown, path


async def test_a_prompt_bot_on_itself_or_on_nothing_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    draft = {"kind": "prompt", "prompt": "Be brief."}
    await opened(hub, "POST", "/api/bots", {**draft, "name": "One", "base_bot": "Echo"})
    await opened(hub, "POST", "/api/bots", {**draft, "name": "Two", "base_bot": "One"})
    before = await kept(hub)
    cases = (
        ("POST", "/api/bots", {**draft, "name": "Self", "base_bot": "self"}, 400, "stand on itself"),
        ("POST", "/api/bots", {**draft, "name": "Lost", "base_bot": "Nobody"}, 404, "There is no bot 'Nobody'"),
        ("POST", "/api/bots", {**draft, "name": "Bare"}, 400, "needs a base bot"),
        ("PATCH", "/api/bots/One", {"base_bot": "One"}, 400, "itself"),
        ("PATCH", "/api/bots/One", {"base_bot": "Two"}, 400, "One → Two → One"),
        ("PATCH", "/api/bots/One", {"base_bot": "Nobody"}, 404, "There is no bot 'Nobody'"),
    )
    for method, path, body, status, words in cases:
        said = await request(hub, method, path, body)
        assert said.status == status, said
        assert words in json.loads(said.text)["error"]["message"], said
    assert await kept(hub) == before
    assert (await hub.ask("Two", "still there?")).text


async def test_a_prompt_bot_whose_base_has_gone_says_so_at_every_door(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    secret = "The secret is 7613."
    await opened(hub, "POST", "/api/bots", {"name": "P", "kind": "prompt", "base_bot": "Echo", "prompt": secret})
    assert (await request(hub, "DELETE", "/api/bots/Echo")).status == 204
    for sentence in await refused_everywhere(hub, "P", {"content": "hello"}):
        assert "stands on the bot 'Echo', which is not on this hub" in sentence
        assert "7613" not in sentence
    said = await request(hub, "GET", "/api/bots/P/parameters")
    assert (said.status, said.code) == (400, "base_gone")
    assert any(bot["name"] == "P" for bot in (await opened(hub, "GET", "/api/bots"))["bots"])
    await hub.stand_in("Echo")  # one of the name that comes back is used
    assert (await hub.ask("P", "hello")).text
