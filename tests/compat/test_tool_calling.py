"""Tool calling through a hub and the tool-calling stand-in: the real client and ours, both ways (protocol 5.1.4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import fastapi_poe
import pytest

import rookery
from rookery.protocol.reduce import Reply
from tests.support.hub import RunningHub
from tests.support.serving import serve

KEY = "k" * 32
SDKS = pytest.mark.parametrize("fp", [fastapi_poe, rookery], ids=["fastapi_poe", "rookery"])

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_current_weather",
            "description": "Get the current weather in a given location",
            "parameters": {
                "type": "object",
                "properties": {
                    "location": {"type": "string", "description": "The city, e.g. San Francisco"},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["location"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds two numbers",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                "required": ["a", "b"],
            },
        },
    },
]


def get_current_weather(location: str, unit: str = "celsius") -> str:
    return json.dumps({"location": location, "temperature": 11, "unit": unit})


async def add(a: float, b: float) -> float:
    return a + b


def fail_on_error(error: Exception, message: str) -> None:
    raise AssertionError(f"{message}: {error!r}")


@asynccontextmanager
async def caller(hub: RunningHub, fp: ModuleType, handler: Any) -> AsyncIterator[None]:
    """Serves a bot of either SDK whose answer is made by `handler(request, base_url)`."""

    class Caller(fp.PoeBot):  # type: ignore[name-defined, misc]
        async def get_response(self, request: Any) -> AsyncIterable[Any]:
            async for part in handler(request, f"{hub.url}/bot/"):
                yield part

        async def get_settings(self, setting: Any) -> Any:
            return fp.SettingsResponse(server_bot_dependencies={"Toolbox": 2})

    await hub.stand_in("Toolbox", "tools")
    app = await asyncio.to_thread(fp.make_app, Caller(), access_key=KEY)
    async with serve(app) as url:
        await hub.register("Caller", f"{url}/", access_key=KEY)
        yield


async def ask(hub: RunningHub, fp: ModuleType, text: str, handler: Any) -> Reply:
    async with caller(hub, fp, handler):
        return await hub.ask("Caller", text)


def with_executables(fp: ModuleType) -> Any:
    async def handler(request: Any, base_url: str) -> AsyncIterator[Any]:
        async for part in fp.stream_request(
            request,
            "Toolbox",
            request.access_key,
            tools=[fp.ToolDefinition(**tool) for tool in TOOLS],
            tool_executables=[get_current_weather, add],
            base_url=base_url,
            on_error=fail_on_error,
        ):
            yield part

    return handler


@SDKS
async def test_the_sdk_runs_the_chosen_tools_and_the_answer_uses_their_results(hub: RunningHub, fp: ModuleType) -> None:
    reply = await ask(hub, fp, "What is the weather in Oslo, and what is 3 plus 4?", with_executables(fp))
    assert reply.error is None
    assert reply.text.startswith("get_current_weather (location: Oslo) gave: ")
    assert "temperature: 11" in reply.text
    assert "add (a: 3, b: 4) gave: 7." in reply.text


@SDKS
async def test_a_message_that_no_tool_fits_is_answered_in_text(hub: RunningHub, fp: ModuleType) -> None:
    reply = await ask(hub, fp, "hello there", with_executables(fp))
    assert reply.error is None
    assert reply.text.startswith("None of the tools that I was given (get_current_weather, add) shares a word")


@SDKS
async def test_an_authors_own_loop_gets_deltas_and_hands_results_back_in_messages(
    hub: RunningHub, fp: ModuleType
) -> None:
    tools = [fp.ToolDefinition(**tool) for tool in TOOLS]
    seen: list[dict[str, Any]] = []

    async def handler(request: Any, base_url: str) -> AsyncIterator[Any]:
        calls: dict[int, dict[str, Any]] = {}
        async for part in fp.stream_request(
            request, "Toolbox", request.access_key, tools=tools, base_url=base_url, on_error=fail_on_error
        ):
            for delta in part.tool_calls or []:
                if delta.index not in calls:
                    calls[delta.index] = delta.model_dump()
                else:
                    calls[delta.index]["function"]["arguments"] += delta.function.arguments
        seen.extend(calls.values())
        results = [
            {
                "role": "tool",
                "tool_call_id": call["id"],
                "name": call["function"]["name"],
                "content": get_current_weather(**json.loads(call["function"]["arguments"])),
            }
            for call in calls.values()
        ]
        request.query += [
            fp.ProtocolMessage(role="bot", message_type="function_call", content=json.dumps(list(calls.values()))),
            fp.ProtocolMessage(role="tool", content=json.dumps(results)),
        ]
        async for part in fp.stream_request(
            request, "Toolbox", request.access_key, tools=tools, base_url=base_url, on_error=fail_on_error
        ):
            yield part

    reply = await ask(hub, fp, "What's the weather like in San Francisco, Tokyo, and Paris?", handler)
    assert [json.loads(call["function"]["arguments"])["location"] for call in seen] == [
        "San Francisco",
        "Tokyo",
        "Paris",
    ]
    assert reply.error is None
    for place in ("San Francisco", "Tokyo", "Paris"):
        assert f"get_current_weather (location: {place}) gave: location: {place}, temperature: 11" in reply.text


@SDKS
async def test_a_person_with_an_api_key_gets_tool_calls_too(hub: RunningHub, fp: ModuleType) -> None:
    await hub.stand_in("Toolbox", "tools")
    request = fp.QueryRequest(
        version="1.2",
        type="query",
        query=[fp.ProtocolMessage(role="user", content="add 3 and 4")],
        user_id="",
        conversation_id="",
        message_id="",
    )
    parts = [
        part
        async for part in fp.stream_request(
            request,
            "Toolbox",
            hub.api_key,
            tools=[fp.ToolDefinition(**tool) for tool in TOOLS],
            tool_executables=[add],
            base_url=f"{hub.url}/bot/",
            on_error=fail_on_error,
        )
    ]
    assert "".join(part.text for part in parts).startswith("add (a: 3, b: 4) gave: 7.")
