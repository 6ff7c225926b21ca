"""Values of parameter controls: defaults, checking, conditions, terminal texts (protocol 4.4.3, 4.4.4, 4.5).

    controls ──default_parameters──► {"style": "photo", "line": 3}
    controls, values ──check_parameters──► (values with defaults filled in, faults)

Pure. The controls are taken to be free of faults (`find_control_faults`). Rules where the protocol leaves a choice:

- Several controls may share a name; a value is good when it fits any of them.
- A slider's step is a matter of its widget: a number between two steps is taken (steps of floats are inexact anyway).
- A truth value is no number, a number is no text, null is no value; only `parse_parameter_texts` reads one as another.
- The parameter of a hidden control keeps its default, whatever was given (O14).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from rookery.protocol.controls import (
    RESERVED_PREFIX,
    AspectRatio,
    BaseControl,
    ComparatorCondition,
    ConditionallyRenderControls,
    Divider,
    DropDown,
    Fault,
    FullControls,
    ParameterControls,
    ParameterValue,
    Section,
    Slider,
    Tab,
    TextArea,
    TextField,
    ToggleSwitch,
    option_values,
)

ValueControl: TypeAlias = TextField | TextArea | DropDown | ToggleSwitch | Slider | AspectRatio
"""A control that stores a value."""

LISTED_NAMES = 20
SHOWN_CHARACTERS = 60
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def declared_parameters(controls: ParameterControls) -> dict[str, list[ValueControl]]:
    """Gives the name of every parameter, in the order of the form, with the controls that store it."""
    declared: dict[str, list[ValueControl]] = {}
    for control, _ in _iter_controls(controls):
        declared.setdefault(control.parameter_name, []).append(control)
    return declared


def default_parameters(controls: ParameterControls) -> dict[str, Any]:
    """Gives the default of every parameter; where the author set none, the platform infers one (4.4.4)."""
    return {name: default_value(same[0]) for name, same in declared_parameters(controls).items()}


def default_value(control: ValueControl) -> str | bool | int | float:
    """Gives a control's default: the author's, else `""`, false, the slider's lowest value, or the first option."""
    if control.default_value is not None:
        return control.default_value
    match control:
        case ToggleSwitch():
            return False
        case Slider():
            return control.min_value
        case DropDown() | AspectRatio():
            return option_values(control)[0]
        case _:
            return ""


