"""Hiding secrets in what is shown of an exchange. Pure.

Hidden are: every secret that the hub knows (access keys of bots), what looks like a key, a bearer token or a link's
signature, and the value of every field whose name says that it is a secret. Masking twice changes nothing more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

MASK = "•••"
SHORTEST_SECRET = 8
"""Characters; a shorter known secret would hide ordinary words."""

_SECRET_FIELD = re.compile(
    r"(?:api|access|secret|private)[-_]?key|authorization|password|passwd|secret|cookie|set-cookie"
    r"|(?:access|auth|bearer|refresh|session|id)[-_]?token",
    re.IGNORECASE,
)
_VALUE = r"(?P<secret>[^&\s\"'<>()\[\]{}\\]+)"
_LOOKS_SECRET = [
    re.compile(r"(?P<secret>\brk-[A-Za-z0-9]{20,})"),
    re.compile(r"(?P<secret>\bsk-[A-Za-z0-9_-]{16,})"),
    re.compile(r"(?i:\b(?:bearer|basic)\s+)(?P<secret>[A-Za-z0-9._~+/=-]{16,})"),
    re.compile(rf"(?i:signature=){_VALUE}"),
    re.compile(rf"(?i:[?&;](?:token|key|api_?key|access_?key|password)=){_VALUE}"),
    re.compile(r"/bot/(?:fetch|update)_settings/[^/\s]+/(?P<secret>[^/\s\"']+)"),
    re.compile(r"://[^/\s:@]+:(?P<secret>[^/\s@]+)@"),
]

Span = tuple[int, int]


class Masker:
    """Hides secrets; `secrets` are those that the hub knows."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        # The longest first, so that a secret which holds another one is hidden whole.
        self._secrets = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Gives the text with a mask in the place of each secret."""
        return self.pieces([text])[0]

    def pieces(self, texts: Sequence[str]) -> list[str]:
        """Gives the pieces of one text, with secrets hidden that are spread over several of them.

        The mask stands in the piece where the secret begins.
        """
        joined = "".join(texts)
        spans = self._spans(joined)
        if not spans:
            return list(texts)
        masked, start = [], 0
        for piece in texts:
            masked.append(_cut(joined, start, start + len(piece), spans))
            start += len(piece)
        return masked

    def value(self, value: Any) -> Any:
        """Gives a JSON value with every text in it masked, names of fields too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {
                self.text(key): MASK
                if isinstance(item, str) and item and _SECRET_FIELD.fullmatch(key)
                else self.value(item)
                for key, item in value.items()
            }
        return value

    def _spans(self, text: str) -> list[Span]:
        spans = [match.span("secret") for pattern in _LOOKS_SECRET for match in pattern.finditer(text)]
        for secret in self._secrets:
            spans += _occurrences(text, secret)
        return _merge(spans)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield quote(secret, safe="")


def _occurrences(text: str, secret: str) -> Iterator[Span]:
    start = text.find(secret)
    while start >= 0:
        yield start, start + len(secret)
        start = text.find(secret, start + 1)


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, start: int, end: int, spans: list[Span]) -> str:
    parts, at = [], start
    for first, last in spans:
        if last <= start or first >= end:
            continue
        parts.append(text[at : max(first, at)])
        if first >= start:
            parts.append(MASK)
        at = min(last, end)
    parts.append(text[at:end])
    return "".join(parts)
