"""Values of parameter controls: defaults, faults, conditions, texts from a terminal (protocol 4.4.3 to 4.5)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from rookery.protocol.controls import ComparatorCondition, ParameterControls
from rookery.protocol.parameters import (
    check_parameters,
    declared_parameters,
    default_parameters,
    holds,
    merge_controls,
    parse_parameter_texts,
    visible_parameters,
)

from .control_strategies import controls_and_values, valid_controls


def form(*controls: dict[str, Any]) -> ParameterControls:
    return ParameterControls.model_validate({"sections": [{"controls": list(controls)}]})


def drop_down(name: str = "style", *values: str, **extra: Any) -> dict[str, Any]:
    options = [{"value": value, "name": value.title()} for value in values or ("photo", "draw")]
    return {"control": "drop_down", "label": "L", "parameter_name": name, "options": options, **extra}


def slider(name: str = "line", low: float = 1, high: float = 9, **extra: Any) -> dict[str, Any]:
    return {
        "control": "slider",
        "label": "L",
        "parameter_name": name,
        "min_value": low,
        "max_value": high,
        "step": 1,
        **extra,
    }


def toggle(name: str = "hires", **extra: Any) -> dict[str, Any]:
    return {"control": "toggle_switch", "label": "L", "parameter_name": name, **extra}


def text(name: str = "note", **extra: Any) -> dict[str, Any]:
    return {"control": "text_field", "label": "L", "parameter_name": name, **extra}


def when(name: str, literal: object, *controls: dict[str, Any]) -> dict[str, Any]:
    condition = {"comparator": "eq", "left": {"parameter_name": name}, "right": {"literal": literal}}
    return {"control": "condition", "condition": condition, "controls": list(controls)}


RATIO = {
    "control": "aspect_ratio",
    "label": "L",
    "parameter_name": "aspect",
    "options": [{"width": 16, "height": 9}, {"width": 1, "height": 1, "value": "square"}],
}


def test_missing_defaults_are_inferred_from_the_kind_of_control() -> None:
    controls = form(text(), toggle(), slider(), drop_down(), RATIO)
    assert default_parameters(controls) == {
        "note": "",
        "hires": False,
        "line": 1,
        "style": "photo",
        "aspect": "16:9",
    }


def test_an_authors_defaults_count_also_when_they_are_empty() -> None:
    controls = form(text(default_value="x"), toggle(default_value=True), slider(default_value=0, low=0))
    assert default_parameters(controls) == {"note": "x", "hires": True, "line": 0}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"style": "oil"}, ["style", "oil", "photo, draw"]),
        ({"style": 1}, ["style", "photo, draw"]),
        ({"line": 10}, ["line", "10 is outside 1 to 9"]),
        ({"line": 0.5}, ["line", "0.5 is outside 1 to 9"]),
        ({"line": True}, ["line", "number", "true"]),
        ({"line": "3"}, ["line", "number", "3"]),
        ({"line": float("nan")}, ["line", "number"]),
        ({"line": 10**5000}, ["line", "outside 1 to 9"]),
        ({"hires": 1}, ["hires", "true or false"]),
        ({"hires": None}, ["hires", "null"]),
        ({"note": 5}, ["note", "text", "5"]),
        ({"note": ["x"]}, ["note", "a list"]),
        ({"colour": "red"}, ["colour", "no such parameter", "style, line, hires, note"]),
        ({"poe_x": 1}, ["poe_x", "reserved"]),
        ({"\ud800": 1}, ["no such parameter"]),
    ],
)
def test_a_fault_names_parameter_limit_and_value(value: dict[str, Any], words: list[str]) -> None:
    complete, faults = check_parameters(form(drop_down(), slider(), toggle(), text()), value)
    assert len(faults) == 1
    str(faults[0]).encode()
    assert all(word in str(faults[0]) for word in words), faults
    assert complete == {"style": "photo", "line": 1, "hires": False, "note": ""}


def test_all_faults_are_found_at_once() -> None:
    _, faults = check_parameters(form(slider(), toggle()), {"line": 0, "hires": "x", "other": 1})
    assert [fault.path for fault in faults] == ["line", "hires", "other"]


def test_a_number_between_two_steps_is_taken() -> None:
    assert check_parameters(form(slider()), {"line": 2.5}) == ({"line": 2.5}, [])


def test_hidden_controls_keep_their_default_whatever_is_given() -> None:
    controls = form(drop_down(), when("style", "draw", slider(default_value=3)))
    assert check_parameters(controls, {"line": 7}) == ({"style": "photo", "line": 3}, [])
    assert check_parameters(controls, {"line": 7, "style": "draw"}) == ({"style": "draw", "line": 7}, [])


def test_a_wrong_value_of_a_hidden_control_is_a_fault_all_the_same() -> None:
    _, faults = check_parameters(form(drop_down(), when("style", "draw", slider())), {"line": 70})
    assert [fault.path for fault in faults] == ["line"]


def test_a_reset_value_hides_what_depends_on_it() -> None:
    controls = form(toggle("a"), when("a", True, toggle("b")), when("b", True, toggle("c")))
    assert check_parameters(controls, {"b": True, "c": True})[0] == {"a": False, "b": False, "c": False}


def test_controls_of_one_name_take_what_fits_any_of_them() -> None:
    controls = form(
        drop_down("kind", "x", "y"),
        when("kind", "x", drop_down("size", "small", "large")),
        when("kind", "y", drop_down("size", "small", "huge")),
    )
    assert check_parameters(controls, {"kind": "y", "size": "huge"})[1] == []
    assert len(check_parameters(controls, {"kind": "y", "size": "tiny"})[1]) == 1


@pytest.mark.parametrize(
    ("comparator", "left", "right", "expected"),
    [
        ("eq", 1, 1.0, True),
        ("eq", 1, True, False),
        ("eq", "1", 1, False),
        ("ne", "a", "b", True),
        ("gt", 2, 1.5, True),
        ("ge", 2, 2, True),
        ("lt", 1, 2, True),
        ("le", 3, 2, False),
        ("lt", "a", "b", False),
        ("gt", True, False, False),
        ("equals", "a", "a", True),
    ],
)
def test_conditions_compare_numbers_numerically_and_order_nothing_else(
    comparator: str, left: object, right: object, expected: bool
) -> None:
    body = {"comparator": comparator, "left": {"parameter_name": "p"}, "right": {"literal": right}}
    assert holds(ComparatorCondition.model_validate(body), {"p": left}) is expected


def test_visible_parameters_follow_the_values() -> None:
    controls = form(drop_down(), when("style", "draw", slider()))
    assert visible_parameters(controls, {}) == ["style"]
    assert visible_parameters(controls, {"style": "draw"}) == ["style", "line"]


def test_texts_of_a_terminal_become_what_the_controls_take() -> None:
    controls = form(drop_down(), slider(), toggle(), text())
    texts = {"style": "draw", "line": "2.5", "hires": "Yes", "note": "30", "other": "5"}
    assert parse_parameter_texts(controls, texts) == {
        "style": "draw",
        "line": 2.5,
        "hires": True,
        "note": "30",
        "other": "5",
    }
    assert parse_parameter_texts(controls, {"line": "12", "hires": "maybe"}) == {"line": 12, "hires": "maybe"}
    assert parse_parameter_texts(controls, {"line": "nan"}) == {"line": "nan"}
    assert parse_parameter_texts(controls, {"line": "9" * 5000})["line"] is not None
    assert parse_parameter_texts(None, {"a": "1"}) == {"a": "1"}


def test_a_merged_form_has_each_parameter_once_and_own_ones_first() -> None:
    own, base = form(slider("line", 1, 3)), form(slider("line", 1, 9), toggle())
    merged = merge_controls(own, base)
    assert merged is not None
    assert list(declared_parameters(merged)) == ["line", "hires"]
    assert len(check_parameters(merged, {"line": 5})[1]) == 1
    assert merge_controls(own, None) is own
    assert merge_controls(None, None) is None


@given(controls_and_values())
def test_the_complete_parameters_are_free_of_faults_and_stay_as_they_are(
    drawn: tuple[ParameterControls, dict[str, Any]],
) -> None:
    controls, values = drawn
    complete, _ = check_parameters(controls, values)
    assert check_parameters(controls, complete) == (complete, [])
    assert list(complete) == list(default_parameters(controls))


@given(controls_and_values())
def test_what_is_hidden_has_its_default(drawn: tuple[ParameterControls, dict[str, Any]]) -> None:
    controls, values = drawn
    complete, _ = check_parameters(controls, values)
    defaults = default_parameters(controls)
    for name in set(complete) - set(visible_parameters(controls, complete)):
        assert complete[name] == defaults[name]


@given(valid_controls(), valid_controls())
def test_a_merged_form_declares_the_parameters_of_both(own: ParameterControls, base: ParameterControls) -> None:
    merged = merge_controls(own, base)
    assert merged is not None
    assert set(declared_parameters(merged)) == set(declared_parameters(own)) | set(declared_parameters(base))
    for name, controls in declared_parameters(own).items():
        assert declared_parameters(merged)[name] == controls
