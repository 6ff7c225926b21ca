"""The piece of a text that shows why it was found. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

BEFORE = 60
"""Characters shown before the first hit."""
SNIPPET_CHARACTERS = 200
FOLDED_CHARACTERS = 20_000
"""How far a text is looked through letter by letter, when its accents hide the hit."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of text and where the hits are in it."""

    text: str
    marks: tuple[tuple[int, int], ...]
    """Start and end of each hit, in characters (Unicode code points) of `text`."""


def make_snippet(text: str, words: Sequence[str]) -> Snippet:
    """Gives the surroundings of the first hit in one line, with all hits in them; the beginning when none is found."""
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    match = pattern.search(text) or pattern.search(_fold(text[:FOLDED_CHARACTERS]))
    at = match.start() if match else 0
    start = max(0, at - BEFORE)
    if start:
        # From a word's beginning, where one is near.
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + SNIPPET_CHARACTERS)
    lead = "…" if start else ""
    shown = lead + "".join(" " if c.isspace() else c for c in text[start:end]) + ("…" if end < len(text) else "")
    marks = tuple(m.span() for m in pattern.finditer(_fold(shown)) if m.start() < m.end())
    return Snippet(shown, marks)


def _fold(text: str) -> str:
    """Gives the text without accents, letter for letter at the same places."""
    return "".join(unicodedata.normalize("NFD", character)[0] for character in text)
