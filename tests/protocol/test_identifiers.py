"""The form of identifiers (protocol 2.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.protocol.identifiers import IDENTIFIER_BYTES, IDENTIFIER_LENGTH, encode_identifier, is_identifier


def test_an_identifier_is_a_tag_a_hyphen_and_32_characters() -> None:
    assert encode_identifier("m", bytes(16)) == "m-" + "0" * 32
    assert encode_identifier("bq", b"\xff" * 16) == "bq-" + "f" * 32
    assert (IDENTIFIER_LENGTH, IDENTIFIER_BYTES) == (32, 16)


@given(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.binary(min_size=16, max_size=16))
def test_every_made_identifier_has_the_form(tag: str, raw: bytes) -> None:
    identifier = encode_identifier(tag, raw)
    assert is_identifier(identifier)
    assert identifier.startswith(f"{tag}-")


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_different_bytes_give_different_identifiers(one: bytes, other: bytes) -> None:
    assert (encode_identifier("m", one) == encode_identifier("m", other)) is (one == other)


@pytest.mark.parametrize("tag", ["", "abcd", "M", "m1", "m-", "ä", "m\n"])
def test_another_form_of_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="tag is one to three lower-case letters"):
        encode_identifier(tag, bytes(16))


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_another_number_of_bytes_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"made from 16 bytes, not {length}"):
        encode_identifier("m", bytes(length))


@pytest.mark.parametrize("value", ["m-" + "a" * 32, "m-" + "0" * 32, "usr-" + "=" * 32, "bq-" + "a1=" * 10 + "zz"])
def test_the_first_and_the_current_form_are_known(value: str) -> None:
    assert is_identifier(value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "m", "m-", "-" + "a" * 32, "m-" + "a" * 31, "m-" + "a" * 33, "m-" + "A" * 32, "M-" + "a" * 32),
        *("abcd-" + "a" * 32, "m_" + "a" * 32, "m-" + "a" * 32 + "\n", " m-" + "a" * 32, "m-" + "ä" * 32),
    ],
)
def test_other_texts_are_no_identifiers(value: str) -> None:
    assert not is_identifier(value)
