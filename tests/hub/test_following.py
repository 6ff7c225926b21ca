"""Replies as records: numbered, journalled, followed from anywhere, kept over a restart (design 5)."""

from __future__ import annotations

import asyncio
from typing import Any

from rookery.protocol.decoding import parse_event
from rookery.protocol.events import Event
from rookery.protocol.reduce import reduce_events
from rookery.protocol.sse import Frame, SseDecoder
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot


async def start(hub: RunningHub, bot: str, text: str = "hi", **fields: Any) -> dict[str, Any]:
    body = {"bot": bot, "query": [{"role": "user", "content": text}], **fields}
    async with hub.http.post(f"{hub.url}/api/queries", json=body, headers=hub.auth()) as response:
        assert response.status == 202, await response.text()
        answer: dict[str, Any] = await response.json()
    return answer


async def follow(hub: RunningHub, query_id: str, after: int = 0) -> list[Frame]:
    url = f"{hub.url}/api/queries/{query_id}/events"
    async with hub.http.get(url, params={"after": after}, headers=hub.auth()) as response:
        return SseDecoder().feed(await response.read())


async def get(hub: RunningHub, query_id: str) -> dict[str, Any]:
    async with hub.http.get(f"{hub.url}/api/queries/{query_id}", headers=hub.auth()) as response:
        body: dict[str, Any] = await response.json()
    return body


def events(frames: list[Frame]) -> list[Event]:
    return [parse_event(frame.name, frame.data) for frame in frames]


async def test_events_are_numbered_from_one_and_can_be_followed_from_any_number(hub: RunningHub) -> None:
    async with scripted_bot(say("a", "b", "c")) as bot:
        await hub.register("Bot", bot.url)
        query_id = (await start(hub, "Bot"))["query_id"]
        frames = await follow(hub, query_id)
        assert [frame.id for frame in frames] == ["1", "2", "3", "4"]
        assert reduce_events(events(frames)).text == "abc"
        assert [frame.id for frame in await follow(hub, query_id, after=2)] == ["3", "4"]


async def test_a_finished_reply_reads_the_same_from_the_journal(hub: RunningHub) -> None:
    async with scripted_bot(say(*"abcdefgh")) as bot:
        await hub.register("Bot", bot.url)
        query_id = (await start(hub, "Bot"))["query_id"]
        live = await follow(hub, query_id)
        await _until_kept(hub, query_id)
        assert await follow(hub, query_id) == live
        assert await follow(hub, query_id, after=5) == live[5:]


async def _until_kept(hub: RunningHub, query_id: str) -> None:
    live = hub.hub.relay.queries.find(query_id)
    if live is not None and live.task is not None:
        await live.task


async def test_a_reader_that_leaves_loses_nothing_and_stops_nothing(hub: RunningHub) -> None:
    go_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("first ")
        await go_on.wait()
        await say("second")(exchange)

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url)
        query_id = (await start(hub, "Bot"))["query_id"]
        url = f"{hub.url}/api/queries/{query_id}/events"
        async with hub.http.get(url, headers=hub.auth()) as response:
            assert b"first" in await response.content.readany()
        go_on.set()
        assert reduce_events(events(await follow(hub, query_id, after=1))).text == "second"
        assert (await get(hub, query_id))["text"] == "first second"


async def test_two_readers_see_the_same(hub: RunningHub) -> None:
    async with scripted_bot(say(*"abc")) as bot:
        await hub.register("Bot", bot.url)
        query_id = (await start(hub, "Bot"))["query_id"]
        one, two = await asyncio.gather(follow(hub, query_id), follow(hub, query_id))
    assert one == two


async def test_a_stopped_query_keeps_what_arrived(hub: RunningHub) -> None:
    started = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        started.set()
        await exchange.until_gone()

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url)
        query_id = (await start(hub, "Bot"))["query_id"]
        follower = asyncio.create_task(follow(hub, query_id))
        await started.wait()
        live = hub.hub.relay.queries.find(query_id)
        assert live is not None
        await live.log.wait(0, 5)
        async with hub.http.post(f"{hub.url}/api/queries/{query_id}/stop", headers=hub.auth()) as response:
            assert (await response.json())["state"] == "stopped"
        frames = await follower
        async with asyncio.timeout(5):
            await bot.all_closed.wait()
    assert frames[0].name == "text"
    assert frames[-1].name == "error"
    body = await get(hub, query_id)
    assert (body["state"], body["text"]) == ("stopped", "half")


async def test_the_persons_message_is_on_disk_before_the_bot_sees_it(hub: RunningHub) -> None:
    kept: list[str] = []

    async def script(exchange: Exchange) -> None:
        record = await hub.hub.relay._store.find_query(exchange.body["bot_query_id"])
        kept.append(record.request["query"][0]["content"] if record else "missing")
        await say("ok")(exchange)

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url)
        await hub.ask("Bot", "keep me")
    assert kept == ["keep me"]


async def test_a_conversation_keeps_its_pseudonym(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Bot", bot.url)
        first = await start(hub, "Bot")
        await follow(hub, first["query_id"])
        second = await start(hub, "Bot", conversation_id=first["conversation_id"])
        await follow(hub, second["query_id"])
    one, two = bot.queries
    assert one["conversation_id"] == two["conversation_id"] != first["conversation_id"]


async def test_somebody_elses_query_is_not_found(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    query_id = (await start(hub, "Echo"))["query_id"]
    _, key = await hub.add_member("stranger")
    for path in ("", "/events"):
        async with hub.http.get(f"{hub.url}/api/queries/{query_id}{path}", headers=hub.auth(key)) as response:
            assert response.status == 404


async def test_the_calls_below_a_query_are_listed(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def script(exchange: Exchange) -> None:
        reply = await hub.call(exchange.body, "Echo", "k" * 32)
        await exchange.text(reply.text)
        await exchange.done()

    async with scripted_bot(script, server_bot_dependencies={"Echo": 1}) as bot:
        await hub.register("Wrapper", bot.url, access_key="k" * 32)
        query_id = (await start(hub, "Wrapper"))["query_id"]
        await follow(hub, query_id)
        await _until_kept(hub, query_id)
        body = await get(hub, query_id)
    assert [(call["bot"], call["depth"], call["parent_id"]) for call in body["calls"]] == [("Echo", 1, query_id)]
