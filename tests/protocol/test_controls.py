"""Parameter controls: shapes that are enforced, faults that shapes cannot say (protocol 4.4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

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

from .shapes import Body, accepts, default_values, load_object, nullable_fields, required_fields
from .strategies import json_values

LABELLED: Body = {"label": "A", "parameter_name": "a"}
OPTIONAL: Body = {"description": None, "default_value": None}
RANGE: Body = {"min_value": 0, "max_value": 10, "step": 1}
CONDITION: Body = {"comparator": "eq", "left": {"parameter_name": "a"}, "right": {"literal": "x"}}
SHAPES: list[tuple[type[BaseModel], Body, Body, set[str]]] = [
    (Divider, {}, {"control": "divider"}, set()),
    (
        TextField,
        LABELLED,
        {"control": "text_field", **OPTIONAL, "placeholder": None},
        {"description", "default_value", "placeholder"},
    ),
    (
        TextArea,
        LABELLED,
        {"control": "text_area", **OPTIONAL, "placeholder": None},
        {"description", "default_value", "placeholder"},
    ),
    (ValueNamePair, {"value": "v", "name": "n"}, {}, set()),
    (DropDown, {**LABELLED, "options": []}, {"control": "drop_down", **OPTIONAL}, {"description", "default_value"}),
    (ToggleSwitch, LABELLED, {"control": "toggle_switch", **OPTIONAL}, {"description", "default_value"}),
    (Slider, {**LABELLED, **RANGE}, {"control": "slider", **OPTIONAL}, {"description", "default_value"}),
    (AspectRatioOption, {"width": 16, "height": 9}, {"value": None}, {"value"}),
    (
        AspectRatio,
        {**LABELLED, "options": []},
        {"control": "aspect_ratio", **OPTIONAL},
        {"description", "default_value"},
    ),
    (LiteralValue, {"literal": "x"}, {}, set()),
    (ParameterValue, {"parameter_name": "a"}, {}, set()),
    (ComparatorCondition, CONDITION, {}, set()),
    (ConditionallyRenderControls, {"condition": CONDITION, "controls": []}, {"control": "condition"}, set()),
    (Tab, {"controls": []}, {"name": None}, {"name"}),
    (
        Section,
        {},
        {"name": None, "controls": None, "tabs": None, "collapsed_by_default": None},
        {"name", "controls", "tabs", "collapsed_by_default"},
    ),
    (ParameterControls, {"sections": []}, {"api_version": "2"}, set()),
]


def find_faults(*controls: Body) -> list[str]:
    """The faults of one section with these controls; `sections.0.controls.` is left out of the paths."""
    form = ParameterControls.model_validate({"sections": [{"controls": list(controls)}]})
    return [str(fault).removeprefix("sections.0.controls.") for fault in find_control_faults(form)]


def text_field(name: str, **fields: Any) -> Body:
    return {"control": "text_field", "label": "A", "parameter_name": name, **fields}


def slider(**fields: Any) -> Body:
    return {"control": "slider", **LABELLED, **RANGE, **fields}


def drop_down(*values: str, **fields: Any) -> Body:
    options = [{"value": value, "name": value.title()} for value in values]
    return {"control": "drop_down", **LABELLED, "options": options, **fields}


# Shapes


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_fields_defaults_and_nulls_are_those_of_the_protocol(
    model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]
) -> None:
    assert required_fields(model) == set(body)
    assert default_values(model) == defaults
    assert nullable_fields(model, body) == nullable


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_unknown_keys_are_refused(model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]) -> None:
    assert accepts(model, body)
    assert not accepts(model, {**body, "x-new": 1})


def test_a_complete_form_is_read_and_written_without_loss() -> None:
    body = load_object("settings")["parameter_controls"]
    controls = ParameterControls.model_validate(body)
    assert controls.model_dump(mode="json", exclude_unset=True) == body
    assert find_control_faults(controls) == []


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ({"control": "divider"}, Divider),
        (text_field("a"), TextField),
        ({"control": "text_area", **LABELLED}, TextArea),
        (drop_down("x"), DropDown),
        ({"control": "toggle_switch", **LABELLED, "default_value": True}, ToggleSwitch),
        (slider(), Slider),
        ({"control": "aspect_ratio", **LABELLED, "options": [{"width": 1, "height": 1}]}, AspectRatio),
        ({"control": "condition", "condition": CONDITION, "controls": []}, ConditionallyRenderControls),
    ],
)
def test_the_word_of_a_control_decides_its_class(body: Body, model: type[BaseModel]) -> None:
    section = Section.model_validate({"controls": [body]})
    assert section.controls is not None
    assert type(section.controls[0]) is model


@pytest.mark.parametrize(
    "body",
    [
        {},
        dict(LABELLED),
        {"control": "dropdown", **LABELLED, "options": []},
        {"control": "Divider"},
        {"control": None},
        {"control": "divider", "label": "A"},
    ],
)
def test_a_control_without_its_exact_word_is_refused(body: Body) -> None:
    """The reference takes `{}` for a divider and a control without its word for a text field (10.1, S22)."""
    assert not accepts(Section, {"controls": [body]})


def test_controls_may_be_built_from_objects() -> None:
    field = TextField(label="A", parameter_name="a")
    condition = ComparatorCondition(
        comparator="ne", left=ParameterValue(parameter_name="a"), right=LiteralValue(literal="")
    )
    shown = ConditionallyRenderControls(condition=condition, controls=[ToggleSwitch(label="B", parameter_name="b")])
    controls = ParameterControls(sections=[Section(tabs=[Tab(name="One", controls=[field, Divider(), shown])])])
    assert find_control_faults(controls) == []
    assert ParameterControls.model_validate(controls.model_dump()) == controls


@pytest.mark.parametrize("version", ["1", "3", 2, None])
def test_only_version_two_of_the_form_exists(version: object) -> None:
    assert not accepts(ParameterControls, {"api_version": version, "sections": []})


def test_conditions_do_not_nest() -> None:
    inner = {"control": "condition", "condition": CONDITION, "controls": [{"control": "divider"}]}
    assert not accepts(Section, {"controls": [{**inner, "controls": [inner]}]})


@pytest.mark.parametrize("comparator", ["eq", "ne", "gt", "ge", "lt", "le"])
def test_the_six_comparators_are_kept(comparator: str) -> None:
    assert ComparatorCondition.model_validate({**CONDITION, "comparator": comparator}).comparator == comparator


def test_equals_is_read_as_eq() -> None:
    assert ComparatorCondition.model_validate({**CONDITION, "comparator": "equals"}).comparator == "eq"


@pytest.mark.parametrize("comparator", ["==", "EQ", "", None, 1])
def test_other_comparators_are_refused(comparator: object) -> None:
    assert not accepts(ComparatorCondition, {**CONDITION, "comparator": comparator})


@pytest.mark.parametrize("literal", ["x", "", 1, 1.5, True, False])
def test_a_literal_keeps_its_type(literal: object) -> None:
    value = LiteralValue.model_validate({"literal": literal}).literal
    assert (value, type(value)) == (literal, type(literal))


@pytest.mark.parametrize("side", [{}, {"literal": "a", "parameter_name": "b"}, {"literal": None}, "a"])
def test_a_side_of_a_condition_is_a_literal_or_a_parameter(side: object) -> None:
    assert not accepts(ComparatorCondition, {**CONDITION, "left": side})


@pytest.mark.parametrize("number", [1, 1.5, -3])
def test_numbers_keep_their_type(number: float) -> None:
    value = Slider.model_validate(slider(min_value=number)).min_value
    assert (value, type(value)) == (number, type(number))


def test_a_number_that_is_a_word_is_refused() -> None:
    with pytest.raises(ValidationError):
        Slider.model_validate(slider(step="small"))


# Faults


def test_a_form_without_sections_is_a_fault() -> None:
    faults = find_control_faults(ParameterControls(sections=[]))
    assert [str(fault) for fault in faults] == ["sections: at least one section is needed"]


@pytest.mark.parametrize(
    "section", [{}, {"controls": [], "tabs": [{"name": "A", "controls": [{"control": "divider"}]}]}]
)
def test_a_section_has_controls_or_tabs_and_not_both(section: Body) -> None:
    controls = ParameterControls.model_validate({"sections": [section]})
    assert [str(fault) for fault in find_control_faults(controls)] == [
        "sections.0: a section has either 'controls' or 'tabs'"
    ]


def test_tabs_need_a_name_and_a_control() -> None:
    tabs = [{"name": "A", "controls": [{"control": "divider"}]}, {"controls": []}, {"name": "", "controls": []}]
    controls = ParameterControls.model_validate({"sections": [{"tabs": tabs}, {"tabs": []}]})
    assert [str(fault) for fault in find_control_faults(controls)] == [
        "sections.0.tabs.1.name: a tab needs a name",
        "sections.0.tabs.1.controls: at least one control is needed",
        "sections.0.tabs.2.name: a tab needs a name",
        "sections.0.tabs.2.controls: at least one control is needed",
        "sections.1.tabs: at least one tab is needed",
    ]


@pytest.mark.parametrize("name", ["a", "A9", "_", "9", "a_b", "po", "poe", "POE_x"])
def test_names_of_letters_digits_and_underscores_are_good(name: str) -> None:
    assert find_faults(text_field(name)) == []


@pytest.mark.parametrize("name", ["", "a-b", "a b", "ä", "a.b", "a\n", "٣"])
def test_other_names_are_a_fault(name: str) -> None:
    message = f"0.parameter_name: '{name}' may hold only letters, digits and underscores, at least one"
    assert find_faults(text_field(name)) == [message]


def test_names_of_the_platform_are_a_fault() -> None:
    assert find_faults(text_field("poe_style")) == ["0.parameter_name: 'poe_style' starts with the reserved 'poe_'"]


def test_a_shared_name_needs_the_same_default() -> None:
    assert find_faults(text_field("a", default_value="x"), text_field("a", default_value="x")) == []
    assert find_faults(text_field("a", default_value="x"), text_field("a")) == [
        "1: parameter 'a' has another default in an earlier control"
    ]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, []),
        ({"default_value": 0}, []),
        ({"default_value": 10}, []),
        ({"default_value": 10.5}, ["0.default_value: 10.5 is outside 0 to 10"]),
        ({"default_value": -1}, ["0.default_value: -1 is outside 0 to 10"]),
        ({"step": 0}, ["0.step: must be above 0, not 0"]),
        ({"step": -0.5}, ["0.step: must be above 0, not -0.5"]),
        ({"min_value": 11}, ["0: min_value 11 is above max_value 10"]),
        ({"min_value": 10}, []),
        ({"max_value": 10**400}, []),
        ({"max_value": float("inf")}, ["0: the numbers of a slider must be finite"]),
        ({"min_value": float("nan")}, ["0: the numbers of a slider must be finite"]),
        ({"step": float("nan"), "default_value": 99}, ["0: the numbers of a slider must be finite"]),
    ],
)
def test_a_slider_needs_a_range_a_step_and_a_default_within(fields: Body, faults: list[str]) -> None:
    assert find_faults(slider(**fields)) == faults


@pytest.mark.parametrize(
    ("control", "faults"),
    [
        (drop_down("x", "y"), []),
        (drop_down("x", "y", default_value="y"), []),
        (drop_down("x", "y", default_value="Y"), ["0.default_value: 'Y' is none of the options"]),
        (drop_down(), ["0.options: at least one option is needed"]),
    ],
)
def test_a_drop_down_needs_options_and_a_default_among_them(control: Body, faults: list[str]) -> None:
    assert find_faults(control) == faults


def test_an_aspect_ratio_without_a_value_stores_width_and_height() -> None:
    options = [{"width": 16, "height": 9}, {"width": 1, "height": 1.5}, {"value": "square", "width": 1, "height": 1}]
    body = {"control": "aspect_ratio", **LABELLED, "options": options}
    assert option_values(AspectRatio.model_validate(body)) == ["16:9", "1:1.5", "square"]
    assert find_faults({**body, "default_value": "16:9"}) == []
    assert find_faults({**body, "default_value": "square"}) == []
    assert find_faults({**body, "default_value": "1:1"}) == ["0.default_value: '1:1' is none of the options"]


def test_a_drop_down_stores_values_and_not_names() -> None:
    assert option_values(DropDown.model_validate(drop_down("x", "y"))) == ["x", "y"]


def test_a_condition_may_name_parameters_declared_before_or_after_it() -> None:
    shown = {"control": "condition", "condition": CONDITION, "controls": [{"control": "divider"}]}
    assert find_faults(shown, text_field("a")) == []
    assert find_faults(text_field("a"), shown) == []


def test_a_condition_on_a_parameter_that_nobody_declares_is_a_fault() -> None:
    condition = {"comparator": "lt", "left": {"parameter_name": "x"}, "right": {"parameter_name": "a"}}
    shown = {"control": "condition", "condition": condition, "controls": [text_field("a")]}
    assert find_faults(shown) == ["0.condition: no control declares the parameter 'x'"]


def test_controls_inside_conditions_and_tabs_are_checked_too() -> None:
    shown = {"control": "condition", "condition": CONDITION, "controls": [{"control": "divider"}, slider(step=0)]}
    sections = [
        {"controls": [text_field("a"), shown]},
        {"tabs": [{"name": "T", "controls": [text_field("b-c"), shown]}]},
    ]
    controls = ParameterControls.model_validate({"sections": sections})
    assert [fault.path for fault in find_control_faults(controls)] == [
        "sections.0.controls.1.controls.1.step",
        "sections.1.tabs.0.controls.0.parameter_name",
        "sections.1.tabs.0.controls.1.controls.1.step",
    ]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"control": st.sampled_from(["divider", "text_field", "slider", "drop_down", "condition"])},
            optional={
                "label": st.just("A"),
                "parameter_name": st.text(max_size=3),
                "min_value": st.integers() | st.floats(),
                "max_value": st.integers() | st.floats(),
                "step": st.integers() | st.floats(),
                "default_value": json_values,
                "options": st.lists(st.fixed_dictionaries({"value": st.text(max_size=2), "name": st.just("n")})),
                "condition": st.just(CONDITION),
                "controls": st.just([{"control": "divider"}]),
            },
        ),
        max_size=4,
    )
)
def test_any_form_is_refused_or_checked(controls: list[Body]) -> None:
    body = {"sections": [{"controls": controls}]}
    if accepts(ParameterControls, body):
        assert all(str(fault) for fault in find_control_faults(ParameterControls.model_validate(body)))
