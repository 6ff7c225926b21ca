"""Files as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that the hub keeps. Two with the same bytes share one blob."""

    id: str
    owner_id: str
    """The person who uploaded it, or who owns the bot that did."""
    name: str
    """As shown to people and used in links; never a path."""
    content_type: str
    """MIME type found by looking at the bytes, not what the sender said."""
    size: int
    """Bytes."""
    digest: str
    """SHA-256 of the bytes, 64 hex digits: the blob's name."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FileLink:
    """What a link of this hub says, read without looking anything up."""

    file_id: str
    expires_at: datetime
    is_genuine: bool
    """Whether this hub signed it."""
