"""Which tools a message asks for: chosen by shared words, one for each part of the message. Pure.

"weather in Paris and 3 plus 4", [get_weather, add] ──► get_weather(city="Paris"), add(a=3, b=4)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rookery.hub.standins.arguments import Supply, fill_arguments
from rookery.hub.standins.reading import content_words, identifier_words, read_message, split_clauses, stem
from rookery.protocol.toolcalls import ToolDefinition

TOOLS = 128
"""Tools of one query that are looked at."""
CALLS = 8
"""Calls in one answer."""
_SYNONYMS = {
    stem(word): stem(other)
    for word, other in {"plus": "add", "sum": "add", "times": "multiply", "minus": "subtract"}.items()
}


@dataclass(frozen=True, slots=True)
class ChosenCall:
    """A tool and its arguments."""

    name: str
    arguments: dict[str, Any]


def choose_calls(text: str, tools: list[ToolDefinition]) -> list[ChosenCall]:
    """Gives the calls that a message asks for, in its order; none when no tool shares a word with it."""
    known = [(tool, _weigh_words(tool)) for tool in tools[:TOOLS] if tool.type == "function"]
    calls: list[ChosenCall] = []
    for tool, part in _share_out(text, known):
        for call in _build_calls(tool, part):
            if call not in calls and len(calls) < CALLS:
                calls.append(call)
    return calls


def _weigh_words(tool: ToolDefinition) -> dict[str, int]:
    function = tool.function
    weights = dict.fromkeys(content_words(function.description[:2_000]), 1)
    for name, schema in list(function.parameters.properties.items())[:50]:
        weights.update(dict.fromkeys(identifier_words(name[:100]), 1))
        if isinstance(schema, Mapping):
            weights.update(dict.fromkeys(content_words(str(schema.get("description") or "")[:500]), 1))
            options = schema.get("enum")
            for option in options[:50] if isinstance(options, list) else []:
                weights.update(dict.fromkeys(identifier_words(str(option)[:100]), 2))
    weights.update(dict.fromkeys(identifier_words(function.name[:100]), 3))
    return weights


def _share_out(text: str, known: list[tuple[ToolDefinition, dict[str, int]]]) -> Iterator[tuple[ToolDefinition, str]]:
    # A part without a tool of its own belongs to the part before it: "add 3 and 4" is one call.
    chosen: list[tuple[ToolDefinition, list[str]]] = []
    before: list[str] = []
    for clause in split_clauses(text):
        tool = _best_tool(clause, known)
        if tool is None:
            (chosen[-1][1] if chosen else before).append(clause)
        elif chosen and chosen[-1][0] is tool and not read_message(clause).names and not read_message(clause).quoted:
            chosen[-1][1].append(clause)
        else:
            chosen.append((tool, [clause]))
    for number, (tool, clauses) in enumerate(chosen):
        yield tool, ", ".join([*(before if number == 0 else []), *clauses])


def _best_tool(text: str, known: list[tuple[ToolDefinition, dict[str, int]]]) -> ToolDefinition | None:
    words = {_SYNONYMS.get(word, word) for word in content_words(text)}
    words |= {"add"} if "+" in text else set()
    scores = [sum(weights.get(word, 0) for word in words) for _, weights in known]
    best = max(scores, default=0)
    return known[scores.index(best)][0] if best else None


def _build_calls(tool: ToolDefinition, text: str) -> Iterator[ChosenCall]:
    parameters = tool.function.parameters.model_dump(mode="json")
    words = frozenset([*identifier_words(tool.function.name), *content_words(tool.function.description[:500])])
    message = read_message(text)
    places = _text_places(parameters)
    repeats = message.names if len(places) == 1 and not message.quoted and len(message.names) > 1 else [None]
    for name in repeats:
        supply = Supply(message, words)
        if name is not None:
            # One place for a name and several names: one call for each ("weather in Paris, Rome and Oslo").
            supply.texts = [name]
        yield ChosenCall(tool.function.name, fill_arguments(parameters, supply))


def _text_places(parameters: Mapping[str, Any]) -> list[str]:
    required = parameters.get("required") or list(parameters["properties"])
    kinds = {
        name: schema.get("type")
        for name, schema in parameters["properties"].items()
        if isinstance(schema, Mapping) and not schema.get("enum") and name in required
    }
    if "array" in kinds.values():
        return []
    return [name for name, kind in kinds.items() if kind in ("string", None)]


def dump_arguments(arguments: dict[str, Any]) -> str:
    """Gives the arguments as the JSON text that a call carries."""
    return json.dumps(arguments, ensure_ascii=False)
