"""`run_tools`: call a model, run the functions it chooses, hand back the results, until it answers (protocol 5.1.4).

    round 1 ──► text …, calls ──► functions, side by side ──► two messages more in the conversation
    round 2 ──► text …, calls ──► …                              bot  (function_call): the calls
    round n ──► text …                                           tool: the results

Where `stream_request(tool_executables=…)` keeps the one round of `fastapi_poe`, this goes on (10.2, C5). Every round is
one call of the bot, so a bot declares as many calls as it allows rounds.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic_core import to_json

from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest
from rookery.protocol.responses import MetaResponse, PartialResponse
from rookery.protocol.toolcalls import ToolCallDefinition, ToolResultDefinition
from rookery.sdk.addresses import POE_BOTS_URL
from rookery.sdk.asking import find_key
from rookery.sdk.client import stream_request_base
from rookery.sdk.errors import BotError, InsufficientFundError, describe_exception
from rookery.sdk.functions import InvalidArguments, Tool, build_tool
from rookery.sdk.options import ErrorHandler, log_error
from rookery.sdk.toolcalls import CallCollector, read_chunk
from rookery.sdk.tracing import log_event

if TYPE_CHECKING:
    import httpx

OnToolError: TypeAlias = Literal["tell", "raise"]
"""What a function's exception does: it is told to the model, or it ends the loop."""

MAX_ROUNDS = 8
"""Below Rookery's ten calls per message, so that the limit's own sentence comes first."""


class ToolLoopLimit(BotError):
    """A model asked for tools in every round it was given; what it asked for last was not run."""

    rounds: int = 0
    """How many calls of the bot were made."""


async def run_tools(
    request: QueryRequest,
    bot_name: str,
    functions: Sequence[Callable[..., Any]],
    *,
    api_key: str = "",
    max_rounds: int = MAX_ROUNDS,
    parallel: bool = True,
    on_tool_error: OnToolError = "tell",
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_BOTS_URL,
    extra_headers: dict[str, str] | None = None,
) -> AsyncGenerator[PartialResponse, None]:
    """Calls a bot with tools, round after round, and gives text and files as they come.

        async for part in fp.run_tools(request, "GPT-4o", [weather, book_table]):
            yield part

    `functions` are plain or coroutine functions, or what `tool` made of them; arguments are checked against their
    annotations. The functions of one round run side by side (plain ones in threads), or with `parallel=False` one
    after the other. Wrong arguments and unknown functions are told to the model; so are exceptions, with their text
    and without keys, unless `on_tool_error="raise"`. InsufficientFundError always goes on to the person.

    Declare `server_bot_dependencies={"GPT-4o": max_rounds}`: each round is one call. `api_key` left empty is the
    request's own access key. The text of a new round begins a new paragraph; a replacement replaces its round only.

    Raises ToolLoopLimit when the answer of the last round still has calls, BotError as `stream_request` does,
    TypeError and ValueError for functions that cannot be offered, before anything is sent. Source: protocol 5.1.4,
    the creator's own loop; decision of the SDK: limit, checks and order.
    """
    if max_rounds < 1:
        raise ValueError(f"max_rounds must be at least 1, not {max_rounds}")
    tools = _by_name(functions)
    key = find_key(request, api_key)
    runner = _Runner(tools, bot_name, parallel=parallel, on_tool_error=on_tool_error, secrets=(key, request.access_key))
    definitions = [each.definition for each in tools.values()] or None
    query = request.model_copy(update={"tools": definitions, "query": list(request.query)})
    transcript = _Transcript()
    ids: set[str] = set()
    for number in range(1, max_rounds + 1):
        collected = CallCollector()
        answer = stream_request_base(
            query,
            bot_name,
            key,
            session=session,
            on_error=on_error,
            num_tries=num_tries,
            retry_sleep_time=retry_sleep_time,
            base_url=base_url,
            extra_headers=extra_headers,
        )
        async with aclosing(answer) as messages:
            async for message in messages:
                chunk = read_chunk(message)
                if chunk is not None:
                    collected.add(chunk.deltas)
                    if not chunk.text:
                        continue
                    message = PartialResponse(text=chunk.text, index=message.index)
                if isinstance(message, MetaResponse) and number > 1:
                    continue  # it counts at the very beginning only (3.9.1)
                yield transcript.add(message)
        calls = [_with_own_id(call, number, ids) for call in collected.calls()]
        if not calls:
            return
        if number == max_rounds:
            raise _limit(bot_name, number, calls)
        query.query.extend(build_messages(calls, await runner.run(calls)))
        transcript.start_round()


