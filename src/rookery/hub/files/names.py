"""File names as people see them: never a path, never able to deceive, short enough for every file system. Pure."""

from __future__ import annotations

import unicodedata

NAME_BYTES = 200
"""UTF-8 bytes of a name; file systems take 255."""

_EXTENSION_BYTES = 20
_FALLBACK = "file"


def clean_name(name: str) -> str:
    """Gives a name that is safe to show, to link to and to save under; `file` when nothing is left of it.

    Folders, control characters, lone surrogates and the marks that turn writing direction around (with which
    `exe.gpj` passes for a picture) are dropped.
    """
    last = name[-10_000:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = "".join(character for character in last if unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp"))
    kept = "".join(character for character in kept if unicodedata.bidirectional(character) not in _TURNING)
    kept = _shorten(unicodedata.normalize("NFC", kept).strip())
    return kept if kept.strip(". ") else _FALLBACK


_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _shorten(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension
    if not stem or len(tail.encode()) > _EXTENSION_BYTES:
        stem, tail = name, ""
    return stem.encode()[: NAME_BYTES - len(tail.encode())].decode("utf-8", "ignore").rstrip() + tail


def extension_of(name: str) -> str:
    """Gives what follows the last dot, in lower case; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""
