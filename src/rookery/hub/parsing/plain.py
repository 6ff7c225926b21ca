"""Bytes of a text file to characters: by its mark at the start, else UTF-8, else what Windows wrote in the West."""

from __future__ import annotations

import codecs

from rookery.hub.parsing.model import TEXT_CHARACTERS

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

NEEDED_BYTES = TEXT_CHARACTERS * 4 + 16
"""Bytes after which no encoding can have brought fewer than `TEXT_CHARACTERS` characters; the rest is not needed."""

CONTROL_SHARE = 0.05
"""Share of control characters above which bytes are not taken for text."""

_CONTROL = frozenset(range(32)) - {7, 8, 9, 10, 11, 12, 13, 27} | {127}
_STRANGE = bytes(sorted(_CONTROL))


def decode(data: bytes) -> str | None:
    """The text of these bytes, or None when they are no text. Never raises; what cannot be decoded becomes U+FFFD."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if (unmarked := _unmarked_utf16(data)) is not None:
        return data.decode(unmarked, "replace")
    if not _looks_like_text(data):
        return None
    try:
        # A cut in the middle of the last character is no reason to call the file something else.
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _looks_like_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    strange = len(data) - len(data.translate(None, _STRANGE))
    return strange <= len(data) * CONTROL_SHARE


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark, seen by the zeros of its Western letters: nearly all on one side, none on the other."""
    sample = data[:4096]
    half = len(sample) // 2
    if half < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.7 and even == 0:
        return "utf-16-le"
    if even > half * 0.7 and odd == 0:
        return "utf-16-be"
    return None


def tidied(text: str) -> str:
    """The text as it can be stored, sent and shown anywhere: no NUL, no lone surrogates, one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def cut(text: str, *, limit: int = TEXT_CHARACTERS) -> str:
    """The text, at most `limit` characters long; when it was longer, its last line says so."""
    if len(text) <= limit:
        return text
    note = f"\n[The text was cut here: only its first {limit:,} characters are given.]"
    return text[: limit - len(note)] + note
