"""A person's parameters are checked on every way to a bot; what bots pass on is not (protocol 4.5, 5.1.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot

from .api import CONTROLS, refusal, send


def asked(**parameters: Any) -> dict[str, Any]:
    return {"query": [{"role": "user", "content": "x", "parameters": parameters}]}


@pytest.fixture
async def painter(hub: RunningHub) -> AsyncIterator[ScriptedBot]:
    async with scripted_bot(say("ok"), response_version=2, parameter_controls=CONTROLS) as bot:
        await hub.register("Painter", bot.url)
        yield bot


FAULTS = [
    ({"line": 10}, "parameters.line: 10 is outside 1 to 9"),
    ({"line": "3"}, "parameters.line: must be a number from 1 to 9, not '3'"),
    ({"line": True}, "parameters.line: must be a number from 1 to 9, not true"),
    ({"style": "oil"}, "parameters.style: oil is none of the options (photo, draw)"),
    ({"size": 1}, "parameters.size: the bot has no such parameter; it has style, line"),
    ({"poe_x": 1}, "parameters.poe_x: names with 'poe_' are reserved for the platform"),
]


@pytest.mark.parametrize(("parameters", "words"), FAULTS)
async def test_what_does_not_fit_is_refused_before_anything_is_stored(
    hub: RunningHub, painter: ScriptedBot, parameters: dict[str, Any], words: str
) -> None:
    refused = await refusal(hub, "POST", "/queries", {"bot": "Painter", **asked(**parameters)})
    assert refused.startswith("400 invalid_parameters: ")
    assert words in refused
    assert words in repr(await hub.post("Painter", asked(**parameters)))
    assert painter.queries == []
    assert hub.ended == []


async def test_what_fits_is_passed_on_with_defaults_filled_in(hub: RunningHub, painter: ScriptedBot) -> None:
    await hub.post("Painter", asked(line=4))
    status, query = await send(hub, "POST", "/queries", {"bot": "Painter", **asked()})
    assert status == 202
    async with hub.http.get(f"{hub.url}/api/queries/{query['query_id']}/events", headers=hub.auth()) as response:
        await response.read()
    sent = [query["query"][-1]["parameters"] for query in painter.queries]
    assert sent == [{"style": "photo", "line": 4}, {"style": "photo", "line": 1}]


async def test_only_the_last_message_of_the_person_is_checked(hub: RunningHub, painter: ScriptedBot) -> None:
    body = asked(line=99)
    body["query"] += [{"role": "bot", "content": "y"}, *asked(line=2)["query"]]
    await hub.post("Painter", body)
    assert [message["parameters"] for message in painter.queries[0]["query"]] == [
        {"line": 99},
        {},
        {"style": "photo", "line": 2},
    ]


async def test_a_bot_without_controls_in_force_gets_whatever_was_sent(hub: RunningHub) -> None:
    async with scripted_bot(say("ok"), response_version=1, parameter_controls=CONTROLS) as bot:
        await hub.register("Old", bot.url)
        await hub.post("Old", asked(line=99, other=[1]))
    assert bot.queries[0]["query"][-1]["parameters"] == {"line": 99, "other": [1]}
    schema = (await send(hub, "GET", "/bots/Old/parameters"))[1]
    assert "properties" not in schema


async def test_bots_pass_parameters_on_unchanged(hub: RunningHub, painter: ScriptedBot) -> None:
    async def script(exchange: Exchange) -> None:
        await hub.call(exchange.body, "Painter", key, **asked(line=99, other=1))
        await say("ok")(exchange)

    async with scripted_bot(script, server_bot_dependencies={"Painter": 1}) as caller:
        key = (await hub.register("Caller", caller.url)).access_key or ""
        await hub.ask("Caller")
    assert painter.queries[0]["query"][-1]["parameters"] == {"line": 99, "other": 1}


async def test_the_parameters_of_a_bot_are_given_as_json_schema(hub: RunningHub, painter: ScriptedBot) -> None:
    schema = (await send(hub, "GET", "/bots/painter/parameters"))[1]
    assert schema["title"] == "Parameters of Painter"
    assert schema["properties"]["line"]["maximum"] == 9
    assert schema["properties"]["style"]["enum"] == ["photo", "draw"]
