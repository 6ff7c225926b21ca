"""Text as a stream of words, the way a model would say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rookery.protocol.events import DoneEvent, Event, MetaEvent, TextEvent
from rookery.protocol.messages import ContentType

MAX_PIECES = 200
"""Pieces of one answer at most; of a long text several words make a piece, so that its end comes in good time."""

# A word with the space after it. Scripts without spaces, and endless words, are cut every so many characters.
_PIECE = re.compile(r"\s*\S{1,24}\s*|\s+")


def split_words(text: str, max_pieces: int = MAX_PIECES) -> list[str]:
    """Gives pieces of about one word whose concatenation is the text; no piece is empty."""
    words: list[str] = _PIECE.findall(text)
    step = -(-len(words) // max_pieces) or 1
    return ["".join(words[start : start + step]) for start in range(0, len(words), step)]


def say(text: str, content_type: ContentType = "text/plain") -> Iterator[Event]:
    """Gives a whole answer of this text: how to render it, its words, the end."""
    yield MetaEvent(content_type=content_type)
    for piece in split_words(text):
        yield TextEvent(piece)
    yield DoneEvent()
