"""Which part of a file a request wants, and whether it has it already (RFC 9110, 13 and 14). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_RANGE = re.compile(r"bytes\s*=\s*(?P<first>[0-9]{0,20})\s*-\s*(?P<last>[0-9]{0,20})\s*", re.IGNORECASE)


@dataclass(frozen=True)
class ByteRange:
    """Bytes from `start` up to `end` (exclusive)."""

    start: int
    end: int


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Gives what a `Range` header asks of a file of `size` bytes; None when the whole file is to be sent.

    Headers in another unit, malformed, or with several ranges are ignored, as the standard allows. Raises
    Unsatisfiable for a range that begins behind the end, or has no bytes.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        length = int(found["last"])
        if length == 0:
            raise Unsatisfiable
        # The last bytes of an empty file are the whole file, which 206 cannot express.
        return ByteRange(max(0, size - length), size) if size else None
    start = int(found["first"])
    last = int(found["last"]) if found["last"] else size - 1
    if found["last"] and last < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return ByteRange(start, min(last + 1, size))


def etag(digest: str) -> str:
    """Gives the entity tag of the content with this digest: a strong one, because the digest names the bytes."""
    return f'"{digest}"'


def has_it_already(tag: str, modified_at: datetime, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Tells whether the answer is 304: the asker's copy is the current one."""
    if if_none_match is not None:
        given = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
        return tag in given or "*" in given
    since = _parse_date(if_modified_since)
    return since is not None and modified_at.replace(microsecond=0) <= since


def may_send_part(tag: str, modified_at: datetime, if_range: str | None) -> bool:
    """Tells whether `If-Range` lets the range be honoured; if not, the whole file is sent."""
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range.strip() == tag
    return _parse_date(if_range) == modified_at.replace(microsecond=0)


def http_date(moment: datetime) -> str:
    """Gives a moment as headers have it."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _parse_date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