def build_messages(
    calls: Sequence[ToolCallDefinition], results: Sequence[ToolResultDefinition]
) -> tuple[ProtocolMessage, ProtocolMessage]:
    """Gives the two messages by which a conversation carries calls and their results (protocol 5.1.4)."""
    called = json.dumps([call.model_dump() for call in calls])
    given = json.dumps([result.model_dump() for result in results])
    return (
        ProtocolMessage(role="bot", message_type="function_call", content=called),
        ProtocolMessage(role="tool", content=given),
    )


class _Runner:
    def __init__(
        self,
        tools: Mapping[str, Tool],
        bot_name: str,
        *,
        parallel: bool,
        on_tool_error: OnToolError,
        secrets: Sequence[str],
    ) -> None:
        self._tools = tools
        self._bot_name = bot_name
        self._parallel = parallel
        self._on_tool_error = on_tool_error
        self._secrets = secrets

    async def run(self, calls: Sequence[ToolCallDefinition]) -> list[ToolResultDefinition]:
        # Gives the results in the order of the calls. When one of them raises, the others are cancelled.
        if not self._parallel:
            return [await self._result(call) for call in calls]
        tasks = [asyncio.ensure_future(self._result(call)) for call in calls]
        try:
            return await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise

    async def _result(self, call: ToolCallDefinition) -> ToolResultDefinition:
        name = call.function.name
        content = encode_result(await self._call(name, call.function.arguments))
        return ToolResultDefinition(role="tool", name=name, tool_call_id=call.id, content=content)

    async def _call(self, name: str, arguments: str) -> object:
        found = self._tools.get(name)
        if found is None:
            return {"error": f"there is no function {name!r}; there are {sorted(self._tools)}"}
        try:
            return await found.call(arguments)
        except InvalidArguments as error:
            return {"error": str(error)}
        except InsufficientFundError:
            raise  # no model can pay; the person is asked to
        except Exception as error:
            if self._on_tool_error == "raise":
                raise
            log_event("tool:failed", level=logging.WARNING, error=error, tool=name, bot=self._bot_name)
            return {"error": describe_exception(error, self._secrets)}


class _Transcript:
    # What the person has read so far, per answer: a later round adds to it and never takes it away.
    def __init__(self) -> None:
        self._before: dict[int | None, str] = {}
        self._now: dict[int | None, str] = {}

    def start_round(self) -> None:
        for index, text in self._now.items():
            said = self._before.get(index, "") + text
            self._before[index] = said if not said or said.endswith("\n") else said + "\n\n"
        self._now.clear()

    def add(self, message: PartialResponse) -> PartialResponse:
        if isinstance(message, MetaResponse) or message.is_suggested_reply or not message.text:
            return message
        index, text = message.index, message.text
        before = self._before.get(index, "")
        if message.is_replace_response:
            self._now[index] = text
            return message.model_copy(update={"text": before + text}) if before else message
        is_first = index not in self._now
        self._now[index] = self._now.get(index, "") + text
        if is_first and before.endswith("\n\n"):
            return message.model_copy(update={"text": "\n\n" + text})
        return message


def encode_result(result: object) -> str:
    """Gives what the model reads: text as it is, anything else as JSON; what JSON cannot hold as its `str`."""
    return result if isinstance(result, str) else to_json(result, fallback=str, serialize_unknown=True).decode()


def _by_name(functions: Sequence[Callable[..., Any]]) -> dict[str, Tool]:
    tools: dict[str, Tool] = {}
    for each in map(build_tool, functions):
        if each.name in tools:
            raise ValueError(f"two functions are named {each.name!r}; name one of them with tool(name=…)")
        tools[each.name] = each
    return tools


def _with_own_id(call: ToolCallDefinition, number: int, ids: set[str]) -> ToolCallDefinition:
    # Some models number their calls anew in each answer; results are found by id over the whole conversation.
    if call.id in ids:
        call = call.model_copy(update={"id": f"{call.id}_{number}_{len(ids)}"})
    ids.add(call.id)
    return call


def _limit(bot_name: str, rounds: int, calls: Sequence[ToolCallDefinition]) -> ToolLoopLimit:
    names = ", ".join(sorted({call.function.name for call in calls}))
    error = ToolLoopLimit(
        f"Bot '{bot_name}' still asked for tools after {rounds} rounds (last: {names}).", bot_name=bot_name
    )
    error.rounds = rounds
    return error
