"""`GET /api/queries/{id}`: the exchange, running and ended, and lists of one's own messages."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import update

from rookery.hub.storage.sql.tables import journal
from rookery.protocol.limits import JSON_DEPTH
from tests.hub.relay.asking import KEY, ask, get
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot


async def test_an_exchange_is_the_same_while_it_runs_and_afterwards(hub: RunningHub) -> None:
    go_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("one ", "two ")
        await exchange.event("json", {"a": [1]})
        await go_on.wait()
        await exchange.done()

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url)
        query_id = await hub.begin("Bot", "question")
        live = hub.hub.relay.queries.find(query_id)
        assert live is not None
        async with asyncio.timeout(5):
            while len(live.log.entries) < 3:
                await live.log.wait(len(live.log.entries), 5)
        running = await get(hub, f"/{query_id}")
        go_on.set()
        await hub.finished(query_id)
        ended = await get(hub, f"/{query_id}")
    assert running["is_running"]
    assert running["timing"]["ended_us"] is None
    assert ended["events"][:3] == running["events"]
    assert [event["name"] for event in ended["events"]] == ["text", "text", "json", "done"]
    assert ended["events"][2]["data"] == {"a": [1]}
    times = [event["at_us"] for event in ended["events"]]
    assert times == sorted(times)
    assert ended["timing"]["first_event_us"] == times[0] == running["timing"]["first_event_us"]
    assert times[-1] <= ended["timing"]["ended_us"] + 1_000_000
    assert ended["request"] == running["request"] == bot.queries[0]
    assert (ended["text"], ended["event_count"], ended["is_shown"]) == ("one two ", 4, True)


async def test_events_come_in_pages(hub: RunningHub) -> None:
    async with scripted_bot(say(*[f"{i} " for i in range(250)])) as bot:
        await hub.register("Bot", bot.url)
        query_id = await ask(hub, "Bot")
        pages = [await get(hub, f"/{query_id}", events_after=after, events_limit=100) for after in (0, 100, 200, 251)]
    numbers = [[event["number"] for event in page["events"]] for page in pages]
    assert numbers == [list(range(1, 101)), list(range(101, 201)), list(range(201, 252)), []]
    assert {page["event_count"] for page in pages} == {251}
    assert pages[1]["events"][0]["data"] == {"text": "100 "}


async def test_the_tree_below_shows_refusals_in_place(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def inner(exchange: Exchange) -> None:
        await hub.call(exchange.body, "Echo", "i" * 32)
        await say("inner")(exchange)

    async def outer(exchange: Exchange) -> None:
        await hub.call(exchange.body, "Inner", KEY)
        await hub.call(exchange.body, "Unknown", KEY)
        await say("outer")(exchange)

    async with (
        scripted_bot(inner, server_bot_dependencies={"Echo": 1}) as one,
        scripted_bot(outer, server_bot_dependencies={"Inner": 1}) as two,
    ):
        await hub.register("Inner", one.url, access_key="i" * 32)
        await hub.register("Outer", two.url, access_key=KEY)
        body = await get(hub, f"/{await ask(hub, 'Outer')}")
        below = await get(hub, f"/{body['calls'][0]['query_id']}")
    assert [call["bot"] for call in body["calls"]] == ["Inner"]
    assert [call["bot"] for call in body["calls"][0]["calls"]] == ["Echo"]
    assert body["calls"][0]["calls"][0]["timing"]["first_event_us"] is not None
    (refusal,) = body["refusals"]
    assert (refusal["code"], refusal["callee"]) == ("undeclared_call", "Unknown")
    assert refusal["request"]["query"][-1]["content"] == "hi"
    assert (below["bot"], below["depth"], [call["bot"] for call in below["calls"]]) == ("Inner", 1, ["Echo"])


async def test_reports_retries_and_diagnostics_are_noted(hub: RunningHub) -> None:
    async def failing(exchange: Exchange) -> None:
        await exchange.event("error", {"text": "I am out of tea", "raw_response": f"Traceback … {KEY}"})

    async def wrong(exchange: Exchange) -> None:
        await exchange.raw(b"event: text\r\ndata: no json\r\n\r\n")
        await exchange.text("fine")
        await exchange.done()

    async with scripted_bot(failing) as one, scripted_bot(wrong) as two:
        await hub.register("Failing", one.url, access_key=KEY)
        await hub.register("Wrong", two.url)
        failed = await get(hub, f"/{await ask(hub, 'Failing')}")
        query_id = await ask(hub, "Wrong")
        async with asyncio.timeout(5):
            report = await two.reports.get()
        reported = await get(hub, f"/{query_id}")
    assert failed["state"] == "failed"
    noted = {note["kind"]: note["text"] for note in failed["notes"]}
    assert set(noted) == {"retry", "bot_error", "diagnostic"}
    assert noted["bot_error"] == "I am out of tea"
    assert noted["diagnostic"] == "Traceback … •••"
    (kept,) = reported["reports"]
    assert (kept["type"], kept["bot"], kept["text"]) == ("report_error", "Wrong", report["message"])
    assert kept["body"]["metadata"] == report["metadata"]


async def test_a_secret_is_masked_wherever_it_stands(hub: RunningHub) -> None:
    async with scripted_bot(say("my key: ", *KEY, " ok"), response_version=2) as bot:
        await hub.register("Leaky", bot.url, access_key=KEY)
        link = hub.hub.files.link(await hub.hub.files.keep_bytes(hub.hub.owner.id, "a.txt", b"x"))
        query_id = await ask(hub, "Leaky", f"use {KEY}", attachments=[{"url": link, "name": "a", "content_type": "b"}])
        whole = await get(hub, f"/{query_id}")
        pages = [await get(hub, f"/{query_id}", events_after=after, events_limit=10) for after in range(0, 40, 10)]
        exchange = await get(hub, f"/{query_id}/exchange")
    for body in (whole, exchange, *pages):
        assert KEY not in str(body)
        assert link.partition("signature=")[2] not in str(body)
    for source in ([whole], pages):
        said = "".join(event["data"].get("text", "") for body in source for event in body["events"])
        assert said == "my key: ••• ok"
    assert whole["request"]["query"][0]["content"] == "use •••"


async def test_a_list_shows_ones_own_messages_newest_first(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await hub.stand_in("Other")
    ids = [await ask(hub, bot, f"word {i}") for i, bot in enumerate(["Echo", "Other", "Echo", "Echo"])]
    first = await get(hub, "", limit=3)
    assert [query["query_id"] for query in first["queries"]] == ids[:0:-1]
    rest = await get(hub, "", limit=3, before=first["next_before"])
    assert ([query["query_id"] for query in rest["queries"]], rest["next_before"]) == (ids[:1], None)
    assert [query["query_id"] for query in (await get(hub, "", bot="other"))["queries"]] == [ids[1]]
    assert (await get(hub, "", state="failed"))["queries"] == []
    assert first["queries"][0]["text"] == "word 3"


async def test_bad_questions_are_refused_with_a_sentence(hub: RunningHub) -> None:
    for params in ({"limit": 0}, {"limit": 101}, {"before": "soon"}, {"state": "odd"}, {"bot": "x" * 65}):
        assert (await get(hub, "", status=400, **params))["error"]["message"]
    for before in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"):
        await get(hub, "", before=before)
    await get(hub, "/no-such", status=404)
    await get(hub, "/a%00b", status=400)
    await get(hub, "/no-such", status=400, events_limit=1001)


async def test_odd_values_of_bots_and_callers_are_shown_and_break_nothing(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        for data in ('{"a": NaN}', '{"a": 1e999}', '{"a": 123456789012345678901234567890}', '{"a": "\\ud800 \\u0000"}'):
            await exchange.raw(f"event: json\r\ndata: {data}\r\n\r\n".encode())
        await exchange.raw(b'event: text\r\ndata: {"text": "\\ud83d"}\r\n\r\n')
        await say("fine \x00")(exchange)

    async with scripted_bot(script) as bot:
        await hub.register("Odd", bot.url)
        query_id = await ask(hub, "Odd", "nul \x00", parameters={"a": 10**40, "b": [None]})
        body = await get(hub, f"/{query_id}")
        await get(hub, f"/{body['query_id']}/exchange")
    assert body["events"][-1]["name"] in ("done", "error")
    assert body["request"]["query"][0]["content"] == "nul \x00"


async def test_an_exchange_can_be_saved_when_it_has_ended(hub: RunningHub) -> None:
    go_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        await go_on.wait()
        await exchange.event("error", {"text": "out of tea", "allow_retry": False, "raw_response": KEY})

    async with scripted_bot(script) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        query_id = await hub.begin("Bot")
        refused = await get(hub, f"/{query_id}/exchange", status=409)
        go_on.set()
        exchange = await get(hub, f"/{await hub.finished(query_id)}/exchange")
    assert refused["error"]["code"] == "still_running"
    assert exchange["format"] == "rookery.exchange/1"
    assert exchange["events"][-1]["data"]["text"] == "out of tea"
    assert [event["event"] for event in exchange["events"]] == ["text", "error"]


async def test_a_journal_from_before_the_inspector_has_no_times(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    query_id = await ask(hub, "Echo")
    forget = update(journal).values(marks=None)
    await hub.hub._database.write(lambda connection: connection.execute(forget))
    body = await get(hub, f"/{query_id}")
    assert {event["at_us"] for event in body["events"]} == {None}
    assert body["timing"]["first_event_us"] is None


async def test_deep_values_are_shown_and_too_deep_ones_refused(hub: RunningHub) -> None:
    def nested(depth: int) -> Any:
        value: Any = 1
        for _ in range(depth):
            value = {"a": value}
        return value

    async with scripted_bot(say("ok")) as bot:
        await hub.register("Deep", bot.url)
        query_id = await ask(hub, "Deep", parameters=nested(JSON_DEPTH - 3))
        assert (await get(hub, f"/{query_id}"))["request"] == bot.queries[0]
        await get(hub, f"/{query_id}/exchange")
        body = {"bot": "Deep", "query": [{"role": "user", "content": "", "parameters": nested(JSON_DEPTH)}]}
        async with hub.http.post(f"{hub.url}/api/queries", json=body, headers=hub.auth()) as response:
            assert response.status == 400
            assert f"deeper than {JSON_DEPTH} levels" in await response.text()
