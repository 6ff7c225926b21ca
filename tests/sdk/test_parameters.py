"""Typed access to parameters, which are untrusted (protocol 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

import rookery as fp

from .calling import a_request


class Options(BaseModel):
    style: Literal["photo", "draw"] = "photo"
    steps: Annotated[int, Field(ge=1, le=50)] = 30
    hires: bool = False
    sizes: list[int] = []


@dataclass
class Plain:
    style: str = "photo"
    steps: int = 30
    tags: list[str] = field(default_factory=list)


def asked(**parameters: Any) -> fp.QueryRequest:
    return a_request(query=[{"role": "user", "content": "hi", "parameters": parameters}])


def test_values_that_fit_are_taken() -> None:
    options = fp.parameters(asked(style="draw", steps="12", hires="true", undeclared={"x": 1}), Options)
    assert options == Options(style="draw", steps=12, hires=True)
    assert fp.parameters(asked(style="x", steps=2.0), Plain) == Plain("x", 2)


@pytest.mark.parametrize("given", [{}, {"style": 3, "steps": 99, "hires": "maybe", "sizes": [1, "x"]}])
def test_what_is_missing_or_wrong_is_left_at_its_default(given: dict[str, Any]) -> None:
    assert fp.parameters(asked(**given), Options) == Options()


def test_one_wrong_value_does_not_take_the_others_along() -> None:
    assert fp.parameters(asked(style="no", steps=7), Options) == Options(steps=7)
    assert fp.parameters(asked(style=[], steps=7, tags="x"), Plain) == Plain(steps=7)


def test_strict_refuses_and_names_every_fault_but_no_value() -> None:
    with pytest.raises(fp.InvalidParameterError) as caught:
        fp.parameters(asked(style="secret", steps=99), Options, strict=True)
    text = str(caught.value)
    assert "style: " in text
    assert "steps: " in text
    assert "secret" not in text
    assert fp.parameters(asked(steps=5), Options, strict=True) == Options(steps=5)


def test_names_that_a_model_forbids_are_ignored_unless_strict() -> None:
    class Closed(BaseModel):
        model_config = ConfigDict(extra="forbid")
        steps: int = 1

    assert fp.parameters(asked(steps=2, other=1), Closed).steps == 2
    with pytest.raises(fp.InvalidParameterError, match="other"):
        fp.parameters(asked(steps=2, other=1), Closed, strict=True)


def test_a_rule_over_the_whole_model_gives_its_defaults() -> None:
    class Range(BaseModel):
        low: int = 0
        high: int = 10

        @model_validator(mode="after")
        def _check(self) -> Self:
            if self.low > self.high:
                raise ValueError("low is above high")
            return self

    assert fp.parameters(asked(low=20, high=30), Range) == Range(low=20, high=30)
    assert fp.parameters(asked(low=20), Range) == Range()


def test_a_field_without_default_must_come() -> None:
    class Needed(BaseModel):
        style: str

    assert fp.parameters(asked(style="x"), Needed).style == "x"
    for given in ({}, {"style": 3}, {"other": 1}):
        with pytest.raises(fp.InvalidParameterError, match="style: "):
            fp.parameters(asked(**given), Needed)


def test_aliases_are_names_of_parameters() -> None:
    class Named(BaseModel):
        count: Annotated[int, Field(alias="poe_count")] = 1

    assert fp.parameters(asked(poe_count=4), Named).count == 4
    assert fp.parameters(asked(poe_count="many"), Named).count == 1


def test_one_parameter_can_be_read_alone() -> None:
    request = asked(steps="12", style="draw", n=5)
    assert fp.parameter(request, "steps", int, default=30) == 12
    assert fp.parameter(request, "style", Literal["photo", "draw"], default="photo") == "draw"
    assert fp.parameter(request, "style", Literal["oil"], default="oil") == "oil"
    assert fp.parameter(request, "n", Annotated[int, Field(le=4)], default=1) == 1
    assert fp.parameter(request, "absent", int, default=30) == 30
    assert fp.parameter(request, "absent", int) is None
    with pytest.raises(fp.InvalidParameterError, match="style: "):
        fp.parameter(request, "style", int, default=1, strict=True)


def test_only_the_last_message_counts_and_it_is_not_changed() -> None:
    request = asked(steps=2)
    request.query.append(fp.ProtocolMessage(role="user", content="again", parameters={"steps": "x"}))
    assert fp.parameters(request, Options).steps == 30
    assert request.query[-1].parameters == {"steps": "x"}
    request.query.clear()
    assert fp.parameters(request, Options) == Options()
    assert fp.parameter(request, "steps", int, default=1) == 1
