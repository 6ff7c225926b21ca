"""Cost items (protocol 5.3, 8.1, 9.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rookery.protocol.costs import CostItem

from .shapes import accepts, default_values, nullable_fields, required_fields


def amount_of(value: object) -> int:
    return CostItem.model_validate({"amount_usd_milli_cents": value}).amount_usd_milli_cents


def test_fields_defaults_and_nulls_are_those_of_the_protocol() -> None:
    assert required_fields(CostItem) == {"amount_usd_milli_cents"}
    assert default_values(CostItem) == {"description": None}
    assert nullable_fields(CostItem, {"amount_usd_milli_cents": 1}) == {"description"}


def test_unknown_keys_are_ignored() -> None:
    assert accepts(CostItem, {"amount_usd_milli_cents": 1, "x-new": 1})


@pytest.mark.parametrize(
    ("value", "amount"),
    [(0, 0), (7, 7), (10**20, 10**20), (1.0, 1), (1.1, 2), (0.0001, 1), (-1.5, -1), (True, 1), (False, 0)],
)
def test_an_amount_is_an_integer_and_a_fraction_is_rounded_up(value: object, amount: int) -> None:
    assert amount_of(value) == amount
    assert type(amount_of(value)) is int


@pytest.mark.parametrize("value", ["7", "", None, [], {}, b"7"])
def test_an_amount_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="an amount must be a number, not"):
        amount_of(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_an_amount_without_a_value_is_refused(value: float) -> None:
    with pytest.raises(ValidationError, match="an amount must be a finite number"):
        amount_of(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_never_charges_less(value: float) -> None:
    assert value <= amount_of(value) <= value + 1
