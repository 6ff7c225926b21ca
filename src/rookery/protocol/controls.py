"""Parameter controls: the form a bot declares for its parameters (protocol 4.4).

The models hold the shape and forbid unknown keys; `find_control_faults` checks what shapes cannot say (names,
ranges, defaults, references), which Poe leaves unchecked or drops without a word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

Number: TypeAlias = int | float

_NAME = re.compile(r"[A-Za-z0-9_]+")
RESERVED_PREFIX = "poe_"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Labelled(_Part):
    label: str
    description: str | None = None
    parameter_name: str
    """Key in `ProtocolMessage.parameters`: letters, digits, underscore; not starting with `poe_`."""


class Divider(_Part):
    """A line between controls."""

    control: Literal["divider"] = "divider"


class TextField(_Labelled):
    """One line of text."""

    control: Literal["text_field"] = "text_field"
    default_value: str | None = None
    placeholder: str | None = None


class TextArea(_Labelled):
    """Several lines of text."""

    control: Literal["text_area"] = "text_area"
    default_value: str | None = None
    placeholder: str | None = None


class ValueNamePair(_Part):
    """An option: `value` is stored, `name` is shown."""

    value: str
    name: str


class DropDown(_Labelled):
    """A choice from a list."""

    control: Literal["drop_down"] = "drop_down"
    default_value: str | None = None
    options: list[ValueNamePair]


class ToggleSwitch(_Labelled):
    """Yes or no."""

    control: Literal["toggle_switch"] = "toggle_switch"
    default_value: bool | None = None


class Slider(_Labelled):
    """A number from a range."""

    control: Literal["slider"] = "slider"
    default_value: Number | None = None
    min_value: Number
    max_value: Number
    step: Number


class AspectRatioOption(_Part):
    """A ratio; what is stored is `value`, or `width:height` when it has none."""

    value: str | None = None
    width: Number
    height: Number


class AspectRatio(_Labelled):
    """A choice of picture shapes."""

    control: Literal["aspect_ratio"] = "aspect_ratio"
    default_value: str | None = None
    options: list[AspectRatioOption]


BaseControl: TypeAlias = Divider | TextField | TextArea | DropDown | ToggleSwitch | Slider | AspectRatio
_TaggedBaseControl = Annotated[BaseControl, Field(discriminator="control")]


class LiteralValue(_Part):
    """A constant side of a condition."""

    literal: str | float | int | bool


class ParameterValue(_Part):
    """The current value of a parameter as a side of a condition."""

    parameter_name: str


class ComparatorCondition(_Part):
    """`left comparator right`; `equals`, as the documentation page spells it, is read as `eq` (4.4.3, O12)."""

    comparator: Literal["eq", "ne", "gt", "ge", "lt", "le"]
    left: LiteralValue | ParameterValue
    right: LiteralValue | ParameterValue

    @field_validator("comparator", mode="before")
    @classmethod
    def _read_equals(cls, value: object) -> object:
        return "eq" if value == "equals" else value


class ConditionallyRenderControls(_Part):
    """Controls shown while a condition holds; conditions do not nest."""

    control: Literal["condition"] = "condition"
    condition: ComparatorCondition
    controls: list[_TaggedBaseControl]


FullControls: TypeAlias = BaseControl | ConditionallyRenderControls
_TaggedFullControl = Annotated[FullControls, Field(discriminator="control")]


class Tab(_Part):
    """A tab of a section."""

    name: str | None = None
    controls: list[_TaggedFullControl]


class Section(_Part):
    """A group of controls, or of tabs: exactly one of the two."""

    name: str | None = None
    controls: list[_TaggedFullControl] | None = None
    tabs: list[Tab] | None = None
    collapsed_by_default: bool | None = None


class ParameterControls(_Part):
    """The whole form."""

    api_version: Literal["2"] = "2"
    sections: list[Section]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a place: a dotted path into the object, and a sentence."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def find_control_faults(controls: ParameterControls) -> list[Fault]:
    """Gives every fault which the models cannot see (protocol 4.4.1 and 4.4.4); an empty list is valid."""
    faults = list(_structure_faults(controls))
    if not controls.sections:
        faults.append(Fault("sections", "at least one section is needed"))
    defaults: dict[str, object] = {}
    for path, control in _walk(controls):
        if isinstance(control, Divider | ConditionallyRenderControls):
            continue
        faults.extend(_name_faults(path, control.parameter_name))
        faults.extend(_value_faults(path, control))
        known = defaults.setdefault(control.parameter_name, control.default_value)
        if known != control.default_value:
            faults.append(
                Fault(path, f"parameter '{control.parameter_name}' has another default in an earlier control")
            )
    for path, control in _walk(controls):
        if isinstance(control, ConditionallyRenderControls):
            for side in (control.condition.left, control.condition.right):
                if isinstance(side, ParameterValue) and side.parameter_name not in defaults:
                    message = f"no control declares the parameter '{side.parameter_name}'"
                    faults.append(Fault(f"{path}.condition", message))
    return faults


def _walk(controls: ParameterControls) -> Iterator[tuple[str, FullControls]]:
    for s, section in enumerate(controls.sections):
        yield from _walk_list(f"sections.{s}.controls", section.controls or [])
        for t, tab in enumerate(section.tabs or []):
            yield from _walk_list(f"sections.{s}.tabs.{t}.controls", tab.controls)


def _walk_list(path: str, controls: list[FullControls]) -> Iterator[tuple[str, FullControls]]:
    for c, control in enumerate(controls):
        yield f"{path}.{c}", control
        if isinstance(control, ConditionallyRenderControls):
            for i, inner in enumerate(control.controls):
                yield f"{path}.{c}.controls.{i}", inner


def _structure_faults(controls: ParameterControls) -> Iterator[Fault]:
    for s, section in enumerate(controls.sections):
        path = f"sections.{s}"
        if (section.controls is None) == (section.tabs is None):
            yield Fault(path, "a section has either 'controls' or 'tabs'")
        if section.tabs is not None and not section.tabs:
            yield Fault(f"{path}.tabs", "at least one tab is needed")
        for t, tab in enumerate(section.tabs or []):
            if not tab.name:
                yield Fault(f"{path}.tabs.{t}.name", "a tab needs a name")
            if not tab.controls:
                yield Fault(f"{path}.tabs.{t}.controls", "at least one control is needed")


def _name_faults(path: str, name: str) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        yield Fault(f"{path}.parameter_name", f"'{name}' may hold only letters, digits and underscores, at least one")
    elif name.startswith(RESERVED_PREFIX):
        yield Fault(f"{path}.parameter_name", f"'{name}' starts with the reserved '{RESERVED_PREFIX}'")


def _value_faults(path: str, control: BaseControl) -> Iterator[Fault]:
    if isinstance(control, Slider):
        numbers = (control.min_value, control.max_value, control.step)
        if not all(-math.inf < number < math.inf for number in numbers):
            yield Fault(path, "the numbers of a slider must be finite")
            return
        if control.min_value > control.max_value:
            yield Fault(path, f"min_value {control.min_value} is above max_value {control.max_value}")
        if control.step <= 0:
            yield Fault(f"{path}.step", f"must be above 0, not {control.step}")
        value = control.default_value
        if value is not None and not control.min_value <= value <= control.max_value:
            yield Fault(f"{path}.default_value", f"{value} is outside {control.min_value} to {control.max_value}")
    elif isinstance(control, DropDown | AspectRatio):
        values = option_values(control)
        if not values:
            yield Fault(f"{path}.options", "at least one option is needed")
        elif control.default_value is not None and control.default_value not in values:
            yield Fault(f"{path}.default_value", f"'{control.default_value}' is none of the options")


def option_values(control: DropDown | AspectRatio) -> list[str]:
    """Gives what the options store, in order; an aspect ratio without a value stores `width:height`."""
    if isinstance(control, DropDown):
        return [option.value for option in control.options]
    return [
        option.value if option.value is not None else f"{option.width}:{option.height}" for option in control.options
    ]
