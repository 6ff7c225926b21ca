"""Random valid parameter controls, and values that fit them or do not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from rookery.protocol.controls import (
    AspectRatio,
    AspectRatioOption,
    ComparatorCondition,
    ConditionallyRenderControls,
    Divider,
    DropDown,
    LiteralValue,
    ParameterControls,
    ParameterValue,
    Section,
    Slider,
    Tab,
    TextArea,
    TextField,
    ToggleSwitch,
    ValueNamePair,
    find_control_faults,
    option_values,
)
from rookery.protocol.parameters import ValueControl, declared_parameters

from .strategies import json_values, texts

names = st.from_regex(r"[A-Za-z0-9_]{1,6}", fullmatch=True).filter(lambda name: not name.startswith("poe_"))
numbers = st.integers(-1000, 1000) | st.floats(-1000, 1000, allow_nan=False)
options = st.lists(st.builds(ValueNamePair, value=texts, name=texts), min_size=1, max_size=4)
ratios = st.lists(
    st.builds(
        AspectRatioOption, value=st.none() | texts, width=st.integers(1, 32), height=st.integers(1, 32) | st.just(9.5)
    ),
    min_size=1,
    max_size=4,
)
literals = st.booleans() | st.integers(-1000, 1000) | st.floats(-1000, 1000) | texts


@st.composite
def value_controls(draw: st.DrawFn) -> ValueControl:
    """A control that stores a value."""
    common: dict[str, Any] = {
        "label": draw(texts),
        "parameter_name": draw(names),
        "description": draw(st.none() | texts),
    }
    kind = draw(st.sampled_from([TextField, TextArea, ToggleSwitch, Slider, DropDown, AspectRatio]))
    if kind is Slider:
        low, high = sorted([draw(numbers), draw(numbers)])
        middle = draw(st.none() | st.sampled_from([low, high]))
        return Slider(**common, min_value=low, max_value=high, step=draw(st.integers(1, 9)), default_value=middle)
    if kind is ToggleSwitch:
        return ToggleSwitch(**common, default_value=draw(st.none() | st.booleans()))
    if kind is DropDown:
        drop_down = DropDown(**common, options=draw(options))
        default = draw(st.none() | st.sampled_from(option_values(drop_down)))
        return drop_down.model_copy(update={"default_value": default})
    if kind is AspectRatio:
        ratio = AspectRatio(**common, options=draw(ratios))
        default = draw(st.none() | st.sampled_from(option_values(ratio)))
        return ratio.model_copy(update={"default_value": default})
    text = TextField if kind is TextField else TextArea
    return text(**common, default_value=draw(st.none() | texts), placeholder=draw(st.none() | texts))


@st.composite
def valid_controls(draw: st.DrawFn) -> ParameterControls:
    """A form without faults: sections, tabs, conditions on its own parameters, names that several controls share."""
    flat: list[ValueControl] = draw(st.lists(value_controls(), min_size=1, max_size=6))
    defaults: dict[str, Any] = {}
    flat = [
        c
        for c in flat
        if defaults.setdefault(c.parameter_name, c.default_value) == c.default_value
        and type(defaults[c.parameter_name]) is type(c.default_value)
    ]
    known = st.builds(ParameterValue, parameter_name=st.sampled_from(list(defaults)))
    sides = known | st.builds(LiteralValue, literal=literals)
    conditions = st.builds(
        ComparatorCondition,
        comparator=st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
        left=sides,
        right=sides,
    )
    full: list[Any] = []
    for control in flat:
        if draw(st.booleans()):
            full.append(ConditionallyRenderControls(condition=draw(conditions), controls=[Divider(), control]))
        else:
            full.append(control)
    cut = draw(st.integers(0, len(full)))
    sections = [Section(name=draw(st.none() | texts), controls=[Divider(), *full[:cut]])]
    if full[cut:]:
        sections.append(Section(tabs=[Tab(name="tab", controls=full[cut:])]))
    controls = ParameterControls(sections=sections)
    assert find_control_faults(controls) == []
    return controls


def good_values(control: ValueControl) -> st.SearchStrategy[Any]:
    """Values that a control takes."""
    match control:
        case ToggleSwitch():
            return st.booleans()
        case Slider():
            return st.sampled_from([control.min_value, control.max_value])
        case DropDown() | AspectRatio():
            return st.sampled_from(option_values(control))
        case _:
            return texts


@st.composite
def controls_and_values(draw: st.DrawFn) -> tuple[ParameterControls, dict[str, Any]]:
    """A form, and values for some of its parameters: good ones, any ones, and ones of unknown names."""
    controls = draw(valid_controls())
    values: dict[str, Any] = {}
    for name, same in declared_parameters(controls).items():
        if draw(st.booleans()):
            values[name] = draw(st.one_of(*(good_values(control) for control in same)) | json_values)
    if draw(st.booleans()):
        values |= draw(st.dictionaries(texts, json_values, max_size=2))
    return controls, values
