"""A person asks a bot: what goes to the bot server, what comes back, what is kept."""

from __future__ import annotations

import asyncio

from rookery.protocol.identifiers import is_identifier
from rookery.protocol.requests import QueryRequest
from tests.support.hub import RunningHub, error_text
from tests.support.scripted_bot import Exchange, say, scripted_bot


async def test_a_persons_message_is_answered_by_the_bot_server(hub: RunningHub) -> None:
    async with scripted_bot(say("Hel", "lo")) as bot:
        await hub.register("Greeter", bot.url)
        reply = await hub.ask("Greeter", "hi there")
    assert reply.text == "Hello"
    assert reply.is_done
    assert [m["content"] for m in bot.queries[0]["query"]] == ["hi there"]


async def test_the_query_is_complete_and_has_only_ids_that_the_hub_made(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        forged = {"user_id": "u-forged", "conversation_id": "c-forged", "message_id": "m-forged", "metadata": "d-x"}
        message = {"role": "user", "content": "hi", "metadata": "secret of another bot", "sender": {"id": "u-9"}}
        await hub.post("greeter", {"query": [message], "bot_query_id": "bq-forged", "users": [{"id": "u-1"}], **forged})
    query = bot.queries[0]
    QueryRequest.model_validate(query)
    for name in ("user_id", "conversation_id", "message_id", "metadata", "bot_query_id"):
        assert is_identifier(query[name]), name
    assert query["users"] == [{"id": query["user_id"], "name": None}]
    assert query["query"][0]["metadata"] is None
    assert query["query"][0]["sender"]["id"] == query["user_id"]
    nulls = {name for name, value in query.items() if value is None}
    assert nulls <= {
        "temperature", "adopt_current_bot_name", "tools", "tool_calls", "tool_results", "extra_params",
    }  # fmt: skip


async def test_the_bot_server_gets_its_access_key_and_the_limits(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as bot:
        registered = await hub.register("Greeter", bot.url, access_key="k" * 32)
        await hub.ask("Greeter")
    assert bot.query_headers[0]["authorization"] == f"Bearer {registered.access_key}"
    assert bot.query_headers[0]["x-rookery-depth"] == "0"
    assert 0 < int(bot.query_headers[0]["x-rookery-deadline-ms"]) <= 3_600_000


async def test_a_user_keeps_one_pseudonym_per_bot_and_has_another_at_the_next_bot(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as bot, scripted_bot(say("ok")) as other:
        await hub.register("One", bot.url)
        await hub.register("Two", other.url)
        for name in ("One", "One", "Two"):
            await hub.ask(name)
    first, second = bot.queries
    assert first["user_id"] == second["user_id"] != other.queries[0]["user_id"]
    assert first["message_id"] != second["message_id"]


async def test_data_events_and_diagnostics_never_reach_a_caller(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.event("data", {"metadata": "mine"})
        await exchange.text("hi")
        await exchange.event("error", {"allow_retry": False, "text": "broken", "raw_response": "KeyError('secret')"})

    async with scripted_bot(script) as bot:
        await hub.register("Greeter", bot.url)
        reply = await hub.ask("Greeter")
    assert reply.metadata is None
    assert reply.text == "hi"
    assert error_text(reply) == "Greeter: broken"
    assert reply.error is not None
    assert reply.error.raw_response is None


async def test_connections_to_a_bot_server_are_used_again(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        for _ in range(5):
            await hub.ask("Greeter")
    assert bot.connections == 1


async def test_leaving_stops_the_query_and_closes_the_connection_to_the_bot(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("working")
        await exchange.until_gone()

    async with scripted_bot(script) as bot:
        await hub.register("Slow", bot.url)
        async with hub.stream("Slow", {"query": [{"role": "user", "content": "hi"}]}) as frames:
            assert (await anext(frames)).name == "text"
        async with asyncio.timeout(5):
            await bot.all_closed.wait()


async def test_a_stand_in_answers_without_any_server(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await hub.ask("echo", "hello there")
    assert "hello there" in reply.text
    assert reply.is_done
