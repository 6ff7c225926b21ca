"""A chat's title, made from its first message."""

from __future__ import annotations

import re

MADE_TITLE_CHARACTERS = 60

_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"^(?:#{1,6}\s+|>\s*|[-*+]\s+|`{3,}\w*)+")


def make_title(text: str) -> str:
    """Gives the first line with words, cut at a word, at most 60 characters; empty when there is none."""
    for line in text.splitlines():
        title = _SPACE.sub(" ", _MARKS.sub("", line.strip())).strip(" *_`#")
        if title:
            return _cut(title)
    return ""


def _cut(title: str) -> str:
    if len(title) <= MADE_TITLE_CHARACTERS:
        return title
    head = title[: MADE_TITLE_CHARACTERS - 1]
    words, _, _ = head.rpartition(" ")
    # A text without spaces (a link, Chinese) is cut where the room ends.
    return (words if len(words) > MADE_TITLE_CHARACTERS // 2 else head).rstrip(" ,;:.-") + "…"
