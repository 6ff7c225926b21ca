"""A file as an HTTP answer: whole, in part, or not at all when the asker has it; with headers that keep it harmless.

Files are hostile: they are served with their sniffed type and no guessing, sandboxed, and only kinds that cannot run
anything are shown in place; all others are downloads (design 9).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rookery.hub.files.model import StoredFile
from rookery.hub.files.ranges import (
    ByteRange,
    Unsatisfiable,
    etag,
    has_it_already,
    http_date,
    may_send_part,
    parse_range,
)
from rookery.hub.files.service import FileService

_SANDBOX = "default-src 'none'; img-src 'self' data:; media-src 'self' data:; style-src 'unsafe-inline'; sandbox"
# Browsers show a PDF in a viewer of their own, which a sandbox would switch off; a PDF has no access to our origin.
_PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
_SHOWN_KINDS = ("image/", "audio/", "video/")
_SHOWN_TYPES = frozenset({"application/pdf", "text/plain"})


async def serve_file(files: FileService, file: StoredFile, request: Request, *, cached_for_s: int | None) -> Response:
    """Answers a GET or HEAD with a file: 200, 206, 304 or 416.

    `cached_for_s` says how long the asker's browser may keep it without asking again; None when it was opened by a
    credential instead of a link. Raises NotFound when the bytes are gone.
    """
    asked, tag = request.headers, etag(file.digest)
    headers = {
        "ETag": tag,
        "Last-Modified": http_date(file.created_at),
        "Accept-Ranges": "bytes",
        **_caching(cached_for_s),
    }
    if has_it_already(tag, file.created_at, asked.get("if-none-match"), asked.get("if-modified-since")):
        return Response(status_code=304, headers=headers)
    headers |= safe_headers(file)
    part: ByteRange | None = None
    if request.method == "GET" and may_send_part(tag, file.created_at, asked.get("if-range")):
        try:
            part = parse_range(asked.get("range"), file.size)
        except Unsatisfiable:
            outside = {"Content-Range": f"bytes */{file.size}", "Accept-Ranges": "bytes"}
            return Response(status_code=416, headers=outside)
    start, end = (part.start, part.end) if part is not None else (0, file.size)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    if request.method == "HEAD":
        return Response(headers=headers)
    # The first piece is fetched before anything is sent: bytes that are gone are still a proper refusal.
    pieces = files.open(file, start, end)
    first = await anext(pieces, b"")
    return StreamingResponse(_chain(first, pieces), status_code=206 if part is not None else 200, headers=headers)


def safe_headers(file: StoredFile) -> dict[str, str]:
    """Gives the headers that say what a file is, and keep a browser from running it."""
    is_pdf = file.content_type == "application/pdf"
    return {
        "Content-Type": f"{file.content_type}; charset=utf-8" if _is_text(file.content_type) else file.content_type,
        "Content-Disposition": content_disposition(file.name, is_inline=_is_shown(file.content_type)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _PDF_POLICY if is_pdf else _SANDBOX,
        "Referrer-Policy": "no-referrer",
    }


def content_disposition(name: str, *, is_inline: bool) -> str:
    """Gives the header that names a file (RFC 6266): a plain form for old programs, the true one beside it."""
    kind = "inline" if is_inline else "attachment"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _caching(cached_for_s: int | None) -> dict[str, str]:
    if cached_for_s is None:
        return {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
    # The link is the credential, and no cookie is looked at: a page of any origin that has the link could have its
    # server fetch the file anyhow. Previews of bots' HTML live in an opaque origin and need this to read their files.
    return {
        "Cache-Control": f"private, max-age={cached_for_s}, immutable",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/")


def _is_shown(content_type: str) -> bool:
    # A picture in SVG is a document with scripts.
    return content_type in _SHOWN_TYPES or (content_type.startswith(_SHOWN_KINDS) and content_type != "image/svg+xml")


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
