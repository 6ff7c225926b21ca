"""The tool-calling stand-in: choosing tools, filling arguments, the pieces on the wire, using results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins.tool_choice import choose_calls
from rookery.hub.standins.tools import NO_TOOLS
from rookery.protocol.events import DoneEvent, Event, JsonEvent, MetaEvent
from rookery.protocol.reduce import reduce_events
from rookery.protocol.toolcalls import ToolDefinition

from .asking import find_speaking, message, query


def tool(name: str, description: str = "", required: list[str] | None = None, /, **properties: Any) -> ToolDefinition:
    parameters = {"type": "object", "properties": properties, "required": required}
    function = {"name": name, "description": description, "parameters": parameters}
    return ToolDefinition.model_validate({"type": "function", "function": function})


TEXT, NUMBER, WHOLE, YES_NO = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
WEATHER = tool(
    "get_current_weather",
    "Get the current weather in a location",
    ["location"],
    location=TEXT,
    unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
)
ADD = tool("add", "Adds two numbers", ["a", "b"], a=NUMBER, b=NUMBER)
MAIL = tool("send_mail", "Send an e-mail", ["to", "subject"], to=TEXT, subject=TEXT, urgent=YES_NO)
SEARCH = tool("webSearch", "Looks something up", ["query"], query=TEXT)
FLIGHT = tool(
    "book_flight",
    "Book a flight",
    ["origin", "destination", "seats"],
    origin=TEXT,
    destination=TEXT,
    seats={**WHOLE, "minimum": 1, "maximum": 9},
)
TOOLS = [WEATHER, ADD, MAIL, SEARCH, FLIGHT]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("What's the weather like in Oslo?", [("get_current_weather", {"location": "Oslo"})]),
        ("Weather in Oslo in celsius", [("get_current_weather", {"location": "Oslo", "unit": "celsius"})]),
        (
            "What's the weather in San Francisco, Tokyo, and Paris?",
            [("get_current_weather", {"location": place}) for place in ("San Francisco", "Tokyo", "Paris")],
        ),
        ("what is 3 plus 4.5", [("add", {"a": 3, "b": 4.5})]),
        ("Add 1,000 and -4.", [("add", {"a": 1000, "b": -4})]),
        (
            "Weather in Rome and add 3 and 4",
            [("get_current_weather", {"location": "Rome"}), ("add", {"a": 3, "b": 4})],
        ),
        (
            'Send an urgent mail to Ada about "lunch and dinner"',
            [("send_mail", {"to": "Ada", "subject": "lunch and dinner", "urgent": True})],
        ),
        ("search for cute cat pictures", [("webSearch", {"query": "cute cat pictures"})]),
        (
            "Book a flight from Paris to London for 12",
            [("book_flight", {"origin": "Paris", "destination": "London", "seats": 9})],
        ),
        ("hello there", []),
        ("", []),
    ],
)
def test_a_message_chooses_tools_and_fills_their_arguments(text: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert [(call.name, call.arguments) for call in choose_calls(text, TOOLS)] == calls


def test_nested_schemas_references_and_lists_are_filled() -> None:
    order = tool(
        "order_food",
        "Order",
        ["dishes", "address", "kind", "mode"],
        dishes={"type": "array", "items": {"type": "string"}},
        address={"$ref": "#/$defs/Address"},
        kind={"anyOf": [{"type": "null"}, {"enum": ["hot", "cold"]}]},
        mode={"const": "express"},
    )
    parameters = order.function.parameters.model_dump()
    parameters["$defs"] = {
        "Address": {"type": "object", "properties": {"number": WHOLE}, "required": ["number"]},
    }
    order = tool_with(order, parameters)
    (call,) = choose_calls("Order cold Soup, Bread to number 12", [order])
    assert call.arguments == {
        "dishes": ["Soup", "Bread"],
        "address": {"number": 12},
        "kind": "cold",
        "mode": "express",
    }


def tool_with(definition: ToolDefinition, parameters: dict[str, Any]) -> ToolDefinition:
    function = {**definition.function.model_dump(), "parameters": parameters}
    return ToolDefinition.model_validate({"type": "function", "function": function})


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": ["child"]}
    (call,) = choose_calls("build a tree", [tool_with(tool("build_tree"), node)])
    assert json.dumps(call.arguments)


def answer(*messages: dict[str, Any] | str, **fields: Any) -> list[Event]:
    dumped = {"tools": [definition.model_dump() for definition in TOOLS], **fields}
    return list(find_speaking("tools").answer(query(*messages, **dumped)))


def test_calls_are_streamed_as_the_client_needs_them() -> None:
    first, *chunks, last = answer("Weather in Oslo and add 3 and 4")
    assert isinstance(first, MetaEvent)
    assert last == DoneEvent()
    choices = []
    for chunk in chunks:
        assert isinstance(chunk, JsonEvent)
        (choice,) = chunk.data["choices"]
        choices.append(choice)
    *carrying, ending = choices
    assert (ending["delta"], ending["finish_reason"]) == ({}, "tool_calls")
    assert all("finish_reason" in choice and choice["finish_reason"] is None for choice in carrying)
    assert all(choice["delta"].get("content", "") is not None for choice in carrying)
    deltas = [delta for choice in carrying for delta in choice["delta"].get("tool_calls", [])]
    for index, name in enumerate(["get_current_weather", "add"]):
        opening, *pieces = [delta for delta in deltas if delta["index"] == index]
        assert opening["id"].startswith("call_")
        assert opening["type"] == "function"
        assert opening["function"] == {"name": name, "arguments": ""}
        assert all(set(piece) == {"index", "function"} for piece in pieces)
        assert len(pieces) > 1
        assert json.loads("".join(piece["function"]["arguments"] for piece in pieces))


def test_results_at_the_top_are_told_as_text() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 3, "b": 4}'}}
    result = {"role": "tool", "name": "add", "tool_call_id": "c1", "content": "7"}
    reply = reduce_events(answer("3 plus 4", tool_calls=[call], tool_results=[result]))
    assert reply.text.startswith("add (a: 3, b: 4) gave: 7. ")
    assert "stand-in" in reply.text
    assert not reply.data


def test_results_in_messages_are_told_as_text() -> None:
    call = {"id": "c1", "index": 0, "type": "function", "function": {"name": "w", "arguments": '{"city": "Oslo"}'}}
    result = {"role": "tool", "name": "w", "tool_call_id": "c1", "content": '{"temperature": 11, "dry": true}'}
    reply = reduce_events(
        answer(
            "weather in Oslo",
            message(json.dumps([call]), role="bot", message_type="function_call"),
            message(json.dumps([result]), role="tool"),
        )
    )
    assert reply.text.startswith("w (city: Oslo) gave: temperature: 11, dry: yes. ")


def test_results_before_the_last_message_are_of_yesterday() -> None:
    old = [message("[]", role="bot", message_type="function_call"), message('"x"', role="tool")]
    assert reduce_events(answer("weather", *old, "add 3 and 4")).data


def test_without_tools_or_without_a_fitting_one_it_answers_in_text() -> None:
    assert reduce_events(answer("weather", tools=None)).text == NO_TOOLS
    assert reduce_events(answer("weather", tools=[])).text == NO_TOOLS
    reply = reduce_events(answer("hello there"))
    assert "None of the tools that I was given (get_current_weather, add, " in reply.text
    assert not reply.data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
schemas = st.recursive(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object", "odd"])},
        optional={"enum": json_values, "minimum": json_values, "default": json_values, "$ref": st.text(max_size=4)},
    )
    | json_values,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["array", "object", ["string", "null"]])},
        optional={"items": inner, "properties": st.dictionaries(st.text(max_size=4), inner), "anyOf": st.lists(inner)},
    ),
    max_leaves=5,
)


@given(
    text=st.text(max_size=80) | st.just('find "a" and 3, Bob'),
    properties=st.dictionaries(st.text(max_size=6), schemas, max_size=4),
    required=st.none() | st.lists(st.text(max_size=6), max_size=3),
)
def test_any_schema_gets_arguments_that_json_can_hold(text: str, properties: dict[str, Any], required: Any) -> None:
    finder = tool_with(tool("find"), {"type": "object", "properties": properties, "required": required})
    for call in choose_calls(f"find {text}", [finder]):
        assert isinstance(call.arguments, dict)
        assert set(required or ()) & set(properties) <= set(call.arguments)
        json.dumps(call.arguments, allow_nan=False)


@given(content=st.text(max_size=60) | json_values.map(json.dumps), role=st.sampled_from(["tool", "bot"]))
def test_any_result_gets_an_answer(content: str, role: str) -> None:
    history = [message(content, role=role, message_type="function_call" if role == "bot" else None)]
    reply = reduce_events(answer("add 1 and 2", *history, message(content, role="tool")))
    assert reply.text.strip()
    assert reply.is_done
