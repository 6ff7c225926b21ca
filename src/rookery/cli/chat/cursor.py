"""Writing text into a terminal as it comes: words stay whole, and the way back to the beginning is known.

A word may arrive in pieces. Its beginning is shown at once; when the rest does not fit into the line, the word is
taken back and written on the next one. Terminals do not tell how they wrapped what was written, so row and column are
computed the way they do it.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

TAB_COLUMNS = 8

_PARTS = re.compile(r"\n|\t| +|[^\n\t ]+")
_UNCERTAIN = re.compile("[\u200d\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
"""Joiners, emoji selectors, flags, skin tones: terminals disagree on the width of what they make of these."""


class AnswerCursor:
    """The cursor in a terminal of a given width, counted from where the text began."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.row = 0
        self.column = 0
        """From 0; equals the width after a full line: terminals wrap only when the next character comes."""
        self.is_certain = True
        """False once something was written whose width depends on the terminal."""
        self._word = ""
        """The word at the cursor, as far as it has come."""

    def advance(self, text: str) -> str:
        """Moves over text that is to be written; gives what to write for it."""
        if _UNCERTAIN.search(text):
            self.is_certain = False
        return "".join(map(self._advance_part, _PARTS.findall(text)))

    def _advance_part(self, part: str) -> str:
        if part == "\n":
            self.row += 1
            self.column = 0
        elif part == "\t":
            part = self._write_spaces(TAB_COLUMNS - self.column % TAB_COLUMNS)
        elif part[0] == " ":
            part = self._write_spaces(len(part))
        else:
            return self._write_word(part)
        self._word = ""
        return part

    def _write_spaces(self, count: int) -> str:
        written = min(count, self.width - self.column)  # the rest would only indent the next line
        self.column += written
        return " " * written

    def _write_word(self, piece: str) -> str:
        begun, self._word = self._word, self._word + piece
        cells = cell_len(piece)
        if self.column + cells <= self.width:
            self.column += cells
            return piece
        start = self.column - cell_len(begun)
        length = cell_len(self._word)
        if start <= 0 or length > self.width:
            self._flow(piece)
            return piece
        self.row += 1
        self.column = length
        # From the line's beginning, because at its end the cursor may stand on or behind the last character.
        return (f"\r\x1b[{start}C\x1b[K" if begun else "") + "\n" + self._word

    def _flow(self, piece: str) -> None:
        """Moves over a word that is longer than a line, which the terminal breaks anywhere."""
        for character in piece:
            cells = cell_len(character)
            if self.column + cells > self.width:  # also a wide character that does not fit in half a place
                self.row += 1
                self.column = 0
            self.column += cells
