"""No secret survives masking, wherever it stands and however it is cut up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.relay.masking import MASK, Masker

ACCESS_KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=32, max_size=32)
TEXTS = st.text(max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@given(ACCESS_KEYS, TEXTS, TEXTS)
def test_a_known_key_never_survives_in_a_text(key: str, before: str, after: str) -> None:
    masked = Masker([key]).text(f"{before}{key}{after}{key}")
    assert key not in masked
    assert MASK in masked


@given(ACCESS_KEYS, st.data())
def test_a_key_that_is_said_in_pieces_does_not_survive(key: str, data: st.DataObject) -> None:
    text = f"my key is {key}, really"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=60)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    masked = Masker([key]).pieces(pieces)
    assert len(masked) == len(pieces)
    assert key not in "".join(masked)
    assert "".join(masked) == Masker([key]).text(text)


def _planted(value: Any, key: str, choose: Any) -> Any:
    """Puts the key at a place of the value's own."""
    if isinstance(value, dict) and value:
        name = choose(sorted(value))
        return {k: _planted(v, key, choose) if k == name else v for k, v in value.items()} | {f"x{key}": 1}
    if isinstance(value, list) and value:
        return [_planted(value[0], key, choose), *value[1:]]
    return f"{value}{key}"


@given(ACCESS_KEYS, JSON, st.data())
def test_a_known_key_never_survives_in_a_json_value(key: str, value: Any, data: st.DataObject) -> None:
    planted = _planted(value, key, lambda names: data.draw(st.sampled_from(names)))
    masked = json.dumps(Masker([key]).value(planted))
    assert key not in masked
    assert json.dumps(key)[1:-1] not in masked


@given(ACCESS_KEYS, JSON)
def test_masking_twice_changes_nothing_more(key: str, value: Any) -> None:
    masker = Masker([key])
    once = masker.value(_planted(value, key, lambda names: names[0]))
    assert masker.value(once) == once


@given(JSON)
def test_what_holds_no_secret_stays_as_it_is(value: Any) -> None:
    # The texts are too short for anything that looks like a secret, except an address with a password.
    if "://" not in json.dumps(value) and "=" not in json.dumps(value):
        assert Masker().value(value) == value


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer rk-" + "a" * 43, f"Authorization: Bearer {MASK}"),
        ("the key rk-" + "Z" * 43 + ".", f"the key {MASK}."),
        ("sk-proj-abcdefghijklmnop_123", MASK),
        ("http://h/files/f-1/a.txt?expires=9&signature=abc-_9", f"http://h/files/f-1/a.txt?expires=9&signature={MASK}"),
        ("https://b.s3/x?X-Amz-Signature=ff00&y=1", f"https://b.s3/x?X-Amz-Signature={MASK}&y=1"),
        ("/bot/fetch_settings/Bot/" + "k" * 32, f"/bot/fetch_settings/Bot/{MASK}"),
        ("postgresql://rook:pass@db/x", f"postgresql://rook:{MASK}@db/x"),
        ("the bearer of good news", "the bearer of good news"),
        ("signature dish = soup", "signature dish = soup"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_and_words_are_not(text: str, masked: str) -> None:
    assert Masker().text(text) == masked


def test_fields_named_like_secrets_are_hidden() -> None:
    body = {"access_key": "abc", "Authorization": "x", "api-key": "", "tokens": "12", "password": 5}
    assert Masker().value(body) == {
        "access_key": MASK,
        "Authorization": MASK,
        "api-key": "",
        "tokens": "12",
        "password": 5,
    }