def check_parameters(controls: ParameterControls, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Gives the complete parameters, and every fault of the given values; with faults, the defaults stand in for them.

    A fault's path is the name of the parameter. Values of hidden controls become their defaults (O14).
    """
    declared = declared_parameters(controls)
    complete = {name: default_value(same[0]) for name, same in declared.items()}
    faults = []
    for name, value in values.items():
        message = _value_fault(declared.get(name), value) if name in declared else _unknown(name, declared)
        if message is None:
            complete[name] = value
        else:
            faults.append(Fault(_shown(name), message))
    return _reset_hidden(controls, complete), faults


def visible_parameters(controls: ParameterControls, values: Mapping[str, Any]) -> list[str]:
    """Gives the names of the parameters whose controls show with these values, in the order of the form (4.4.3).

    Missing values count as their defaults. A name with several controls shows when one of them does.
    """
    current = {**default_parameters(controls), **values}
    shown = {
        control.parameter_name: True
        for control, condition in _iter_controls(controls)
        if condition is None or holds(condition, current)
    }
    return [name for name in declared_parameters(controls) if name in shown]


def holds(condition: ComparatorCondition, values: Mapping[str, Any]) -> bool:
    """Tells whether a condition holds: numbers compare numerically; an order of anything else is false (4.4.3)."""
    left, right = _side(condition.left, values), _side(condition.right, values)
    match condition.comparator:
        case "eq":
            return _is_equal(left, right)
        case "ne":
            return not _is_equal(left, right)
    if not (_is_number(left) and _is_number(right)):
        return False
    match condition.comparator:
        case "gt":
            return bool(left > right)
        case "ge":
            return bool(left >= right)
        case "lt":
            return bool(left < right)
        case _:
            return bool(left <= right)


def parse_parameter_texts(controls: ParameterControls | None, texts: Mapping[str, str]) -> dict[str, Any]:
    """Gives what somebody meant who could only write text, as in a terminal: `30` for a slider is the number 30.

    What cannot be read stays the text it is, for `check_parameters` to name; so do unknown names.
    """
    declared = declared_parameters(controls) if controls is not None else {}
    return {name: _parse_text(declared.get(name, []), text) for name, text in texts.items()}


def merge_controls(own: ParameterControls | None, base: ParameterControls | None) -> ParameterControls | None:
    """Gives one form of two: all of `own`, and of `base` whatever parameters `own` does not declare itself."""
    if own is None or base is None:
        return own or base
    names = set(declared_parameters(own))
    sections = []
    for section in base.sections:
        tabs = [
            Tab(name=tab.name, controls=left)
            for tab in section.tabs or []
            if (left := _without(tab.controls, names)) is not None
        ]
        left = _without(section.controls or [], names)
        if tabs or left is not None:
            sections.append(
                Section(
                    name=section.name,
                    controls=left,
                    tabs=tabs or None,
                    collapsed_by_default=section.collapsed_by_default,
                )
            )
    return ParameterControls(sections=[*own.sections, *sections])


def _without(controls: list[FullControls], names: set[str]) -> list[FullControls] | None:
    # None when nothing is left that stores a value: a heading over nothing helps nobody.
    left: list[FullControls] = []
    has_values = False
    for control in controls:
        if isinstance(control, Divider):
            left.append(control)
        elif isinstance(control, ConditionallyRenderControls):
            inner: list[BaseControl] = [
                one for one in control.controls if isinstance(one, Divider) or one.parameter_name not in names
            ]
            if any(not isinstance(one, Divider) for one in inner):
                left.append(ConditionallyRenderControls(condition=control.condition, controls=inner))
                has_values = True
        elif control.parameter_name not in names:
            left.append(control)
            has_values = True
    return left if has_values else None


def _iter_controls(controls: ParameterControls) -> Iterator[tuple[ValueControl, ComparatorCondition | None]]:
    for section in controls.sections:
        lists = [section.controls or [], *(tab.controls for tab in section.tabs or [])]
        for control in (control for each in lists for control in each):
            if isinstance(control, ConditionallyRenderControls):
                for inner in control.controls:
                    if not isinstance(inner, Divider):
                        yield inner, control.condition
            elif not isinstance(control, Divider):
                yield control, None


def _reset_hidden(controls: ParameterControls, values: dict[str, Any]) -> dict[str, Any]:
    # A reset value may hide further controls. What was hidden once stays reset, so this ends, and once more on its own
    # result it changes nothing.
    defaults = default_parameters(controls)
    reset: set[str] = set()
    while True:
        hidden = defaults.keys() - set(visible_parameters(controls, values)) - reset
        if not hidden:
            return values
        reset |= hidden
        values = {name: defaults[name] if name in hidden else value for name, value in values.items()}


def _value_fault(controls: list[ValueControl] | None, value: object) -> str | None:
    messages = [_misfit(control, value) for control in controls or []]
    return None if None in messages else messages[0]


def _misfit(control: ValueControl, value: object) -> str | None:
    match control:
        case ToggleSwitch():
            return None if isinstance(value, bool) else f"must be true or false, not {_shown(value)}"
        case Slider():
            return _number_misfit(control, value)
        case DropDown() | AspectRatio():
            options = option_values(control)
            if isinstance(value, str) and value in options:
                return None
            return f"{_shown(value)} is none of the options ({_list(options)})"
        case _:
            return None if isinstance(value, str) else f"must be a text, not {_shown(value)}"


def _number_misfit(control: Slider, value: object) -> str | None:
    span = f"{control.min_value} to {control.max_value}"
    if not _is_number(value):
        return f"must be a number from {span}, not {_shown(value)}"
    if not control.min_value <= value <= control.max_value:  # type: ignore[operator]
        return f"{_shown(value)} is outside {span}"
    return None


def _unknown(name: str, declared: Mapping[str, object]) -> str:
    if name.startswith(RESERVED_PREFIX):
        return f"names with '{RESERVED_PREFIX}' are reserved for the platform"
    return f"the bot has no such parameter; it has {_list(list(declared)) or 'none'}"


def _side(side: object, values: Mapping[str, Any]) -> Any:
    return values.get(side.parameter_name) if isinstance(side, ParameterValue) else getattr(side, "literal", None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not _is_endless(value)


def _is_endless(value: float) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _is_equal(left: object, right: object) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _parse_text(controls: list[ValueControl], text: str) -> Any:
    for control in controls:
        value = _read(control, text)
        if _misfit(control, value) is None:
            return value
    # It fits nothing: a number or truth value is named as such, "99 is outside 1 to 9".
    return _read(controls[0], text) if controls else text


def _read(control: ValueControl, text: str) -> Any:
    word = text.strip().lower()
    if isinstance(control, ToggleSwitch) and word in _TRUE | _FALSE:
        return word in _TRUE
    if isinstance(control, Slider):
        for kind in (int, float):
            try:
                number = kind(word)
            except ValueError:
                continue
            return number if _is_number(number) else text
    return text


def _list(names: list[str]) -> str:
    rest = len(names) - LISTED_NAMES
    return ", ".join(_shown(name) for name in names[:LISTED_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    try:
        text = str(value)
    except ValueError:  # Python writes no integers of more than 4300 digits
        text = "a number of many digits"
    text = text.encode("utf-8", "replace").decode()
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return f"'{text}'" if isinstance(value, str) and not text.isidentifier() else text
