"""The loop of rounds: text, functions side by side, results, limits (protocol 5.1.4; 10.2 C5)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

import rookery as fp
from rookery.sdk.toolloop import encode_result

from .calling import Outcome, a_request
from .serving import DONE, KEY, WAIT_S, Answer, ScriptedServer, ask, event, free_address, serve, stream
from .test_tools import chunk


def asks(*calls: tuple[str, str], text: str = "", ids: bool = True) -> Answer:
    """Gives an answer that calls functions, with names and arguments in halves."""
    pieces = [chunk({"content": text})] if text else []
    for index, (name, arguments) in enumerate(calls):
        half = len(arguments) // 2
        head = {"id": f"{name}-{index}", "type": "function"} if ids else {}
        first = {"index": index, **head, "function": {"name": name, "arguments": arguments[:half]}}
        pieces.append(chunk({"tool_calls": [first]}))
        pieces.append(chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments[half:]}}]}))
    return stream(*pieces, chunk({}, "tool_calls"), DONE)


def says(*texts: str) -> Answer:
    return stream(*(event("text", {"text": text}) for text in texts), DONE)


async def loop(
    url: str, functions: list[Callable[..., Any]], request: fp.QueryRequest | None = None, **given: Any
) -> Outcome:
    outcome = Outcome()
    given = {"api_key": "K", "retry_sleep_time": 0, "on_error": outcome.heard, "base_url": f"{url}/bot/", **given}
    try:
        async for message in fp.run_tools(request or a_request(), "X", functions, **given):
            outcome.messages.append(message)
    except Exception as error:
        outcome.error = error
    return outcome


def results(server: ScriptedServer, number: int) -> list[Any]:
    """Gives the contents of the results that a call carried."""
    last = server.calls[number].json["query"][-1]
    assert last["role"] == "tool"
    return [each["content"] for each in json.loads(last["content"])]


def add(a: int, b: int = 1) -> int:
    """Adds.

    Args:
        a: the first
    """
    return a + b


async def shout(word: str) -> str:
    return word.upper()


async def test_rounds_go_on_until_the_model_answers() -> None:
    server = ScriptedServer(
        asks(("add", '{"a": 1}'), text="let me see"), asks(("shout", '{"word": "two"}')), says("it is ", "TWO")
    )
    request = a_request()
    async with serve(server) as url:
        outcome = await loop(url, [add, shout], request)
    assert outcome.error is None
    assert outcome.texts == ["let me see", "\n\nit is ", "TWO"]
    first, second, third = (seen.json for seen in server.calls)
    assert [tool["function"]["name"] for tool in first["tools"]] == ["add", "shout"]
    assert first["tools"] == second["tools"] == third["tools"]
    assert [len(each["query"]) for each in (first, second, third)] == [1, 3, 5]
    assert (third["tool_calls"], third["tool_results"]) == (None, None)
    called, given = second["query"][-2:]
    assert (called["role"], called["message_type"], given["role"]) == ("bot", "function_call", "tool")
    assert json.loads(called["content"]) == [
        {"id": "add-0", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    ]
    assert json.loads(given["content"]) == [{"role": "tool", "name": "add", "tool_call_id": "add-0", "content": "2"}]
    assert results(server, 2) == ["TWO"]
    assert len(request.query) == 1
    assert {seen.headers["authorization"] for seen in server.calls} == {"Bearer K"}


async def test_text_comes_before_the_answer_is_over() -> None:
    gate = asyncio.Event()
    server = ScriptedServer(stream(event("text", {"text": "first"}), gate, event("text", {"text": "last"}), DONE))
    async with serve(server) as url, asyncio.timeout(WAIT_S):
        answer = fp.run_tools(a_request(), "X", [add], api_key="K", base_url=f"{url}/bot/")
        assert (await anext(answer)).text == "first"
        gate.set()
        assert [part.text async for part in answer] == ["last"]


async def test_without_calls_one_round_is_enough_and_everything_comes_through() -> None:
    file = {"url": "http://x/f", "content_type": "c", "name": "n"}
    parts = [
        event("meta", {}),
        event("text", {"text": "t"}),
        event("file", file),
        event("suggested_reply", {"text": "?"}),
    ]
    server = ScriptedServer(stream(*parts, event("json", {"choices": [], "usage": {"n": 1}}), DONE))
    async with serve(server) as url:
        outcome = await loop(url, [])
    assert [type(message) is fp.MetaResponse for message in outcome.messages] == [True, False, False, False, False]
    assert outcome.messages[2].attachment is not None
    assert outcome.messages[3].is_suggested_reply
    assert outcome.messages[4].data == {"choices": [], "usage": {"n": 1}}
    assert server.calls[0].json["tools"] is None


async def test_functions_of_one_round_run_side_by_side() -> None:
    both = asyncio.Barrier(2)

    async def meet(name: str) -> str:
        async with asyncio.timeout(WAIT_S):
            await both.wait()
        return name

    server = ScriptedServer(asks(("meet", '{"name": "a"}'), ("meet", '{"name": "b"}')), says("ok"))
    async with serve(server) as url:
        outcome = await loop(url, [meet])
    assert outcome.error is None
    assert results(server, 1) == ["a", "b"]


async def test_or_one_after_the_other() -> None:
    log: list[str] = []

    async def note(name: str) -> None:
        log.append(f"{name} begins")
        await asyncio.sleep(0)
        log.append(f"{name} ends")

    server = ScriptedServer(asks(("note", '{"name": "a"}'), ("note", '{"name": "b"}')), says("ok"))
    async with serve(server) as url:
        await loop(url, [note], parallel=False)
    assert log == ["a begins", "a ends", "b begins", "b ends"]
    assert results(server, 1) == ["null", "null"]


async def test_a_model_that_never_stops_meets_the_limit() -> None:
    ran: list[int] = []

    def count(n: int) -> None:
        ran.append(n)

    server = ScriptedServer(*(asks(("count", f'{{"n": {n}}}')) for n in range(4)))
    async with serve(server) as url:
        outcome = await loop(url, [count], max_rounds=3)
    error = outcome.error
    assert isinstance(error, fp.ToolLoopLimit)
    assert isinstance(error, fp.BotError)
    assert str(error) == "Bot 'X' still asked for tools after 3 rounds (last: count)."
    assert (error.rounds, error.bot_name) == (3, "X")
    assert (len(server.calls), ran) == (3, [0, 1])


async def test_mistakes_of_the_model_are_told_to_it() -> None:
    server = ScriptedServer(
        asks(("nope", "{}"), ("add", "{"), ("add", '{"a": "x"}'), ("add", '{"a": 1, "c": 2}')), says("sorry")
    )
    async with serve(server) as url:
        outcome = await loop(url, [add])
    assert outcome.texts == ["sorry"]
    errors = [json.loads(content)["error"] for content in results(server, 1)]
    assert errors[0] == "there is no function 'nope'; there are ['add']"
    assert "Invalid JSON" in errors[1]
    assert "a: Input should be a valid integer" in errors[2]
    assert "c: Extra inputs" in errors[3]


async def test_an_exception_is_told_to_the_model_without_keys(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("no luck with secret-key and own-key")

    server = ScriptedServer(asks(("broken", ""), ("add", '{"a": 1}')), says("sorry"))
    caplog.set_level(logging.WARNING)
    async with serve(server) as url:
        outcome = await loop(url, [broken, add], a_request(access_key="own-key"), api_key="secret-key")
    assert outcome.texts == ["sorry"]
    told, sum_ = results(server, 1)
    assert json.loads(told) == {"error": "RuntimeError('no luck with *** and ***')"}
    assert sum_ == "2"
    assert "tool:failed tool=broken bot=X" in caplog.text


async def test_or_ends_the_loop_and_stops_the_other_functions() -> None:
    stopped = asyncio.Event()
    started = asyncio.Event()

    async def slow() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def broken() -> None:
        await started.wait()
        raise ZeroDivisionError("x")

    server = ScriptedServer(asks(("slow", ""), ("broken", "")))
    async with serve(server) as url, asyncio.timeout(WAIT_S):
        outcome = await loop(url, [slow, broken], on_tool_error="raise")
    assert isinstance(outcome.error, ZeroDivisionError)
    assert stopped.is_set()
    assert len(server.calls) == 1


async def test_too_few_points_are_the_persons_affair() -> None:
    def pay() -> None:
        raise fp.InsufficientFundError

    server = ScriptedServer(asks(("pay", "")))
    async with serve(server) as url:
        outcome = await loop(url, [pay])
    assert isinstance(outcome.error, fp.InsufficientFundError)


async def test_a_replacement_in_a_later_round_keeps_the_earlier_ones() -> None:
    second = stream(
        event("meta", {}),
        event("text", {"text": "draft"}),
        event("replace_response", {"text": "final"}),
        event("text", {"text": "!"}),
        DONE,
    )
    server = ScriptedServer(asks(("add", '{"a": 1}'), text="so"), second)
    async with serve(server) as url:
        outcome = await loop(url, [add])
    assert [(message.text, message.is_replace_response) for message in outcome.messages] == [
        ("so", False),
        ("\n\ndraft", False),
        ("so\n\nfinal", True),
        ("!", False),
    ]


async def test_calls_without_ids_get_their_own_over_all_rounds() -> None:
    one = ("add", '{"a": 1}')
    server = ScriptedServer(asks(one, ids=False), asks(one, ids=False), says("ok"))
    async with serve(server) as url:
        await loop(url, [add])
    messages = server.calls[2].json["query"]
    called = [json.loads(m["content"])[0]["id"] for m in messages if m["message_type"] == "function_call"]
    answered = [json.loads(m["content"])[0]["tool_call_id"] for m in messages if m["role"] == "tool"]
    assert called == answered
    assert len(set(called)) == 2


async def test_what_cannot_be_offered_is_refused_before_anything_is_sent() -> None:
    def other(*args: int) -> None: ...

    nowhere = free_address()
    for functions, given, kind in (
        ([add, add], {}, ValueError),
        ([other], {}, TypeError),
        ([], {"max_rounds": 0}, ValueError),
    ):
        outcome = await loop(nowhere, functions, **given)  # type: ignore[arg-type]
        assert type(outcome.error) is kind


async def test_leaving_stops_the_running_function() -> None:
    started, stopped = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    server = ScriptedServer(asks(("slow", "")))
    async with serve(server) as url, asyncio.timeout(WAIT_S):
        task = asyncio.create_task(loop(url, [slow]))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert stopped.is_set()


def test_results_are_text_or_json() -> None:
    class Odd:
        def __str__(self) -> str:
            return "odd"

    assert encode_result("as it is") == "as it is"
    assert encode_result({"a": [1, None]}) == '{"a":[1,null]}'
    assert encode_result(fp.Sender(name="Ada")) == '{"id":null,"name":"Ada"}'
    assert encode_result({"o": Odd(), "s": {1}}) == '{"o":"odd","s":[1]}'
    assert encode_result("\ud800") == "\ud800"


async def test_in_a_bot_the_limit_reaches_the_person_as_its_sentence() -> None:
    model = ScriptedServer(asks(("add", '{"a": 1}')))
    async with serve(model) as model_url:

        class Looper(fp.PoeBot):
            @fp.tool
            def add(self, a: int) -> int:
                return a + 1

            async def get_response(self, request: fp.QueryRequest) -> Any:
                base_url = f"{model_url}/bot/"
                async for part in fp.run_tools(request, "M", [self.add], max_rounds=1, base_url=base_url):
                    yield part

        async with serve(fp.make_app(Looper(access_key=KEY))) as url:
            got = await ask(url)
    assert [name for name, _ in got.events] == ["error", "done"]
    assert got.events[0][1]["text"] == "Bot 'M' still asked for tools after 1 rounds (last: add)."
    assert model.calls[0].headers["authorization"] == f"Bearer {KEY}"
