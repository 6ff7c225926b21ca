"""Writing into a terminal: words stay whole, however they arrive, and the computed cursor is the terminal's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.cli.chat.cursor import AnswerCursor
from tests.cli.terminal import Screen

WIDTH = 20
SENTENCE = "The quick brown fox jumps over the lazy dog, again and again."
WRAPPED = "The quick brown fox\njumps over the lazy\ndog, again and\nagain."


def draw(pieces: list[str], width: int = WIDTH) -> tuple[AnswerCursor, Screen]:
    """Writes pieces as the chat does, into a terminal high enough for all."""
    cursor, screen = AnswerCursor(width), Screen(width, 200)
    for piece in pieces:
        screen.feed(cursor.advance(piece).replace("\n", "\r\n"))
    return cursor, screen


@pytest.mark.parametrize(
    "pieces",
    [[SENTENCE], list(SENTENCE), [SENTENCE[i : i + 3] for i in range(0, len(SENTENCE), 3)], SENTENCE.split(" ", 1)],
    ids=["at once", "by character", "by threes", "in two"],
)
def test_lines_end_between_words_however_the_text_arrives(pieces: list[str]) -> None:
    if len(pieces) == 2:
        pieces = [pieces[0] + " ", pieces[1]]
    assert draw(pieces)[1].text == WRAPPED


def test_a_word_longer_than_a_line_is_broken_where_the_line_ends() -> None:
    _, screen = draw(["see https://example.com/a/long/path now"])
    assert screen.text == "see https://example.\ncom/a/long/path now"
    _, screen = draw(["see https://exam", "ple.com/a/long/path now"])
    assert screen.text == "see https://example.\ncom/a/long/path now"


def test_line_feeds_indentation_and_tabs_are_kept() -> None:
    _, screen = draw(["def f():\n    return\t1\n\n", "\tx"])
    assert screen.text == "def f():\n    return      1\n\n        x"


def test_spaces_at_the_end_of_a_line_do_not_indent_the_next() -> None:
    _, screen = draw(["a" * WIDTH, "   ", "b"])
    assert screen.text == "a" * WIDTH + "\nb"


def test_wide_characters_count_twice() -> None:
    cursor, screen = draw(["漢字" * 6])
    assert screen.text == "漢字" * 5 + "\n漢字"
    assert (cursor.row, cursor.column, cursor.is_certain) == (1, 4, True)


@pytest.mark.parametrize("text", ["👩\u200d💻", "❤\ufe0f", "🇩🇪", "👍🏽"])
def test_characters_whose_width_is_anybodys_guess_are_noticed(text: str) -> None:
    assert draw([text])[0].is_certain is False


@given(
    st.lists(st.text(alphabet=st.sampled_from("ab cd-é漢字\n\t "), max_size=30), max_size=12),
    st.integers(min_value=2, max_value=30),
)
def test_the_computed_cursor_is_where_the_terminal_has_it(pieces: list[str], width: int) -> None:
    cursor, screen = draw(pieces, width)
    assert (cursor.row, cursor.column) == screen.position


@given(st.lists(st.text(alphabet=st.sampled_from("abc \n"), max_size=30), max_size=12))
def test_no_letter_is_lost_or_doubled(pieces: list[str]) -> None:
    _, screen = draw(pieces)
    assert screen.text.split() == "".join(pieces).split() or any(len(word) > WIDTH for word in "".join(pieces).split())
