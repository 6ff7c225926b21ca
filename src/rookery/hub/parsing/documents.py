"""Text of documents through kreuzberg, the extra `attachments`; runs in a worker only.

What can be counted beforehand is: members and unpacked bytes of zip archives, pages of PDFs. What cannot is bounded
by the worker's own limits.
"""

from __future__ import annotations

import zipfile
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rookery.hub.parsing.forms import PACKED
from rookery.hub.parsing.model import PACKED_MEMBERS, PDF_PAGES, UNPACKED_BYTES, Finding, failed
from rookery.hub.parsing.plain import cut, tidied

PACKAGE = "kreuzberg"
MISSING = failed("missing", "reading documents needs the package rookery[attachments] on the hub")
NO_TEXT = failed("file", "it holds no text, only pictures or nothing at all")
LOCKED = failed("file", "it is protected by a password")
DAMAGED = failed("file", "it is damaged, or not what its name and type say")
TOO_LARGE_INSIDE = "unpacked it would be larger than the {limit} MiB that are read"


def is_installed() -> bool:
    """Whether documents can be read on this hub at all; looked up without loading the package."""
    return find_spec(PACKAGE) is not None


def load() -> None:
    """Loads the package now, so that the first document does not wait for it."""
    _package()


def read_document(path: Path, form: str) -> Finding:
    """The text of a document. May take the whole memory and time of the process: callers are workers."""
    if not is_installed():
        return MISSING
    obstacle = _archive_obstacle(path) if form in PACKED else None
    if obstacle is None and form == "application/pdf":
        obstacle = _pdf_obstacle(path)
    if obstacle is not None:
        return obstacle
    try:
        content = _package().extract_file_sync(str(path), form, config=_config()).content
    except (_package().KreuzbergError, OSError, RuntimeError, ValueError) as error:
        # Its own errors where it knows what is wrong; those of the libraries below it where it does not.
        return _failure(error)
    text = tidied(cut(content)).strip()
    return Finding(text=text) if text else NO_TEXT


@cache
def _package() -> Any:
    return import_module(PACKAGE)


@cache
def _config() -> Any:
    package = _package()
    # No OCR back end is given, so pictures stay pictures; no cache, because the hub has its own.
    return package.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        postprocessor=package.PostProcessorConfig(enabled=False),
        concurrency=package.ConcurrencyConfig(max_threads=1),
    )


def _archive_obstacle(path: Path) -> Finding | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # Office files with a password are no zip archives but OLE containers.
        with path.open("rb") as file:
            is_ole = file.read(8) == bytes.fromhex("d0cf11e0a1b11ae1")
        return LOCKED if is_ole else DAMAGED
    if len(members) > PACKED_MEMBERS:
        return failed("file", f"it has {len(members):,} parts; at most {PACKED_MEMBERS:,} are read")
    if sum(member.file_size for member in members) > UNPACKED_BYTES:
        return failed("file", TOO_LARGE_INSIDE.format(limit=UNPACKED_BYTES >> 20))
    if any(member.flag_bits & 1 for member in members):
        return LOCKED
    return None


def _pdf_obstacle(path: Path) -> Finding | None:
    try:
        with _package().PdfPageIterator(str(path), dpi=10) as pages:
            count = len(pages)
    except RuntimeError as error:
        return _failure(error)
    if count > PDF_PAGES:
        return failed("file", f"it has {count:,} pages; at most {PDF_PAGES:,} are read")
    return None


def _failure(error: Exception) -> Finding:
    """The package's errors carry their cause in words only."""
    words = str(error).lower()
    if "out of memory" in words or "cannot allocate" in words:
        return Finding(cause="memory")
    if "password" in words or "encrypt" in words:
        return LOCKED
    if "limit" in words and ("exceed" in words or "security" in words):
        return failed("file", TOO_LARGE_INSIDE.format(limit=UNPACKED_BYTES >> 20))
    return DAMAGED
