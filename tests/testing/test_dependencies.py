"""Scripted stand-ins for called bots, and the call contract as the hub keeps it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import rookery
from rookery.protocol.events import DataEvent, FileEvent, SuggestedReplyEvent
from rookery.protocol.requests import QueryRequest
from rookery.testing import BotReply, BotUnderTest, ProtocolBroken, WrongCalls
from tests.support.hub import error_text, running_hub
from tests.support.serving import serve

from .bots import make_bot, wrapper
from .sdks import both_sdks


@both_sdks
async def test_a_stand_in_answers_and_keeps_the_query(fp: Any) -> None:
    async with BotUnderTest(wrapper(fp)) as bot:
        inner = bot.dependency("Inner").replies("Hello")
        reply = await bot.ask("hi", parameters={"a": 1})
        assert reply.text == "Hello"
        assert inner.calls[0].query[-1].content == "hi"
        assert inner.calls[0].query[-1].parameters == {"a": 1}
        assert [call.bot for call in reply.calls] == ["Inner"]
        bot.assert_calls({"Inner": 1})


@both_sdks
async def test_an_answer_may_be_pieces_events_or_made_from_the_query(fp: Any) -> None:
    gate = asyncio.Event()

    async def later(query: QueryRequest) -> str:
        await gate.wait()
        return "later"

    async def pieces(query: QueryRequest) -> AsyncIterator[str]:
        yield "one "
        yield "by one"

    async with BotUnderTest(wrapper(fp)) as bot:
        file = FileEvent("https://files.example/x", "image/png", "x.png")
        bot.dependency("inner").replies(
            ["Hel", "lo"],
            [file, SuggestedReplyEvent("More?"), DataEvent("secret"), "See"],
            lambda query: query.query[-1].content.upper(),
            later,
            pieces,
        )
        assert (await bot.ask("hi")).text == "Hello"
        shown = await bot.ask("hi")
        assert (shown.text, shown.files[0].file_name, shown.suggested_replies) == ("See", "x.png", ("More?",))
        assert shown.metadata is None
        assert (await bot.ask("hi")).text == "HI"
        waiting = asyncio.create_task(bot.ask("hi"))
        gate.set()
        assert (await waiting).text == "later"
        assert [(await bot.ask("hi")).text for _ in range(2)] == ["one by one"] * 2


@both_sdks
async def test_a_stand_in_that_fails_is_tried_again_only_when_it_allows_it(fp: Any) -> None:
    async with BotUnderTest(wrapper(fp)) as bot:
        bot.dependency("Inner").fails("Busy.", allow_retry=True).replies("Hello").fails("Closed.")
        assert (await bot.ask("hi")).text == "Hello"
        refused = await bot.ask("hi")
        assert refused.error is not None
        assert "Closed." in repr(refused)
        assert len(bot.dependency("Inner").calls) == 3


@both_sdks
async def test_a_stand_in_that_breaks_off_gives_what_it_had(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        async for message in fp.stream_request(request, "Inner", request.access_key, num_tries=1):
            yield message

    async with BotUnderTest(make_bot(fp, handler, server_bot_dependencies={"Inner": 1})) as bot:
        bot.dependency("Inner").breaks_off("Hel")
        assert (await bot.ask("hi")).text == "Hel"


@both_sdks
@pytest.mark.parametrize(
    ("calls", "declared", "words"),
    [
        (1, 0, "but does not declare it (declared 0 calls, used 0;"),
        (2, 1, "has used up its calls to 'Inner' for this message (declared 1 calls, used 1;"),
        (11, 20, "already led to 10 calls between bots, and 10 is the limit"),
    ],
)
async def test_calls_beyond_the_contract_are_refused(fp: Any, calls: int, declared: int, words: str) -> None:
    async with BotUnderTest(wrapper(fp, calls=calls, declared=declared)) as bot:
        inner = bot.dependency("Inner").replies("x")
        reply = await bot.ask("hi")
        assert reply.error is not None
        assert words in repr(reply)
        assert reply.calls[-1].refusal is not None
        allowed = min(calls, declared, 10)
        assert len(inner.calls) == allowed
        bot.assert_calls({"Inner": allowed})


@both_sdks
async def test_calls_are_counted_for_each_message(fp: Any) -> None:
    async with BotUnderTest(wrapper(fp)) as bot:
        bot.dependency("Inner").replies("first", "second")
        assert [(await bot.ask("hi")).text for _ in range(3)] == ["first", "second", "second"]
        bot.assert_calls({"Inner": 3})


@pytest.mark.parametrize(("calls", "declared"), [(1, 0), (2, 1), (11, 20)])
async def test_refusals_have_the_words_of_the_hub(calls: int, declared: int, tmp_path: Path) -> None:
    async with BotUnderTest(wrapper(rookery, "Echo", calls=calls, declared=declared)) as bot:
        bot.dependency("Echo").replies("x")
        reply = await bot.ask("hi")
        assert reply.error is not None
        ours = reply.error.text or ""
    async with running_hub(tmp_path) as hub:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOKERY_URL", hub.url)
            patch.setenv("ROOKERY_SYNC_SETTINGS", "off")
            tested = wrapper(rookery, "Echo", calls=calls, declared=declared)
            async with serve(rookery.make_app(tested, access_key="k" * 32)) as url:
                await hub.stand_in("Echo")
                await hub.register("Tested", url + "/", access_key="k" * 32)
                theirs = error_text(await hub.ask("Tested"))
    assert _without_ids(ours) == _without_ids(theirs)


def _without_ids(text: str) -> str:
    return re.sub(r"m-[0-9a-f]{32}", "m-…", text)


@both_sdks
async def test_a_declared_bot_that_nobody_plays_is_refused_with_the_remedy(fp: Any) -> None:
    async with BotUnderTest(wrapper(fp)) as bot:
        reply = await bot.ask("hi")
    assert 'Script it (bot.dependency("Inner").replies(…))' in repr(reply)


@both_sdks
async def test_a_call_after_the_answer_is_refused(fp: Any) -> None:
    kept: list[Any] = []

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        kept.append(request)
        yield fp.PartialResponse(text="ok")

    async with BotUnderTest(make_bot(fp, handler, server_bot_dependencies={"Inner": 1})) as bot:
        bot.dependency("Inner").replies("x")
        await bot.ask("hi")
        for changes, words in (({}, "has ended"), ({"bot_query_id": "bq-other"}, "is no query that bot 'Tested'")):
            request = kept[0].model_copy(update=changes)
            with pytest.raises(fp.BotError, match=words):
                await fp.get_final_response(request, "Inner", api_key=request.access_key)
        with pytest.raises(fp.BotError, match="Access denied"):
            await fp.get_final_response(kept[0], "Inner", api_key="z" * 32)


@both_sdks
async def test_what_a_stand_ins_function_raises_fails_the_test(fp: Any) -> None:
    def answer(query: QueryRequest) -> str:
        raise AssertionError("the prompt is too long")

    async with BotUnderTest(wrapper(fp)) as bot:
        bot.dependency("Inner").replies(answer)
        with pytest.raises(AssertionError, match="the prompt is too long"):
            await bot.ask("hi")


@both_sdks
async def test_wrong_calls_are_shown(fp: Any) -> None:
    async with BotUnderTest(wrapper(fp, calls=2)) as bot:
        bot.dependency("Inner").replies("x")
        await bot.ask("what is it?")
        with pytest.raises(WrongCalls) as failure:
            bot.assert_calls({"Other": 1})
    first, *made = str(failure.value).split("\n")
    assert first == "Expected calls {'Other': 1}, but these were made:"
    assert made[0] == "  <Call of Inner with 'what is it?'>"
    assert "refused: Message m-" in made[1]


@both_sdks
async def test_bots_under_test_call_each_other(fp: Any) -> None:
    async def shout(bot: Any, request: Any) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text=request.query[-1].content.upper())
        yield fp.DataResponse(metadata="mine")

    bots = [wrapper(fp, "Shout", path="/w"), make_bot(fp, shout, path="/s", name="Shout")]
    async with BotUnderTest(bots) as bot:
        reply = await bot.ask("hi", history=[("bot", "before")], metadata="for Tested only")
        assert [message.metadata for message in reply.calls[0].query.query] == [None, None]
        assert (reply.text, reply.metadata) == ("HI", None)
        assert (await bot.ask("ho", to="shout")).text == "HO"
        assert reply.calls[0].bot == "Shout"
        bot.dependency("Shout").replies("played")
        assert (await bot.ask("hi")).text == "played"


async def test_calls_that_go_too_deep_are_refused() -> None:
    async with BotUnderTest(wrapper(rookery, "Tested", declared=20)) as bot:
        reply = await bot.ask("hi")
    assert reply.error is not None
    assert "call depth exceeded" in (reply.error.text or "")
    assert len(bot.calls) == 9


@both_sdks
async def test_a_bot_may_block_while_it_talks_to_the_platform(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        stored = fp.upload_file_sync(b"abc", file_name="a.txt", api_key=bot.access_key)
        yield fp.PartialResponse(text=stored.url)

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        reply = await bot.ask("hi")
        assert reply.text == bot.uploads[0].url


@both_sdks
async def test_a_call_made_by_hand_is_refused_because_it_names_no_query(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        async for part in fp.get_bot_response(request.query, "Inner", api_key=request.access_key):
            yield part

    async with BotUnderTest(make_bot(fp, handler, server_bot_dependencies={"Inner": 1})) as bot:
        bot.dependency("Inner").replies("Hello")
        assert "names no query" in repr(await bot.ask("hi"))


async def test_kits_do_not_disturb_each_other() -> None:
    async with BotUnderTest(wrapper(rookery)) as outer, BotUnderTest(wrapper(rookery)) as inner:
        outer.dependency("Inner").replies("outer")
        inner.dependency("Inner").replies("inner")

        async def ask(bot: BotUnderTest) -> BotReply:
            return await bot.ask("hi")

        replies = await asyncio.gather(*(ask(bot) for bot in (outer, inner) for _ in range(5)))
    assert [reply.text for reply in replies] == ["outer"] * 5 + ["inner"] * 5


async def test_fifty_calls_at_once_get_what_is_declared() -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        async def call() -> str:
            return await rookery.get_final_response(request, "Inner", api_key=request.access_key)

        results = await asyncio.gather(*(call() for _ in range(50)), return_exceptions=True)
        yield rookery.PartialResponse(text=str(sum(isinstance(result, str) for result in results)))

    async with BotUnderTest(make_bot(rookery, handler, server_bot_dependencies={"Inner": 3})) as bot:
        bot.dependency("Inner").replies("x")
        assert (await bot.ask("hi")).text == "3"


async def test_the_environment_is_as_before() -> None:
    send, environment = httpx.AsyncClient.send, dict(os.environ)
    async with BotUnderTest(rookery.PoeBot()):
        assert os.environ["ROOKERY_URL"].startswith("http://127.0.0.1:")
    assert dict(os.environ) == environment
    assert httpx.AsyncClient.send is send


async def test_a_breach_of_a_called_bot_under_test_fails_the_question() -> None:
    class Rough(rookery.PoeBot):
        async def handle_query(self, request: Any, context: Any) -> Any:
            yield self.text_event("a")

    async with BotUnderTest([wrapper(rookery, "Rough", path="/w"), Rough(path="/r")]) as bot:
        with pytest.raises(ProtocolBroken, match="Bot 'Rough' ended its answer without a 'done' event"):
            await bot.ask("hi")
