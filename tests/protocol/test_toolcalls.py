"""Tool calling: definitions, calls, pieces of calls, results (protocol 5.1.4, 9.4)."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from rookery.protocol.toolcalls import (
    CustomCallDefinition,
    CustomToolDefinition,
    FunctionCallDefinition,
    FunctionCallDefinitionDelta,
    FunctionDefinition,
    ParametersDefinition,
    ToolCallDefinition,
    ToolCallDefinitionDelta,
    ToolDefinition,
    ToolResultDefinition,
)

from .shapes import Body, accepts, default_values, nullable_fields, required_fields

PARAMETERS: Body = {"type": "object", "properties": {"word": {"type": "string"}}}
FUNCTION: Body = {"name": "look_up", "description": "Looks a word up.", "parameters": PARAMETERS}
CALL: Body = {"name": "look_up", "arguments": "{}"}
SHAPES: list[tuple[type[BaseModel], Body, Body, set[str]]] = [
    (ParametersDefinition, PARAMETERS, {"required": None}, {"required"}),
    (FunctionDefinition, FUNCTION, {}, set()),
    (ToolDefinition, {"type": "function", "function": FUNCTION}, {}, set()),
    (FunctionCallDefinition, CALL, {}, set()),
    (ToolCallDefinition, {"id": "call-1", "type": "function", "function": CALL}, {}, set()),
    (FunctionCallDefinitionDelta, {"arguments": ""}, {"name": None}, {"name"}),
    (
        ToolCallDefinitionDelta,
        {"function": {"arguments": ""}},
        {"index": 0, "id": None, "type": None},
        {"id", "type"},
    ),
    (ToolResultDefinition, {"role": "tool", "name": "look_up", "tool_call_id": "call-1", "content": ""}, {}, set()),
    (CustomToolDefinition, {"name": "shell"}, {"description": None, "format_": None}, {"description", "format_"}),
]


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_fields_defaults_and_nulls_are_those_of_the_protocol(
    model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]
) -> None:
    assert required_fields(model) == set(body)
    assert default_values(model) == defaults
    assert nullable_fields(model, body) == nullable


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_unknown_keys_are_accepted(model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]) -> None:
    assert accepts(model, {**body, "x-new": 1})


def test_a_definition_keeps_what_its_author_wrote() -> None:
    """The reference drops all but its own fields (10.2, C16)."""
    body = {
        "type": "function",
        "function": {
            **FUNCTION,
            "strict": True,
            "parameters": {**PARAMETERS, "required": ["word"], "additionalProperties": False, "$defs": {}},
        },
    }
    assert ToolDefinition.model_validate(body).model_dump() == body


def test_a_call_drops_unknown_keys_as_the_index_that_examples_dump() -> None:
    body = {"id": "call-1", "type": "function", "function": CALL}
    assert ToolCallDefinition.model_validate({"index": 0, **body}).model_dump() == body


def test_a_later_piece_of_a_call_holds_only_its_index_and_arguments() -> None:
    piece = ToolCallDefinitionDelta.model_validate({"index": 1, "function": {"arguments": '"rook"'}})
    assert (piece.index, piece.id, piece.type) == (1, None, None)
    assert piece.function == FunctionCallDefinitionDelta(name=None, arguments='"rook"')


def test_a_custom_tool_takes_both_names_of_its_format() -> None:
    form = {"type": "text"}
    tool = CustomToolDefinition.model_validate({"name": "shell", "format": form})
    assert tool == CustomToolDefinition.model_validate({"name": "shell", "format_": form})
    assert tool.format_ == form
    assert tool.model_dump(by_alias=True, exclude_none=True) == {"name": "shell", "format": form}


def test_a_custom_call_takes_both_names_of_its_input() -> None:
    call = CustomCallDefinition.model_validate({"name": "shell", "input": "ls"})
    assert call == CustomCallDefinition.model_validate({"name": "shell", "input_": "ls"})
    assert call.model_dump(by_alias=True) == {"name": "shell", "input": "ls"}
    assert required_fields(CustomCallDefinition) == {"name", "input_"}
    assert not accepts(CustomCallDefinition, {"name": "shell"})
    assert not accepts(CustomCallDefinition, {"name": "shell", "input": None})
