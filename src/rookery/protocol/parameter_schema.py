"""A bot's parameters as JSON Schema (draft 2020-12), for programs that make a form or check values themselves.

The schema says the same as `check_parameters`: what has a fault fails it, what passes it has none. What it cannot say
stands in keywords of our own, which validators ignore: `x-order`, `x-control`, `x-section`, `x-tab`, `x-step`,
`x-option-names`, `x-placeholder`, `x-condition`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rookery.protocol.controls import (
    AspectRatio,
    ComparatorCondition,
    ConditionallyRenderControls,
    Divider,
    DropDown,
    FullControls,
    ParameterControls,
    Slider,
    TextArea,
    TextField,
    ToggleSwitch,
    option_values,
)
from rookery.protocol.parameters import ValueControl, default_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def parameters_schema(controls: ParameterControls | None, title: str = "Parameters") -> dict[str, Any]:
    """Gives the schema of a bot's `parameters` object; without controls, of any object."""
    if controls is None:
        return {"$schema": DIALECT, "title": title, "type": "object"}
    properties: dict[str, dict[str, Any]] = {}
    for control, place in _iter_placed(controls):
        name = control.parameter_name
        if name not in properties:
            properties[name] = _property(control, {"x-order": len(properties), **place})
        else:
            _add_alternative(properties[name], _accepted(control))
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _iter_placed(controls: ParameterControls) -> Iterator[tuple[ValueControl, dict[str, Any]]]:
    for section in controls.sections:
        place = {"x-section": section.name} if section.name else {}
        yield from _iter_list(section.controls or [], place)
        for tab in section.tabs or []:
            yield from _iter_list(tab.controls, {**place, "x-tab": tab.name} if tab.name else place)


def _iter_list(controls: list[FullControls], place: dict[str, Any]) -> Iterator[tuple[ValueControl, dict[str, Any]]]:
    for control in controls:
        if isinstance(control, ConditionallyRenderControls):
            condition = {"x-condition": _condition(control.condition)}
            for inner in control.controls:
                if not isinstance(inner, Divider):
                    yield inner, {**place, **condition}
        elif not isinstance(control, Divider):
            yield control, place


def _condition(condition: ComparatorCondition) -> dict[str, Any]:
    return condition.model_dump(mode="json")


def _property(control: ValueControl, place: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": control.label}
    if control.description is not None:
        schema["description"] = control.description
    schema |= _accepted(control)
    schema["default"] = default_value(control)
    schema["x-control"] = control.control
    match control:
        case Slider():
            schema["x-step"] = control.step
        case DropDown():
            schema["x-option-names"] = {option.value: option.name for option in control.options}
        case TextField() | TextArea() if control.placeholder is not None:
            schema["x-placeholder"] = control.placeholder
    return schema | place


def _accepted(control: ValueControl) -> dict[str, Any]:
    match control:
        case ToggleSwitch():
            return {"type": "boolean"}
        case Slider():
            return {"type": "number", "minimum": control.min_value, "maximum": control.max_value}
        case DropDown() | AspectRatio():
            return {"type": "string", "enum": list(dict.fromkeys(option_values(control)))}
        case _:
            return {"type": "string"}


def _add_alternative(schema: dict[str, Any], accepted: dict[str, Any]) -> None:
    # Several controls may store one parameter: what fits any of them is good.
    first = {key: schema.pop(key) for key in ("type", "enum", "minimum", "maximum") if key in schema}
    alternatives = schema.setdefault("anyOf", [first])
    if accepted not in alternatives:
        alternatives.append(accepted)
