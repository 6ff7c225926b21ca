"""Tool calling: chunks, deltas, the author's functions, the second call (protocol 5.1.4; 10.2 C5, C16)."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

import rookery as fp
from rookery.client import stream_request_base
from rookery.sdk.toolcalls import CallCollector, read_chunk

from .calling import Heard, a_request, call
from .serving import DONE, Answer, ScriptedServer, event, serve, stream

TOOL = fp.ToolDefinition.model_validate(
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "adds",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "number"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        },
    }
)


def add(a: int, b: int = 1) -> dict[str, int]:
    return {"sum": a + b}


def chunk(delta: Any, finish: str | None = None) -> bytes:
    return event("json", {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def call_delta(arguments: str, index: int = 0, **head: Any) -> dict[str, Any]:
    name = head.pop("name", None)
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": index, **head, "function": function}]}


ONE_CALL = stream(
    chunk({"role": "assistant", "content": "let me see"}),
    chunk(call_delta("", id="i1", type="function", name="add")),
    chunk(call_delta('{"a": ')),
    chunk(call_delta("1}")),
    chunk({}, "tool_calls"),
    event("json", {"choices": [], "usage": {"n": 1}}),
    DONE,
)
FINAL = stream(event("text", {"text": "it is 2"}), DONE)


async def test_with_functions_the_model_gets_their_results_in_a_second_call() -> None:
    server = ScriptedServer(ONE_CALL, FINAL)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[add])
    assert outcome.error is None
    assert outcome.texts == ["let me see", "", "it is 2"]
    assert outcome.messages[1].data == {"choices": [], "usage": {"n": 1}}
    first, second = (seen.json for seen in server.calls)
    assert first["tools"] == second["tools"] == [TOOL.model_dump()]
    assert first["tools"][0]["function"]["strict"] is True
    assert first["tools"][0]["function"]["parameters"]["additionalProperties"] is False
    assert (first["tool_calls"], first["tool_results"]) == (None, None)
    assert second["query"] == first["query"]
    assert second["tool_calls"] == [
        {"id": "i1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    ]
    assert second["tool_results"] == [{"role": "tool", "name": "add", "tool_call_id": "i1", "content": '{"sum": 2}'}]


async def test_without_functions_the_caller_gets_the_deltas() -> None:
    server = ScriptedServer(ONE_CALL)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL])
    deltas = [delta for message in outcome.messages for delta in message.tool_calls]
    assert [(d.index, d.id, d.type, d.function.name, d.function.arguments) for d in deltas] == [
        (0, "i1", "function", "add", ""),
        (0, None, None, None, '{"a": '),
        (0, None, None, None, "1}"),
    ]
    assert outcome.texts == ["let me see", "", "", "", ""]
    assert len(server.calls) == 1


async def test_an_empty_list_of_functions_runs_nothing() -> None:
    server = ScriptedServer(ONE_CALL)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[])
    assert outcome.texts == ["let me see", ""]
    assert len(server.calls) == 1


@pytest.mark.parametrize("answer", [FINAL, stream(chunk({"content": "it is 2"}), chunk({}, "stop"), DONE)])
async def test_an_answer_without_calls_needs_no_second_call(answer: Answer) -> None:
    server = ScriptedServer(answer)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[add])
    assert outcome.texts == ["it is 2"]
    assert len(server.calls) == 1


async def test_text_chunks_of_the_second_answer_are_unpacked() -> None:
    server = ScriptedServer(ONE_CALL, stream(chunk({"content": "it is 2"}), chunk({}, "stop"), DONE))
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[add])
    assert outcome.texts == ["let me see", "", "it is 2"]


async def add_later(a: int) -> str:
    return f"later {a}"


def broken(a: int) -> int:
    raise ZeroDivisionError


class Odd:
    def __str__(self) -> str:
        return "odd"


def odd(a: int) -> object:
    return {"v": Odd()}


@pytest.mark.parametrize(
    ("name", "arguments", "content"),
    [
        ("add_later", '{"a": 3}', '"later 3"'),
        ("odd", '{"a": 3}', '{"v": "odd"}'),
        ("add", '{"a": 3, "b": 4}', '{"sum": 7}'),
        ("nothing", "", "null"),
    ],
)
async def test_results_are_json(name: str, arguments: str, content: str) -> None:
    def nothing() -> None:
        return None

    server = ScriptedServer(stream(chunk(call_delta(arguments, id="i", type="function", name=name)), DONE), FINAL)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[functools.partial(add), add_later, odd, nothing])
    assert outcome.error is None
    assert server.calls[1].json["tool_results"][0]["content"] == content


@pytest.mark.parametrize(
    ("name", "arguments", "part"),
    [
        ("nope", "{}", "there is no function 'nope'"),
        ("add", "{", "are not a JSON object"),
        ("add", "[1]", "are not a JSON object"),
    ],
)
async def test_a_models_mistake_is_told_to_the_model(name: str, arguments: str, part: str) -> None:
    server = ScriptedServer(stream(chunk(call_delta(arguments, id="i", type="function", name=name)), DONE), FINAL)
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[add])
    assert outcome.texts == ["it is 2"]
    assert part in json.loads(server.calls[1].json["tool_results"][0]["content"])["error"]


async def test_an_exception_inside_a_function_reaches_the_author() -> None:
    server = ScriptedServer(stream(chunk(call_delta('{"a": 1}', id="i", type="function", name="broken")), DONE))
    async with serve(server) as url:
        outcome = await call(url, tools=[TOOL], tool_executables=[broken])
    assert isinstance(outcome.error, ZeroDivisionError)


@pytest.mark.parametrize(
    "data",
    [
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [{"delta": {"content": None, "tool_calls": None}}]},
        {"choices": [{"delta": {"content": 5, "tool_calls": [None, 3]}}]},
    ],
)
def test_odd_chunks_say_nothing(data: dict[str, Any]) -> None:
    got = read_chunk(fp.PartialResponse(text="", data=data))
    assert got is not None
    assert (got.text, got.deltas) == ("", [])


@pytest.mark.parametrize("data", [None, {}, {"choices": []}, {"choices": None}, {"choices": ["x"]}, {"choices": 3}])
def test_what_is_no_chunk_passes(data: dict[str, Any] | None) -> None:
    assert read_chunk(fp.PartialResponse(text="", data=data)) is None


def test_payload_in_the_last_chunk_counts() -> None:
    data = {"choices": [{"delta": {"content": "end", **call_delta("{}", name="f")}, "finish_reason": "stop"}]}
    got = read_chunk(fp.PartialResponse(text="", data=data))
    assert got is not None
    assert (got.text, got.deltas[0].function.name) == ("end", "f")


def test_deltas_are_joined_by_index_however_incomplete_they_come() -> None:
    collector = CallCollector()
    for data in (
        [{"index": 1, "function": {"arguments": '{"x"'}}],
        [{"index": 0, "id": "a", "function": {"name": "f"}}],
        [{"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": ": 1}"}}],
        [{"index": 2, "function": {"arguments": "no name"}}],
        [{"id": "c", "function": None}, {"index": True, "function": {"name": "h", "arguments": {"y": 2}}}],
    ):
        got = read_chunk(fp.PartialResponse(text="", data={"choices": [{"delta": {"tool_calls": data}}]}))
        assert got is not None
        collector.add(got.deltas)
    assert [(c.id, c.type, c.function.name, c.function.arguments) for c in collector.calls()] == [
        ("a", "function", "f", ""),
        ("b", "function", "g", '{"x": 1}{"y": 2}'),
    ]


async def test_the_base_call_hands_chunks_on_and_results_back() -> None:
    server = ScriptedServer(ONE_CALL)
    call_made = fp.ToolCallDefinition.model_validate(
        {"id": "i", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    )
    result = fp.ToolResultDefinition(role="tool", name="add", tool_call_id="i", content="1")
    heard = Heard()
    async with serve(server) as url:
        answer = stream_request_base(
            a_request(),
            "X",
            "K",
            tools=[TOOL],
            tool_calls=[call_made],
            tool_results=[result],
            on_error=heard,
            base_url=f"{url}/bot/",
        )
        messages = [message async for message in answer]
    assert len(messages) == 6
    assert all(message.data is not None for message in messages)
    body = server.calls[0].json
    assert (body["tool_calls"], body["tool_results"]) == ([call_made.model_dump()], [result.model_dump()])


async def test_tools_of_the_request_are_sent_on_as_they_are() -> None:
    request = a_request(tools=[TOOL.model_dump()])
    server = ScriptedServer(FINAL)
    async with serve(server) as url:
        await call(url, request)
    assert server.calls[0].json["tools"] == [TOOL.model_dump()]
