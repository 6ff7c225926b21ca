"""The visible text of a web page, by the standard library's parser, which does not recurse: depth costs nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from rookery.hub.parsing.model import TEXT_CHARACTERS

_HIDDEN = frozenset({"script", "style", "template", "noscript", "svg", "math", "object", "iframe", "canvas", "select"})
_BLOCKS_LISTED = """
address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 header hr html legend li main nav ol option p pre section summary table tbody tfoot thead
title tr ul
"""
_BLOCKS = frozenset(_BLOCKS_LISTED.split())
_CELLS = frozenset({"td", "th"})

FEED_CHARACTERS = 65_536
"""Characters given to the parser at once, so that a page is left as soon as enough was read."""


class _VisibleText(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.characters = 0
        self._hidden_in: str | None = None
        self._depth = 0
        """Open elements with the name of the hidden one, itself included."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden_in is not None:
            self._depth += tag == self._hidden_in
        elif tag in _HIDDEN:
            self._hidden_in, self._depth = tag, 1
        elif tag in _BLOCKS:
            self._add("\n")
        elif tag in _CELLS:
            self._add("\t")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and self._hidden_in is None:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden_in:
            self._depth -= 1
            if self._depth == 0:
                self._hidden_in = None
        elif tag in _BLOCKS and self._hidden_in is None:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden_in is None:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if text == "\n" and self.parts and self.parts[-1] == "\n":
            return
        self.parts.append(text)
        self.characters += len(text)


def visible_text(page: str) -> str:
    """What a reader of this page sees, a line for each block; at least `TEXT_CHARACTERS` of it if there is so much."""
    parser = _VisibleText()
    for start in range(0, len(page), FEED_CHARACTERS):
        parser.feed(page[start : start + FEED_CHARACTERS])
        if parser.characters > 2 * TEXT_CHARACTERS:
            break
    else:
        parser.close()
    lines = (re.sub(r" *\t *", "\t", line).strip() for line in "".join(parser.parts).split("\n"))
    return "\n".join(re.sub(r" {2,}", " ", line) for line in lines if line)
