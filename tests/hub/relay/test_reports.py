"""Reports that callers send over `/bot/{name}` reach the bot, and are noted with the caller's own query (5.1.1)."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.hub.relay.asking import KEY, ask, get
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot

STRANGERS_KEY = "s" * 32


async def report(hub: RunningHub, bot: ScriptedBot, name: str, body: dict[str, Any], key: str | None = None) -> None:
    """Sends a report and waits until the bot has it."""
    body = {"version": "1.2", **body}
    async with hub.http.post(f"{hub.url}/bot/{name}", json=body, headers=hub.auth(key)) as response:
        assert response.status == 200
        assert await response.json() == {}
    async with asyncio.timeout(5):
        await bot.reports.get()


def reaction(message_id: str) -> dict[str, Any]:
    ids = {"message_id": message_id, "user_id": "u-1", "conversation_id": "c-1"}
    return {"type": "report_reaction", "reaction": "heart", **ids}


async def test_a_persons_reaction_is_noted_with_their_message(hub: RunningHub) -> None:
    async with scripted_bot(say("hi")) as bot:
        await hub.register("Bot", bot.url)
        query_id = await ask(hub, "Bot")
        message_id = (await get(hub, f"/{query_id}"))["message_id"]
        await report(hub, bot, "Bot", reaction(message_id))
        (noted,) = (await get(hub, f"/{query_id}"))["reports"]
    assert (noted["type"], noted["bot"], noted["text"]) == ("report_reaction", "Bot", "heart")


async def test_a_calling_bot_reports_about_its_own_query(hub: RunningHub) -> None:
    async with scripted_bot(say("hi")) as callee:
        await hub.register("Callee", callee.url)

        async def script(exchange: Exchange) -> None:
            body = {
                "type": "report_error",
                "message": "no text",
                "metadata": {"message_id": exchange.body["message_id"]},
            }
            await report(hub, callee, "Callee", body, KEY)
            await say("done")(exchange)

        async with scripted_bot(script, server_bot_dependencies={"Callee": 1}) as bot:
            await hub.register("Caller", bot.url, access_key=KEY)
            body = await get(hub, f"/{await ask(hub, 'Caller')}")
    assert [(noted["type"], noted["bot"], noted["text"]) for noted in body["reports"]] == [
        ("report_error", "Callee", "no text")
    ]


async def test_strangers_reach_the_bot_but_leave_no_note(hub: RunningHub) -> None:
    _, guests_key = await hub.add_member("guest")
    async with scripted_bot(say("hi")) as bot, scripted_bot(say("hi")) as other:
        await hub.register("Bot", bot.url)
        await hub.register("Stranger", other.url, access_key=STRANGERS_KEY)
        query_id = await ask(hub, "Bot")
        message_id = (await get(hub, f"/{query_id}"))["message_id"]
        for key in (guests_key, STRANGERS_KEY):
            await report(hub, bot, "Bot", reaction(message_id), key)
        await report(hub, bot, "Bot", reaction("m-unknown"))
        assert (await get(hub, f"/{query_id}"))["reports"] == []


async def test_a_query_keeps_a_bounded_number_of_notes(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        for _ in range(120):
            await hub.call(exchange.body, "Unknown", KEY)
        await say("done")(exchange)

    async with scripted_bot(script) as bot:
        await hub.register("Stubborn", bot.url, access_key=KEY)
        body = await get(hub, f"/{await ask(hub, 'Stubborn')}")
    assert 0 < len(body["refusals"]) + len(body["notes"]) <= 100
