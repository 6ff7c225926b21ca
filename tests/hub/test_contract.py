"""The call contract (design 4): what a bot may call, how often, how deep, and what it reads when it may not.

Bots here are real servers that call the hub over HTTP while they answer, as SDKs do.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.protocol.reduce import Reply
from tests.support.hub import RunningHub, error_text, running_hub
from tests.support.scripted_bot import Exchange, ScriptedBot, say, scripted_bot

KEY = "caller-key-caller-key-caller-key"


class Caller:
    """A bot that, on each query, runs what a test wants done while it answers."""

    def __init__(self, hub: RunningHub, server: ScriptedBot, bot: Bot) -> None:
        self.hub, self.server, self.bot = hub, server, bot
        self.query: dict[str, Any] = {}

    async def call(self, callee: str, *, key: str | None = None, **changes: Any) -> Reply:
        return await self.hub.call(self.query, callee, key or self.bot.access_key or "", **changes)


@asynccontextmanager
async def calling_bot(
    hub: RunningHub,
    work: Callable[[Caller], Any],
    dependencies: dict[str, int] | None = None,
    name: str = "Caller",
    key: str = KEY,
) -> AsyncIterator[Caller]:
    """Registers a bot whose answer is the result of `work`."""
    caller: Caller

    async def script(exchange: Exchange) -> None:
        caller.query = exchange.body
        await exchange.text(str(await work(caller)))
        await exchange.done()

    async with scripted_bot(script, server_bot_dependencies=dependencies or {}) as server:
        bot = await hub.register(name, server.url, access_key=key)
        caller = Caller(hub, server, bot)
        yield caller


async def outcome(hub: RunningHub, work: Callable[[Caller], Any], **dependencies: int) -> Any:
    """Runs `work` inside one message and gives what it returned."""
    results: list[Any] = []

    async def keep(caller: Caller) -> str:
        results.append(await work(caller))
        return "ok"

    async with calling_bot(hub, keep, dependencies):
        reply = await hub.ask("Caller")
    assert reply.error is None, reply.error
    return results[0]


async def test_a_declared_bot_answers_the_call(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await outcome(hub, lambda caller: caller.call("Echo"), Echo=1)
    assert reply.is_done
    assert "hi" in reply.text


async def test_fifty_parallel_calls_against_a_declared_count_of_three_give_exactly_three_answers(
    hub: RunningHub,
) -> None:
    async with scripted_bot(say("yes")) as callee:
        await hub.register("Callee", callee.url)

        async def work(caller: Caller) -> list[Reply]:
            return await asyncio.gather(*(caller.call("Callee") for _ in range(50)))

        replies = await outcome(hub, work, Callee=3)
    assert sum(reply.is_done for reply in replies) == 3
    assert len(callee.queries) == 3
    refused = [reply for reply in replies if not reply.is_done]
    for reply in refused:
        assert "called on bot that has 0 or undefined call count in settings" in error_text(reply)
        assert "declared 3 calls, used 3" in error_text(reply)
        assert reply.error is not None
        assert reply.error.allow_retry is False


async def test_the_eleventh_call_of_a_message_is_refused_whoever_is_called(hub: RunningHub) -> None:
    for name in ("One", "Two", "Three"):
        await hub.stand_in(name)

    async def work(caller: Caller) -> list[Reply]:
        return [await caller.call(("One", "Two", "Three")[i % 3]) for i in range(11)]

    replies = await outcome(hub, work, One=9, Two=9, Three=9)
    assert [reply.is_done for reply in replies] == [True] * 10 + [False]
    text = error_text(replies[10])
    assert "call count exceeded" in text
    assert "already led to 10 calls" in text
    assert "ROOKERY_MAX_BOT_CALLS" in text


async def test_counts_begin_anew_with_every_message(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    done: list[bool] = []

    async def work(caller: Caller) -> str:
        done.append((await caller.call("Echo")).is_done)
        return "ok"

    async with calling_bot(hub, work, {"Echo": 1}):
        await hub.ask("Caller")
        await hub.ask("Caller")
    assert done == [True, True]


async def test_depth_eight_answers_and_depth_nine_is_refused(hub: RunningHub) -> None:
    names = [f"B{i}" for i in range(10)]
    refusals: list[str] = []
    async with AsyncExitStack() as stack:
        for i, name in enumerate(names):

            async def work(caller: Caller, following: int = i + 1) -> str:
                if following == len(names):
                    return "bottom"
                reply = await caller.call(names[following])
                if reply.error is not None and reply.error.text and "depth exceeded" in reply.error.text:
                    refusals.append(reply.error.text)
                return f"{following - 1} {reply.text}"

            dependencies = {names[i + 1]: 1} if i + 1 < len(names) else {}
            await stack.enter_async_context(calling_bot(hub, work, dependencies, name, f"{i}" * 32))
        reply = await hub.ask("B0")
    assert reply.text.split() == [str(i) for i in range(9)]
    assert len(refusals) == 1
    assert "Bot 'B8' called 'B9' at depth 9, and 8 is the limit" in refusals[0]
    assert "B0 → B1 → B2 → B3 → B4 → B5 → B6 → B7 → B8 → B9" in refusals[0]


async def test_an_undeclared_call_says_bot_callee_counts_age_of_settings_and_remedy(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await outcome(hub, lambda caller: caller.call("Echo"))
    text = error_text(reply)
    assert text.startswith("Message m-")
    assert "called on bot that has 0 or undefined call count in settings." in text
    assert "Bot 'Caller' called 'Echo' but does not declare it (declared 0 calls, used 0; settings last read " in text
    assert 'Add "Echo" to server_bot_dependencies' in text
    assert reply.error is not None
    assert reply.error.allow_retry is False


async def test_a_bot_that_declares_the_dependency_later_works_without_any_manual_sync(tmp_path: Path) -> None:
    replies: list[Reply] = []

    async def work(caller: Caller) -> str:
        replies.append(await caller.call("Echo"))
        return "ok"

    async with running_hub(tmp_path, settings_pull_interval_s=0) as hub, calling_bot(hub, work) as caller:
        await hub.stand_in("Echo")
        await hub.ask("Caller")
        caller.server.settings = {"server_bot_dependencies": {"Echo": 1}}
        await hub.ask("Caller")
    assert [reply.is_done for reply in replies] == [False, True]


async def test_settings_are_not_pulled_again_within_the_interval(tmp_path: Path) -> None:
    async def work(caller: Caller) -> str:
        before = caller.server.settings_requests
        for _ in range(3):
            assert not (await caller.call("Echo")).is_done
        return str(caller.server.settings_requests - before)

    async with running_hub(tmp_path, settings_pull_interval_s=3600) as hub, calling_bot(hub, work):
        await hub.stand_in("Echo")
        assert (await hub.ask("Caller")).text == "0"


async def test_many_refusals_pull_the_settings_once_a_second_at_most(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def work(caller: Caller) -> int:
        before = caller.server.settings_requests
        hub.hub.sync._pulled_at.clear()
        await asyncio.gather(*(caller.call("Echo") for _ in range(20)))
        return caller.server.settings_requests - before

    assert await outcome(hub, work) == 1


async def test_a_call_that_fails_before_its_first_event_gives_its_count_back(hub: RunningHub) -> None:
    attempts = 0

    async def flaky(exchange: Exchange) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            exchange.reset()
        else:
            await say("second time lucky")(exchange)

    async with scripted_bot(flaky) as callee:
        await hub.register("Flaky", callee.url)

        async def work(caller: Caller) -> list[Reply]:
            return [await caller.call("Flaky"), await caller.call("Flaky"), await caller.call("Flaky")]

        first, second, third = await outcome(hub, work, Flaky=1)
    assert "Flaky" in error_text(first)
    assert first.error is not None
    assert first.error.allow_retry
    assert second.text == "second time lucky"
    assert "used 1" in error_text(third)


async def test_a_call_that_fails_after_its_first_event_keeps_its_count(hub: RunningHub) -> None:
    async def half(exchange: Exchange) -> None:
        await exchange.text("half")
        exchange.reset()

    async with scripted_bot(half) as callee:
        await hub.register("Half", callee.url)

        async def work(caller: Caller) -> list[Reply]:
            return [await caller.call("Half"), await caller.call("Half")]

        first, second = await outcome(hub, work, Half=1)
    assert first.text == "half"
    assert "used 1" in error_text(second)


async def test_a_stale_query_id_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def work(caller: Caller) -> str:
        return "ok"

    async with calling_bot(hub, work, {"Echo": 5}) as caller:
        await hub.ask("Caller")
        reply = await caller.call("Echo")
    text = error_text(reply)
    assert "has ended" in text
    assert "until get_response returns" in text


async def test_a_foreign_key_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await outcome(hub, lambda caller: caller.call("Echo", key="x" * 32), Echo=1)
    assert error_text(reply).startswith("Access denied")


async def test_another_bots_query_cannot_be_used(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def nothing(caller: Caller) -> str:
        return "ok"

    async with calling_bot(hub, nothing, {"Echo": 5}, "Thief", "t" * 32):
        reply = await outcome(hub, lambda caller: caller.call("Echo", key="t" * 32), Echo=1)
    assert "is no query that bot 'Thief' is answering now" in error_text(reply)


async def test_an_access_key_without_a_query_is_refused(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await outcome(hub, lambda caller: caller.call("Echo", bot_query_id="", message_id=""), Echo=1)
    assert "names no query" in error_text(reply)


async def test_older_sdks_are_known_by_the_message_id(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    reply = await outcome(hub, lambda caller: caller.call("Echo", bot_query_id=""), Echo=1)
    assert reply.is_done


async def test_a_declared_bot_that_does_not_exist_is_named(hub: RunningHub) -> None:
    reply = await outcome(hub, lambda caller: caller.call("Nobody"), Nobody=1)
    assert "there is no bot of that name on this hub" in error_text(reply)
    assert "Nobody" in error_text(reply)


async def test_a_forged_user_id_in_a_call_is_ignored(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as callee:
        await hub.register("Callee", callee.url)
        await outcome(hub, lambda caller: caller.call("Callee", user_id="u-forged"), Callee=1)
    assert callee.queries[0]["user_id"] != "u-forged"
    assert callee.queries[0]["users"][0]["id"] == callee.queries[0]["user_id"]


async def test_two_bots_that_share_one_access_key_are_told_apart_by_their_queries(hub: RunningHub) -> None:
    await hub.stand_in("Echo")

    async def nothing(caller: Caller) -> str:
        return "ok"

    async with calling_bot(hub, nothing, name="Twin", key=KEY):
        reply = await outcome(hub, lambda caller: caller.call("Echo"), Echo=1)
    assert reply.is_done


async def test_a_bot_that_has_ended_takes_its_calls_with_it(hub: RunningHub) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.text("and on")
        await exchange.until_gone()

    async with scripted_bot(endless) as callee:
        await hub.register("Endless", callee.url)
        calls: list[asyncio.Task[Reply]] = []

        async def work(caller: Caller) -> str:
            calls.append(asyncio.create_task(caller.call("Endless")))
            async with hub.http.get(f"{hub.url}/healthz"):
                pass
            while not callee.queries:
                await asyncio.sleep(0)
            return "I leave early"

        async with calling_bot(hub, work, {"Endless": 1}):
            await hub.ask("Caller")
            async with asyncio.timeout(5):
                await callee.all_closed.wait()
                reply = await calls[0]
    assert "has ended its answer" in error_text(reply)


async def test_stopping_the_root_closes_every_connection_of_its_tree(hub: RunningHub) -> None:
    reached = asyncio.Event()

    async def bottom(exchange: Exchange) -> None:
        await exchange.text("deep")
        reached.set()
        await exchange.until_gone()

    async with scripted_bot(bottom) as leaf:
        await hub.register("Leaf", leaf.url)

        async def middle(caller: Caller) -> str:
            return (await caller.call("Leaf")).text

        async def top(caller: Caller) -> str:
            return (await caller.call("Middle")).text

        async with (
            calling_bot(hub, middle, {"Leaf": 1}, "Middle", "m" * 32) as second,
            calling_bot(hub, top, {"Middle": 1}) as first,
        ):
            async with hub.http.post(
                f"{hub.url}/api/queries",
                json={"bot": "Caller", "query": [{"role": "user", "content": "go"}]},
                headers=hub.auth(),
            ) as response:
                query_id = (await response.json())["query_id"]
            async with asyncio.timeout(5):
                await reached.wait()
            async with asyncio.timeout(1):
                async with hub.http.post(f"{hub.url}/api/queries/{query_id}/stop", headers=hub.auth()) as response:
                    assert (await response.json())["state"] == "stopped"
                await leaf.all_closed.wait()
                await second.server.all_closed.wait()
                await first.server.all_closed.wait()
    assert {live.bot.name: live.result.state for live in hub.ended if live.result} == {
        "Leaf": "stopped",
        "Middle": "stopped",
        "Caller": "stopped",
    }


async def test_all_queries_of_a_tree_are_in_one_trace_that_gives_no_id_away(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as callee:
        await hub.register("Callee", callee.url)
        async with calling_bot(hub, lambda caller: caller.call("Callee"), {"Callee": 1}) as caller:
            await hub.ask("Caller")
            await hub.ask("Caller")
            above = [headers["traceparent"].split("-") for headers in caller.server.query_headers]
            ids = [query["bot_query_id"].removeprefix("bq-") for query in caller.server.queries]
    below = [headers["traceparent"].split("-") for headers in callee.query_headers]
    assert [len(part) for part in above[0]] == [2, 32, 16, 2]
    assert [trace for _, trace, _, _ in above] == [trace for _, trace, _, _ in below]
    assert len({trace for _, trace, _, _ in above}) == 2
    assert len({span for _, _, span, _ in above + below}) == 4
    assert not {trace for _, trace, _, _ in above} & set(ids)


async def test_metadata_of_one_bot_does_not_reach_the_bot_it_calls(hub: RunningHub) -> None:
    async with scripted_bot(say("ok")) as callee:
        await hub.register("Callee", callee.url)

        async def work(caller: Caller) -> Reply:
            message = {"role": "bot", "content": "earlier", "metadata": "my notes"}
            return await caller.call("Callee", query=[message, {"role": "user", "content": "x"}])

        await outcome(hub, work, Callee=1)
    assert [message["metadata"] for message in callee.queries[0]["query"]] == [None, None]


async def test_the_person_reads_the_refusal_when_the_reference_sdk_hides_it(hub: RunningHub) -> None:
    """fastapi_poe turns every exception of an author into one sentence that says nothing (protocol 9.7.3)."""
    await hub.stand_in("Echo")

    async def script(exchange: Exchange) -> None:
        reply = await hub.call(exchange.body, "Echo", KEY)
        assert reply.error is not None
        text = "The bot encountered an unexpected issue."
        await exchange.event("error", {"allow_retry": False, "text": text, "raw_response": "BotErrorNoRetry(…)"})

    async with scripted_bot(script) as bot:
        await hub.register("Author", bot.url, access_key=KEY)
        reply = await hub.ask("Author")
    assert "one of its calls failed" in error_text(reply)
    assert "Bot 'Author' called 'Echo' but does not declare it" in error_text(reply)
