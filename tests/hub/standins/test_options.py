"""Reading parameters: any value gives one that can be used."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins.options import read_choice, read_number, read_ratio, read_seed

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**400) | st.just("1" * 5_000),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(anything)
def test_any_value_gives_one_in_range(value: object) -> None:
    parameters = {"it": value}
    assert 1 <= read_number(parameters, "it", low=1, high=9, default=4) <= 9
    assert read_choice(parameters, "it", ("a", "b"), default="b") in ("a", "b")
    assert 1 / 3 <= read_ratio(parameters, "it", default="4:3") <= 3
    assert 0 <= read_seed(parameters, "it") < 2**32


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5.5", 5.5), (0, 1), (10**400, 9), (-(10**400), 1), (math.nan, 4), ("much", 4), (True, 4), (None, 4)],
)
def test_a_number_is_clamped_and_nonsense_gives_the_default(value: object, number: float) -> None:
    assert read_number({"it": value}, "it", low=1, high=9, default=4) == number


@pytest.mark.parametrize(
    ("value", "ratio"), [("16:9", 16 / 9), ("21x9", 21 / 9), ("9:1", 3), ("0:1", 1), ("", 1.5), (7, 1.5), ("a:b", 1.5)]
)
def test_a_ratio_is_read_and_bounded(value: object, ratio: float) -> None:
    assert read_ratio({"it": value}, "it", default="3:2") == pytest.approx(ratio)


def test_numbers_texts_and_words_are_seeds() -> None:
    assert read_seed({"seed": 7}) == read_seed({"seed": "7"}) == read_seed({"seed": 7.0}) == 7
    assert read_seed({}) == 0
    assert read_seed({"seed": "rook"}) != read_seed({"seed": "raven"})
