"""What tools gave back, from either of the two places where a query may carry it (protocol 5.1.4). Pure.

top level:  tool_calls, tool_results                                   (the SDK's own round)
messages:   bot (function_call, a JSON list), tool (a JSON list)       (an author's loop)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest

RESULTS = 20
"""Results of one query that are reported."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """One call and what it gave."""

    name: str
    arguments: str
    """As they were sent, a JSON text; empty when the call is not known."""
    content: str
    """The result as it came: usually a JSON text."""

    @property
    def label(self) -> str:
        """Gives the call in words: `get_weather (city: Oslo)`."""
        told = _show(_load(self.arguments)) if self.arguments else ""
        return f"{self.name[:100]} ({told[:200]})" if told else self.name[:100]

    @property
    def shown(self) -> str:
        """Gives the result for reading: JSON without its marks."""
        value = _load(self.content)
        if isinstance(value, str) and not isinstance(inner := _load(value), str | int | float | None):
            # The SDK writes what a tool returns as JSON, also when it was JSON text already.
            value = inner
        return _show(value).strip().rstrip(".") or "nothing"


def find_outcomes(query: QueryRequest) -> list[ToolOutcome]:
    """Gives the results that the query brings for its last message; none when there are none yet."""
    if query.tool_results:
        calls = {call.id: call.function.arguments for call in query.tool_calls or []}
        results = query.tool_results[:RESULTS]
        return [ToolOutcome(r.name, calls.get(r.tool_call_id, ""), r.content) for r in results]
    recent = _after_last_user_message(query.query)
    arguments = _read_calls(recent)
    outcomes: list[ToolOutcome] = []
    for message in recent:
        if message.role == "tool":
            outcomes += _read_results(message.content, arguments)
    return outcomes[:RESULTS]


def _after_last_user_message(messages: list[ProtocolMessage]) -> list[ProtocolMessage]:
    last = max((number for number, message in enumerate(messages) if message.role == "user"), default=-1)
    return messages[last + 1 :]


def _read_calls(messages: list[ProtocolMessage]) -> dict[str, str]:
    calls: dict[str, str] = {}
    for message in messages:
        if message.message_type != "function_call":
            continue
        for entry in _entries(_load(message.content)):
            function = entry.get("function")
            if isinstance(function, Mapping):
                calls[str(entry.get("id"))] = str(function.get("arguments") or "")
    return calls


def _read_results(content: str, arguments: Mapping[str, str]) -> list[ToolOutcome]:
    value = _load(content)
    entries = _entries(value)
    if not entries:
        return [ToolOutcome("The tool", "", content)]
    return [_read_result(entry, arguments) for entry in entries]


def _read_result(entry: Mapping[str, Any], arguments: Mapping[str, str]) -> ToolOutcome:
    given = entry.get("content")
    return ToolOutcome(
        str(entry.get("name") or "The tool"),
        arguments.get(str(entry.get("tool_call_id")), ""),
        given if isinstance(given, str) else _dump(given),
    )


def _entries(value: object) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [cast("Mapping[str, Any]", entry) for entry in listed if isinstance(entry, Mapping)]


def _load(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _dump(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _show(value: object, depth: int = 0) -> str:
    if depth > 4:
        return "…"
    match value:
        case str():
            return value
        case Mapping():
            return ", ".join(f"{name}: {_show(part, depth + 1)}" for name, part in list(value.items())[:20])
        case list():
            return "; ".join(_show(part, depth + 1) for part in value[:20])
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
