"""Identifiers of the protocol: a short tag, a hyphen and 32 characters of ``[a-z0-9=]`` (protocol 2.1).

Pure: the bytes come from the caller. Ids made from random bytes carry 128 bits (O1), so they cannot be guessed.
"""

from __future__ import annotations

import re

IDENTIFIER_LENGTH = 32
"""Characters after the hyphen."""

IDENTIFIER_BYTES = 16
"""Raw bytes behind the 32 characters, which are their hexadecimal digits."""

Identifier = str
"""Alias used in all request types; the SDK checks no form (protocol 2.1)."""

_PATTERN = re.compile(r"[a-z]{1,3}-[a-z0-9=]{32}")
_TAG = re.compile(r"[a-z]{1,3}")


def encode_identifier(tag: str, raw: bytes) -> Identifier:
    """Gives ``tag-`` plus 32 characters for exactly 16 bytes.

    Tags in use: `m` message, `u` user, `c` conversation, `d` metadata (protocol 2.1); `bq` query, `bot`, `key`
    are ours (O1). Raises ValueError for another tag form or length.
    """
    if not _TAG.fullmatch(tag):
        raise ValueError(f"an identifier's tag is one to three lower-case letters, not {tag!r}")
    if len(raw) != IDENTIFIER_BYTES:
        raise ValueError(f"an identifier is made from {IDENTIFIER_BYTES} bytes, not {len(raw)}")
    return f"{tag}-{raw.hex()}"


def is_identifier(value: str) -> bool:
    """Tells whether the text has the form of protocol 2.1 (both the first and the current one)."""
    return _PATTERN.fullmatch(value) is not None
