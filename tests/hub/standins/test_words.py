"""Text as a stream of words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.hub.standins.words import MAX_PIECES, say, split_words
from rookery.protocol.events import DoneEvent, MetaEvent, TextEvent


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("rook", ["rook"]),
        ("two words", ["two ", "words"]),
        (" space  around ", [" space  ", "around "]),
        ("line\n\nends\n", ["line\n\n", "ends\n"]),
        ("  ", ["  "]),
    ],
)
def test_a_piece_is_a_word_with_the_space_after_it(text: str, pieces: list[str]) -> None:
    assert split_words(text) == pieces


def test_a_text_without_spaces_is_cut_in_short_pieces() -> None:
    assert max(map(len, split_words("漢" * 1000))) <= 24
    assert max(map(len, split_words("x" * 1000))) <= 24


def test_a_long_text_has_no_more_pieces_than_the_bound() -> None:
    pieces = split_words("word " * 100_000)
    assert len(pieces) <= MAX_PIECES
    assert len({len(piece) for piece in pieces[:-1]}) == 1
    assert len(split_words("a b c d e", max_pieces=2)) == 2


@given(st.text(), st.integers(1, 20))
@example(" \n\u2028 a\u0085b ", 1)
def test_the_pieces_concatenate_to_the_text(text: str, max_pieces: int) -> None:
    pieces = split_words(text, max_pieces)
    assert "".join(pieces) == text
    assert len(pieces) <= max_pieces
    assert all(pieces)


def test_a_whole_answer_says_how_to_render_it_then_speaks_then_ends() -> None:
    assert list(say("two words")) == [MetaEvent("text/plain"), TextEvent("two "), TextEvent("words"), DoneEvent()]
    assert next(say("*two*", "text/markdown")) == MetaEvent("text/markdown")
