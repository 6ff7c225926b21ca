"""Signed links to files: whoever has one may read one file until it expires. Pure.

    {base}/files/{file id}/{name}?expires=<Unix seconds>&signature=<64 hex digits>

The signature covers id and expiry. The name is decoration: what is served is named by the hub's own record.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, quote, urlsplit

from rookery.hub.files.model import FileLink
from rookery.protocol.identifiers import is_identifier

_EXPIRY = re.compile(r"[0-9]{1,11}")
_PATH = re.compile(r"(?P<prefix>.*)/files/(?P<id>[^/]{1,40})/[^/]*")
_NEVER = datetime.fromtimestamp(0, UTC)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class LinkSigner:
    """Makes and reads links; holds the key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def build_link(self, base: str, file_id: str, name: str, expires_at: datetime) -> str:
        """Gives an absolute link; `base` has no slash at its end. The expiry is cut to whole seconds."""
        expires = str(int(expires_at.timestamp()))
        query = f"expires={expires}&signature={self._sign(file_id, expires)}"
        return f"{base}/files/{quote(file_id, safe='')}/{quote(name, safe='')}?{query}"

    def read_query(self, file_id: str, expires: str | None, signature: str | None) -> FileLink:
        """Gives what the parts of a link say; anything missing or malformed makes it one that is not genuine."""
        if expires is None or signature is None or not _EXPIRY.fullmatch(expires):
            return FileLink(file_id, _NEVER, is_genuine=False)
        # Compared as bytes in constant time: a signature may hold anything, and must not be found digit by digit.
        given = signature.encode("utf-8", "surrogatepass")
        is_genuine = hmac.compare_digest(self._sign(file_id, expires).encode("ascii"), given)
        return FileLink(file_id, datetime.fromtimestamp(int(expires), UTC), is_genuine)

    def parse_link(self, base: str, url: str) -> FileLink | None:
        """Gives what a URL says when it is a link of this hub, else None.

        A link below another address is this hub's when its signature is: the hub moved, or has several names.
        """
        try:
            parts = urlsplit(url)
            is_here = _origin(url) == _origin(base)
            fields = parse_qs(parts.query, max_num_fields=20)
        except ValueError:
            return None
        found = _PATH.fullmatch(parts.path)
        if parts.scheme not in _DEFAULT_PORTS or found is None or not is_identifier(found["id"]):
            return None
        link = self.read_query(found["id"], _only(fields.get("expires")), _only(fields.get("signature")))
        is_below_base = is_here and found["prefix"] == urlsplit(base).path.rstrip("/")
        return link if link.is_genuine or is_below_base else None

    def _sign(self, file_id: str, expires: str) -> str:
        text = f"{file_id}\0{expires}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256").hex()


def _only(values: list[str] | None) -> str | None:
    return values[0] if values is not None and len(values) == 1 else None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
