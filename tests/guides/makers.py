"""Scripts for bots that the guides call: a maker of files, and a model that calls functions."""

from __future__ import annotations

from typing import Any

from tests.support.scripted_bot import Exchange, Script


def maker(*files: dict[str, str]) -> Script:
    """Gives a script that answers with files only."""

    async def script(exchange: Exchange) -> None:
        for file in files:
            await exchange.event("file", file)
        await exchange.event("text", {"text": "made"})
        await exchange.done()

    return script


async def weather_model(exchange: Exchange) -> None:
    """Calls `get_weather` for Bergen, in pieces; says the result once it is there, handed back in either way."""
    results = exchange.body.get("tool_results") or [
        message for message in exchange.body["query"] if message["role"] == "tool"
    ]
    if results:
        await exchange.text("So: ", str(results[-1]["content"]))
    elif exchange.body.get("tools"):
        await exchange.event("json", _chunk(_call(id="call_1", type="function", name="get_weather", arguments="")))
        await exchange.event("json", _chunk(_call(arguments='{"city": ')))
        await exchange.event("json", _chunk(_call(arguments='"Bergen"}')))
        await exchange.event("json", _chunk({}, "tool_calls"))
    else:
        await exchange.text("I have no functions.")
    await exchange.done()


def _call(arguments: str, name: str | None = None, **more: str) -> dict[str, Any]:
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": 0, **more, "function": function}]}


def _chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
