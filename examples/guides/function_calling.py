"""Function calling: the model asks for your functions. The SDK runs them, or you do.

rookery dev examples/guides/function_calling.py      then:  rookery chat WeatherBot "What is the weather in Bergen?"
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Callable
from typing import Any

import fastapi_poe as fp

MODEL = "GPT-3.5-Turbo"
ROUNDS = 3


def get_weather(city: str) -> str:
    return f"rain in {city}, 7 °C" if city == "Bergen" else f"sun in {city}, 21 °C"


FUNCTIONS: dict[str, Callable[..., Any]] = {"get_weather": get_weather}
TOOLS = [
    fp.ToolDefinition.model_validate(
        {
            "type": "function",
            "function": {
                "name": "get_weather",
                "description": "The weather in a city, now.",
                "parameters": {
                    "type": "object",
                    "properties": {"city": {"type": "string", "description": "Name of the city"}},
                    "required": ["city"],
                },
            },
        }
    )
]


class WeatherBot(fp.PoeBot):
    """The short way: the SDK runs the functions and asks the model again with their results."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        async for part in fp.stream_request(
            request, MODEL, request.access_key, tools=TOOLS, tool_executables=[get_weather]
        ):
            yield part

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={MODEL: 2})  # a round of tools is two calls


class LoopBot(fp.PoeBot):
    """Your own loop: several rounds, and the person sees which function runs."""

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        messages = list(request.query)
        for _ in range(ROUNDS):
            calls: dict[int, dict[str, Any]] = {}
            round_request = request.model_copy(update={"query": messages})
            async for part in fp.stream_request(round_request, MODEL, request.access_key, tools=TOOLS):
                for delta in part.tool_calls:  # calls arrive in pieces, told apart by their index
                    call = calls.setdefault(delta.index, {"id": "", "type": "function", "name": "", "arguments": ""})
                    call["id"] = delta.id or call["id"]
                    call["name"] = delta.function.name or call["name"]
                    call["arguments"] += delta.function.arguments
                if part.text:
                    yield part
            if not calls:
                return
            results = []
            for call in calls.values():
                yield fp.PartialResponse(text=f"*{call['name']} {call['arguments']}*\n\n")
                result = FUNCTIONS[call["name"]](**json.loads(call["arguments"]))
                results.append(
                    {"role": "tool", "name": call["name"], "tool_call_id": call["id"], "content": json.dumps(result)}
                )
            asked = [
                {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
                for c in calls.values()
            ]
            # The next round shows the model what it asked for, and what came of it.
            messages.append(fp.ProtocolMessage(role="bot", message_type="function_call", content=json.dumps(asked)))
            messages.append(fp.ProtocolMessage(role="tool", content=json.dumps(results)))

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={MODEL: ROUNDS})


app = fp.make_app([WeatherBot(path="/weather", bot_name="WeatherBot"), LoopBot(path="/loop", bot_name="LoopBot")])
