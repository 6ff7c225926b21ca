"""A stand-in that calls tools: chosen by shared words, arguments filled by the schema (protocol 5.1.4).

tools, no results ──► `json` events: a call in pieces, as a model streams it
results           ──► `text` events that use them            nothing fits ──► text
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from rookery.hub.standins.model import LocalRule, last_user_message
from rookery.hub.standins.tool_choice import ChosenCall, choose_calls, dump_arguments
from rookery.hub.standins.tool_results import ToolOutcome, find_outcomes
from rookery.hub.standins.words import say
from rookery.protocol.events import DoneEvent, Event, JsonEvent, MetaEvent
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

PIECE_CHARACTERS = 12
"""Characters of arguments in one event."""
PIECES = 40
"""Pieces of one call at most; of long arguments a piece is longer."""
SHOWN_CHARACTERS = 600
"""How much of a result is repeated."""

NO_TOOLS = (
    "No tools came with this query, so there is nothing that I could call. I am a stand-in and no language model: all "
    "I do is choose tools by the words of a message."
)


class ToolsStandIn(LocalRule):
    """Chooses tools by the words of the last message, and reports what they gave back."""

    rule = "tools"
    description = "A rule-based stand-in that calls tools by the words of your message. Not a language model."
    introduction = (
        "I am **Tools**, a rule-based stand-in and not a language model: when a bot hands me tools, I choose by the "
        "words that they share with the message, fill in what I find there, and report the results."
    )
    settings = SettingsResponse(allow_attachments=False)

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives calls as `json` events, or text."""
        outcomes = find_outcomes(query)
        if outcomes:
            return say(_tell_results(outcomes))
        tools = query.tools or []
        if not tools:
            return say(NO_TOOLS)
        calls = choose_calls(last_user_message(query).content, tools)
        if calls:
            return _stream_calls(query, calls)
        names = ", ".join(tool.function.name[:60] for tool in tools[:10])
        return say(
            f"None of the tools that I was given ({names}) shares a word with the message, so I call none. I am a "
            "stand-in and no language model."
        )


def _tell_results(outcomes: list[ToolOutcome]) -> str:
    lines = [f"{outcome.label} gave: {_shorten(outcome.shown)}." for outcome in outcomes]
    end = "I am a stand-in: I chose by shared words and report what came back."
    return " ".join([*lines, end])


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _stream_calls(query: QueryRequest, calls: list[ChosenCall]) -> Iterator[Event]:
    yield MetaEvent(content_type="text/plain")
    yield _chunk(query, {"role": "assistant"})
    for index, call in enumerate(calls):
        arguments = dump_arguments(call.arguments)
        opening = {
            "index": index,
            "id": _call_id(query, index, call.name, arguments),
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        yield _chunk(query, {"tool_calls": [opening]})
        size = max(PIECE_CHARACTERS, -(-len(arguments) // PIECES))
        for start in range(0, len(arguments), size):
            piece = {"index": index, "function": {"arguments": arguments[start : start + size]}}
            yield _chunk(query, {"tool_calls": [piece]})
    # The client skips the chunk that says why it ended, so this one carries nothing else.
    yield _chunk(query, {}, finish_reason="tool_calls")
    yield DoneEvent()


def _chunk(query: QueryRequest, delta: dict[str, Any], finish_reason: str | None = None) -> JsonEvent:
    return JsonEvent(
        {
            "id": f"chatcmpl-{query.bot_query_id or 'stand-in'}",
            "object": "chat.completion.chunk",
            "created": (query.query_creation_time or 0) // 1_000_000,
            "model": "stand-in",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }
    )


def _call_id(query: QueryRequest, index: int, name: str, arguments: str) -> str:
    known = f"{query.bot_query_id}\0{query.message_id}\0{index}\0{name}\0{arguments}"
    return f"call_{hashlib.sha256(known.encode('utf-8', 'replace')).hexdigest()[:24]}"
