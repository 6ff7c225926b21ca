"""Bytes to characters, and the visible text of pages."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.parsing.colours import colour_name, hex_of
from rookery.hub.parsing.htmltext import visible_text
from rookery.hub.parsing.plain import cut, decode, tidied

letters = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]))


@given(letters)
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode()) == text


@given(letters, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_text_with_a_mark_comes_back_as_it_was(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@given(st.binary())
def test_any_bytes_are_text_or_not_and_never_an_error(data: bytes) -> None:
    text = decode(data)
    if text is not None:
        tidied(text).encode()
        assert "\0" not in tidied(text)


@given(st.text(), st.integers(80, 120))
def test_what_is_cut_is_never_longer_than_the_limit(text: str, limit: int) -> None:
    assert len(cut(text * 20, limit=limit)) <= limit
    assert cut(text[:limit], limit=limit) == text[:limit]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("naïve café".encode("cp1252"), "naïve café"),
        (b"caf\xe9 \x81", "café \x81"),
        ("Western words".encode("utf-16-le"), "Western words"),
        ("Western words".encode("utf-16-be"), "Western words"),
        ("鴉".encode()[:2], ""),
        (codecs.BOM_UTF16_LE + "鴉".encode("utf-16-le"), "鴉"),
        (b"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
    ],
)
def test_encodings_are_told_apart(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize("data", [b"\0", bytes(range(256)), b"\x89PNG\r\n\x1a\n\0", b"\x01\x02\x03ab"])
def test_binary_data_is_no_text(data: bytes) -> None:
    assert decode(data) is None


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<title>Crows</title><p>They <b>caw</b>.</p><p>Loudly.", "Crows\nThey caw.\nLoudly."),
        ("<script>var a = '<p>no</p>';</script><style>p {}</style>yes", "yes"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1\t2\n3"),
        ("5 &lt; 6 &amp; &#x9d09;", "5 < 6 & 鴉"),
        ("<svg><text>no</text><svg></svg></svg>yes", "yes"),
        ("  many \n\n   spaces  ", "many spaces"),
        ("<p>broken <b <i>tags", "broken tags"),
        ("", ""),
    ],
)
def test_a_page_gives_what_its_reader_sees(page: str, text: str) -> None:
    assert visible_text(page) == text


@given(st.text(st.sampled_from("<>/!-ab &;\"'=[]p?")))
def test_any_page_gives_some_text(page: str) -> None:
    visible_text(page)


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((128, 128, 128), "grey"),
        ((255, 0, 0), "red"),
        ((0, 160, 0), "green"),
        ((11, 31, 90), "dark blue"),
        ((255, 165, 0), "orange"),
        ((255, 240, 30), "yellow"),
        ((120, 70, 20), "brown"),
        ((255, 192, 203), "light pink"),
        ((128, 0, 200), "purple"),
    ],
)
def test_colours_have_the_names_that_people_use(colour: tuple[int, int, int], name: str) -> None:
    assert colour_name(*colour) == name


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_a_name(colour: tuple[int, int, int]) -> None:
    assert colour_name(*colour)
    assert len(hex_of(*colour)) == 7
