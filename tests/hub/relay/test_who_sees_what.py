"""Sight over HTTP: what a person is shown of calls that other people's bots make for them."""

from __future__ import annotations

from tests.hub.relay.asking import KEY, ask, get
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot

PROMPT = "You are a secret pirate."


async def secretive(hub: RunningHub, exchange: Exchange) -> None:
    """A bot with a prompt of its own, which calls two others with it."""
    await hub.call({**exchange.body, "query": [{"role": "system", "content": PROMPT}]}, "Echo", KEY)
    await hub.call({**exchange.body, "query": [{"role": "system", "content": PROMPT}]}, "Unknown", KEY)
    await say("Arr")(exchange)


async def test_calls_of_somebody_elses_bot_are_summaries(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    _, key = await hub.add_member("guest")

    async def script(exchange: Exchange) -> None:
        await secretive(hub, exchange)

    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as bot:
        await hub.register("Pirate", bot.url, access_key=KEY)
        query_id = await ask(hub, "Pirate", key=key)
        own = await get(hub, f"/{query_id}", key)
        call = own["calls"][0]
        below = await get(hub, f"/{call['query_id']}", key)
        assert PROMPT not in str(own) + str(below)
        assert (own["is_shown"], own["text"]) == (True, "Arr")
        assert own["refusals"][0]["request"] is None
        assert (call["is_shown"], call["text"], call["state"]) == (False, None, "done")
        assert (below["request"], below["events"], below["notes"]) == (None, [], [])
        for path in ("events", "exchange"):
            refused = await get(hub, f"/{call['query_id']}/{path}", key, status=403)
            assert refused["error"]["code"] == "exchange_not_shown"
        await get(hub, f"/{query_id}/exchange", key, status=403)


async def test_the_owner_of_the_calling_bot_sees_its_calls(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def script(exchange: Exchange) -> None:
        await secretive(hub, exchange)

    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as bot:
        await hub.register("Pirate", bot.url, access_key=KEY)
        body = await get(hub, f"/{await ask(hub, 'Pirate')}")
        below = await get(hub, f"/{body['calls'][0]['query_id']}")
    assert below["request"]["query"][0]["content"] == PROMPT
    assert body["refusals"][0]["request"]["query"][0]["content"] == PROMPT


async def test_a_bot_that_takes_the_name_of_a_deleted_one_opens_nothing(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    guest, key = await hub.add_member("guest")

    async def script(exchange: Exchange) -> None:
        await secretive(hub, exchange)

    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as bot:
        await hub.register("Pirate", bot.url, access_key=KEY)
        query_id = await ask(hub, "Pirate", key=key)
        await hub.hub.bots.delete_bot(hub.hub.owner, "Pirate")
        from rookery.hub.bots.drafts import BotDraft

        await hub.hub.bots.create_bot(guest.id, BotDraft(name="Pirate", kind="stand-in", rule="echo"))
        assert PROMPT not in str(await get(hub, f"/{query_id}", key))


async def test_somebody_elses_query_does_not_exist(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    query_id = await ask(hub, "Echo")
    _, key = await hub.add_member("guest")
    for path in ("", "/events", "/exchange"):
        await get(hub, f"/{query_id}{path}", key, status=404)
    assert (await get(hub, "", key))["queries"] == []


async def test_a_key_for_one_bot_sees_only_messages_to_it(hub: RunningHub) -> None:
    for name in ("Echo", "Other"):
        await hub.stand_in(name)
    _, key = await hub.hub.accounts.create_key(hub.hub.owner, "scoped", bot_name="Echo")
    seen, hidden = await ask(hub, "Echo"), await ask(hub, "Other")
    assert [query["query_id"] for query in (await get(hub, "", key))["queries"]] == [seen]
    await get(hub, f"/{seen}", key)
    await get(hub, f"/{hidden}", key, status=403)
    await get(hub, "", key, status=403, bot="Other")


async def test_the_diagnostic_is_for_the_bots_owner_only(hub: RunningHub) -> None:
    _, key = await hub.add_member("guest")

    async def script(exchange: Exchange) -> None:
        await exchange.event("error", {"text": "no", "allow_retry": False, "raw_response": "line 7 of my secret code"})

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url)
        guests = await get(hub, f"/{await ask(hub, 'Bot', key=key)}", key)
        owners = await get(hub, f"/{await ask(hub, 'Bot')}")
    assert "line 7" not in str(guests)
    assert "line 7" in str(owners["notes"])
