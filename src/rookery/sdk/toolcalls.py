"""Tool calling around a call (protocol 5.1.4): unpack the model's chunks, run the chosen functions, ask again.

    first call (tools) ──► chunks ──► text and deltas
                                       └─ complete calls ──► author's functions ──► second call (tools, calls, results)

Chunks are read tolerantly: null fields, a missing `finish_reason`, payload in the last chunk and incomplete first
deltas are all accepted (10.2, C5).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from rookery.protocol.requests import QueryRequest
from rookery.protocol.responses import PartialResponse
from rookery.protocol.toolcalls import (
    FunctionCallDefinition,
    FunctionCallDefinitionDelta,
    ToolCallDefinition,
    ToolCallDefinitionDelta,
    ToolResultDefinition,
)
from rookery.sdk.calls import stream_call
from rookery.sdk.options import CallOptions

ToolFunction = Callable[..., Any]
"""A function of the author: arguments by keyword, result JSON-encodable; may be a coroutine function."""


async def stream_with_tools(
    request: QueryRequest, options: CallOptions, functions: Sequence[ToolFunction] | None
) -> AsyncGenerator[PartialResponse, None]:
    """Gives the messages of a call that offers `request.tools`.

    Without functions (None) the model's calls are handed on as deltas in `tool_calls`, and nothing is run. With
    functions they are collected, run one after the other, and a second call carries the results; an empty sequence
    runs nothing and asks nothing further. An exception inside a function goes to the caller; an unknown function or
    unreadable arguments are told to the model.
    """
    collected = CallCollector()
    async with aclosing(stream_call(request, options)) as messages:
        async for message in messages:
            chunk = read_chunk(message)
            if chunk is None:
                yield message
                continue
            if chunk.text:
                yield PartialResponse(text=chunk.text, index=message.index)
            if chunk.deltas and functions is None:
                yield PartialResponse(text="", tool_calls=chunk.deltas, index=message.index)
            collected.add(chunk.deltas)
    calls = collected.calls()
    if not (functions and calls):
        return
    results = [await _run(call, functions) for call in calls]
    second = request.model_copy(update={"tool_calls": calls, "tool_results": results})
    async with aclosing(stream_call(second, options)) as messages:
        async for message in messages:
            chunk = read_chunk(message)
            if chunk is None or chunk.deltas:
                yield message
            elif chunk.text:
                yield PartialResponse(text=chunk.text, index=message.index)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one chat-completion chunk says."""

    text: str = ""
    deltas: list[ToolCallDefinitionDelta] = field(default_factory=list)


def read_chunk(message: PartialResponse) -> Chunk | None:
    """Gives a chunk's text and deltas; None for any other message, and for objects without choices (usage)."""
    choices = message.data.get("choices") if message.data is not None else None
    if not (isinstance(choices, list) and choices and isinstance(choices[0], Mapping)):
        return None
    delta = choices[0].get("delta")
    if not isinstance(delta, Mapping):
        return Chunk()
    text = delta.get("content")
    calls = delta.get("tool_calls")
    deltas = [_read_delta(call, place) for place, call in enumerate(calls if isinstance(calls, list) else [])]
    return Chunk(text if isinstance(text, str) else "", [delta for delta in deltas if delta is not None])


def _read_delta(call: object, place: int) -> ToolCallDefinitionDelta | None:
    if not isinstance(call, Mapping):
        return None
    function = call.get("function")
    if not isinstance(function, Mapping):
        function = {}
    index = call.get("index")
    arguments = function.get("arguments")
    if isinstance(arguments, Mapping):
        arguments = json.dumps(arguments)
    return ToolCallDefinitionDelta(
        index=index if type(index) is int else place,
        id=_text(call.get("id")),
        type=_text(call.get("type")),
        function=FunctionCallDefinitionDelta(name=_text(function.get("name")), arguments=_text(arguments) or ""),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


class CallCollector:
    """Joins deltas to complete calls; those with the same `index` belong together."""

    def __init__(self) -> None:
        self._parts: dict[int, list[ToolCallDefinitionDelta]] = {}

    def add(self, deltas: Sequence[ToolCallDefinitionDelta]) -> None:
        """Takes the deltas of one chunk."""
        for delta in deltas:
            self._parts.setdefault(delta.index, []).append(delta)

    def calls(self) -> list[ToolCallDefinition]:
        """Gives the calls in the order of their indexes; what never got a name is left out."""
        calls = []
        for index, parts in sorted(self._parts.items()):
            name = next((part.function.name for part in parts if part.function.name), None)
            if name is not None:
                calls.append(
                    ToolCallDefinition(
                        id=next((part.id for part in parts if part.id), f"call_{index}"),
                        type=next((part.type for part in parts if part.type), "function"),
                        function=FunctionCallDefinition(
                            name=name, arguments="".join(part.function.arguments for part in parts)
                        ),
                    )
                )
        return calls


async def _run(call: ToolCallDefinition, functions: Sequence[ToolFunction]) -> ToolResultDefinition:
    by_name = {_name(function): function for function in functions}
    function = by_name.get(call.function.name)
    result: object
    if function is None:
        result = {"error": f"there is no function {call.function.name!r}; there are {sorted(by_name)}"}
    else:
        try:
            arguments = json.loads(call.function.arguments or "{}")
        except ValueError:
            arguments = None
        if isinstance(arguments, dict):
            result = function(**arguments)
            if inspect.isawaitable(result):
                result = await result
        else:
            result = {"error": f"the arguments of {call.function.name!r} are not a JSON object"}
    return ToolResultDefinition(
        role="tool", name=call.function.name, tool_call_id=call.id, content=json.dumps(result, default=str)
    )


def _name(function: ToolFunction) -> str:
    inner = getattr(function, "func", function)  # functools.partial has no name of its own
    return str(getattr(inner, "__name__", type(inner).__name__))
