"""The JSON Schema of a bot's parameters says what the check says."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from jsonschema_rs import Draft202012Validator, meta

from rookery.protocol.controls import ParameterControls
from rookery.protocol.parameter_schema import parameters_schema
from rookery.protocol.parameters import check_parameters, default_parameters

from .control_strategies import controls_and_values, valid_controls
from .test_parameters import drop_down, form, slider, text, toggle, when


def test_the_schema_of_a_form_reads_like_the_form() -> None:
    controls = form(drop_down(description="D"), when("style", "draw", slider(default_value=3)), toggle())
    schema = parameters_schema(controls, "Parameters of X")
    assert schema["title"] == "Parameters of X"
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == ["style", "line", "hires"]
    assert schema["properties"]["style"] == {
        "title": "L",
        "description": "D",
        "type": "string",
        "enum": ["photo", "draw"],
        "default": "photo",
        "x-control": "drop_down",
        "x-option-names": {"photo": "Photo", "draw": "Draw"},
        "x-order": 0,
    }
    line = schema["properties"]["line"]
    assert (line["type"], line["minimum"], line["maximum"], line["default"], line["x-step"]) == ("number", 1, 9, 3, 1)
    assert line["x-condition"]["left"] == {"parameter_name": "style"}


def test_a_bot_without_controls_takes_any_object() -> None:
    schema = parameters_schema(None)
    meta.validate(schema)
    assert Draft202012Validator(schema).is_valid({"anything": [1]})
    assert not Draft202012Validator(schema).is_valid([])


def test_controls_that_share_a_name_are_alternatives() -> None:
    controls = form(toggle("a"), when("a", True, drop_down("b", "x")), when("a", False, drop_down("b", "x", "y")))
    schema = parameters_schema(controls)["properties"]["b"]
    assert schema["anyOf"] == [{"type": "string", "enum": ["x"]}, {"type": "string", "enum": ["x", "y"]}]
    assert parameters_schema(form(text("a"), text("a")))["properties"]["a"]["anyOf"] == [{"type": "string"}]


@given(valid_controls())
def test_the_schema_is_valid_and_takes_the_defaults(controls: ParameterControls) -> None:
    schema = parameters_schema(controls)
    meta.validate(schema)
    assert Draft202012Validator(schema).is_valid(default_parameters(controls))


@given(controls_and_values())
def test_values_fail_the_schema_exactly_when_they_have_faults(
    drawn: tuple[ParameterControls, dict[str, Any]],
) -> None:
    controls, values = drawn
    complete, faults = check_parameters(controls, values)
    validator = Draft202012Validator(parameters_schema(controls))
    assert validator.is_valid(values) is (faults == [])
    assert validator.is_valid(complete)
