"""What a file is, told from its bytes (protocol 5.4). What a sender says, its name included, only chooses between
types that the bytes allow. Pure.

first bytes ──► known signature ──► HTML? ──► text? (then the name says which) ──► puremagic ──► octet-stream
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping

import puremagic

from rookery.hub.files.names import extension_of

UNKNOWN = "application/octet-stream"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"fLaC", "audio/flac"),
    (b"MThd", "audio/midi"),
    (b"ID3", "audio/mpeg"),
    (b"FLV\1", "video/x-flv"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"\0\0\1\xb3", "video/mpeg"),
)
"""Types that players and parsers depend on (protocol 7.9): puremagic's names and confidence for these vary."""

_TEXTS: Mapping[str, str] = {
    "md": "text/markdown",
    "markdown": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "toml": "application/toml",
    "css": "text/css",
    "js": "text/javascript",
    "mjs": "text/javascript",
    "ts": "text/x-typescript",
    "tsx": "text/x-typescript",
    "jsx": "text/javascript",
    "py": "text/x-python",
    "java": "text/x-java",
    "c": "text/x-c",
    "h": "text/x-c",
    "cc": "text/x-c++",
    "cpp": "text/x-c++",
    "hpp": "text/x-c++",
    "cs": "text/x-csharp",
    "go": "text/x-go",
    "rs": "text/x-rust",
    "rb": "text/x-ruby",
    "php": "text/x-php",
    "sh": "text/x-shellscript",
    "sql": "text/x-sql",
    "tex": "text/x-tex",
    "vtt": "text/vtt",
    "ics": "text/calendar",
}
_PLAIN = frozenset({"txt", "text", "log", "ini", "cfg", "conf", "rst", "srt"})

_OFFICE: Mapping[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
}
_OLD_OFFICE: Mapping[str, str] = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}

_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->)*<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE | re.DOTALL
)
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?(?:\s|<!--.*?-->|<!doctype\s+svg[^>]*>)*<svg[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LEAST_CONFIDENCE = 0.3
"""puremagic's figure for a signature of three bytes or more."""


def sniff(head: bytes, name: str, *, is_whole: bool) -> str:
    """Gives the MIME type for a file's first bytes (some KiB) and name; `is_whole` when there are no more bytes."""
    extension = extension_of(name)
    if not head:
        return _text_type(extension) if extension in _TEXTS or extension in _PLAIN else UNKNOWN
    return (
        _known(head, extension)
        or _markup(head)
        or (_text_type(extension) if _is_text(head, extension, is_whole=is_whole) else None)
        or _by_puremagic(head)
    )


def _known(head: bytes, extension: str) -> str | None:
    for signature, content_type in _SIGNATURES:
        if head.startswith(signature):
            return content_type
    for recognise in _RECOGNISERS:
        if (found := recognise(head, extension)) is not None:
            return found
    return None


def _zip(head: bytes, extension: str) -> str | None:
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return None
    return _OFFICE.get(extension, "application/zip")


def _old_office(head: bytes, extension: str) -> str | None:
    if not head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return None
    return _OLD_OFFICE.get(extension, "application/x-ole-storage")


def _riff(head: bytes, _extension: str) -> str | None:
    if head[:4] not in (b"RIFF", b"RF64"):
        return None
    return {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}.get(head[8:12])


def _mp4(head: bytes, extension: str) -> str | None:
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand == b"qt  ":
        return "video/quicktime"
    if brand in (b"avif", b"avis"):
        return "image/avif"
    if brand in (b"heic", b"heix", b"mif1", b"msf1"):
        return "image/heic"
    is_audio = brand in (b"M4A ", b"M4B ") or extension in ("m4a", "m4b")
    return "audio/mp4" if is_audio else "video/mp4"


def _matroska(head: bytes, _extension: str) -> str | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    start = head[:4096]
    if b"webm" not in start[:64]:
        return "video/x-matroska"
    # Codec ids of tracks begin with A_ or V_: a recording of speech has no picture.
    return "audio/webm" if b"A_" in start and b"V_" not in start else "video/webm"


def _ogg(head: bytes, _extension: str) -> str | None:
    if not head.startswith(b"OggS"):
        return None
    return "video/ogg" if b"\x80theora" in head[:4096] else "audio/ogg"


def _asf(head: bytes, extension: str) -> str | None:
    if not head.startswith(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"):
        return None
    return "audio/x-ms-wma" if extension == "wma" else "video/x-ms-wmv"


def _bmp(head: bytes, _extension: str) -> str | None:
    is_bmp = head.startswith(b"BM") and head[14:18] in {bytes([n, 0, 0, 0]) for n in (12, 40, 52, 56, 64, 108, 124)}
    return "image/bmp" if is_bmp else None


def _mpeg_audio(head: bytes, _extension: str) -> str | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_frame = head[1] & 0x18 != 0x08 and head[1] & 0x06 == 0x02 and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
    return "audio/mpeg" if is_frame else None


_RECOGNISERS: tuple[Callable[[bytes, str], str | None], ...] = (
    _zip,
    _old_office,
    _riff,
    _mp4,
    _matroska,
    _ogg,
    _asf,
    _bmp,
    _mpeg_audio,
)


def _markup(head: bytes) -> str | None:
    # Bytes that a browser would take for a page are a page, whatever follows them and whatever they are called.
    if _HTML.match(head[:4096]):
        return "text/html"
    return "image/svg+xml" if _SVG.match(head[:4096]) else None


def _is_text(head: bytes, extension: str, *, is_whole: bool) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if _CONTROL.search(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=is_whole)
    except UnicodeDecodeError:
        # An older encoding looks like anything; the name decides whether it is a text.
        return extension in _TEXTS or extension in _PLAIN
    return True


def _text_type(extension: str) -> str:
    return _TEXTS.get(extension, "text/plain")


def _by_puremagic(head: bytes) -> str:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    for match in matches:
        # Text and markup were looked for already, with better eyes: what is left is neither.
        is_binary = match.mime_type and not match.mime_type.startswith("text/") and "html" not in match.mime_type
        if is_binary and match.confidence >= _LEAST_CONFIDENCE and "/" in match.mime_type:
            return str(match.mime_type)
    return UNKNOWN
