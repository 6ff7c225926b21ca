"""Parsing as values: what was read, what a worker may use, and what it answers.

ReadText      text, or the sentence why there is none       what the hub's other features get
ReadPicture   facts and their description, or the sentence
Finding       the same without a file's name: what is kept, because files with the same bytes share it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

TEXT_CHARACTERS = 512_000
"""Characters of text kept of one file; what is longer is cut, and its last line says so (protocol O15)."""
PDF_PAGES = 5_000
"""Pages of the longest PDF that is read."""
UNPACKED_BYTES = 256 * 1024 * 1024
"""Bytes that the members of an office document or book may have together when they are unpacked."""
PACKED_MEMBERS = 10_000
"""Members of the largest office document or book that is read."""
PICTURE_PIXELS = 100_000_000
"""Pixels of the largest picture that is looked at."""

Cause = Literal["file", "time", "memory", "crash", "killed", "missing", "hub"]
"""Why nothing was read: `file` says that the bytes themselves are to blame and that reading them again is no use;
`killed` that somebody ended the worker, whatever it was reading."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one parse may use."""

    time_s: float = 20.0
    """Seconds by the clock, and of processor time, for one file."""
    memory_mb: int = 1024
    """Mebibytes that a worker may take for one file, on top of what it needs to run at all."""
    workers: int = 2
    """Processes that parse at the same time."""
    idle_s: float = 60.0
    """Seconds after which a process without work ends."""


@dataclass(frozen=True, slots=True)
class ReadText:
    """The text of a file, or why there is none; exactly one of the two is None. An empty file has the text ""."""

    text: str | None
    reason: str | None
    """One sentence for people that names the file."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour that much of a picture has."""

    hex: str
    """As `#0b1f3a`."""
    name: str
    """In plain English, as "dark blue"."""
    share: float
    """Of the picture's visible pixels, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What can be said about a picture without understanding it."""

    format: str
    """As people call it: "PNG", "JPEG"."""
    width: int
    """Pixels, as shown (a photo's rotation is applied)."""
    height: int
    dominant_colours: tuple[Colour, ...]
    """The most frequent first; empty when every pixel is transparent."""
    is_animated: bool
    has_alpha: bool
    """Whether pixels may be transparent."""


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """The facts about a picture and a description of them for a bot, or why there are none."""

    facts: PictureFacts | None
    text: str | None
    reason: str | None
    """One sentence for people that names the file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a worker found in some bytes: text, or facts, or the clause that says why not."""

    text: str | None = None
    facts: dict[str, Any] | None = None
    """Facts of a picture as JSON; `facts.py` reads them."""
    trouble: str | None = None
    """The second half of a sentence: "it is protected by a password"."""
    cause: Cause | None = None

    @property
    def is_final(self) -> bool:
        """Whether reading the same bytes again would find the same."""
        return self.cause in (None, "file")

    @property
    def is_costly(self) -> bool:
        """Whether reading the same bytes again would probably cost as much and find as little."""
        return self.cause in ("time", "memory", "crash")


def failed(cause: Cause, trouble: str) -> Finding:
    """A finding that nothing could be read, for this reason."""
    return Finding(trouble=trouble, cause=cause)
