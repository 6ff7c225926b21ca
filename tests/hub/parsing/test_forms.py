"""Which files are read, and as what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.parsing.forms import form_of, is_picture, is_readable
from tests.hub.parsing.documents import DOCX, PDF


@pytest.mark.parametrize(
    ("content_type", "name", "form"),
    [
        ("text/plain", "a.txt", "text/plain"),
        ("text/plain; charset=utf-8", "a", "text/plain"),
        ("TEXT/CSV", "a.csv", "text/plain"),
        ("text/x-python", "a.py", "text/plain"),
        ("application/json", "a", "text/plain"),
        ("application/ld+json", "a", "text/plain"),
        ("image/svg+xml", "a.svg", "text/plain"),
        ("application/octet-stream", "main.rs", "text/plain"),
        ("application/octet-stream", "Makefile", "text/plain"),
        ("text/html", "a", "text/html"),
        ("text/plain", "a.html", "text/html"),
        ("application/xhtml+xml", "a", "text/html"),
        ("application/pdf", "a", PDF),
        ("application/octet-stream", "a.PDF", PDF),
        ("application/zip", "a.docx", DOCX),
        ("text/plain", "mail.eml", "message/rfc822"),
        ("text/plain", "not really.docx", "text/plain"),
        ("text/rtf", "a.rtf", "application/rtf"),
        ("image/png", "a.png", "image"),
        ("application/zip", "a.zip", None),
        ("application/zip", "a.py", None),
        ("application/octet-stream", "a.bin", None),
        ("audio/mpeg", "a.mp3", None),
        ("video/mp4", "a.txt", None),
        ("", "", None),
    ],
)
def test_type_and_name_decide_how_a_file_is_read(content_type: str, name: str, form: str | None) -> None:
    assert form_of(content_type, name) == form


@given(st.text(), st.text())
def test_a_file_is_text_or_picture_or_neither(content_type: str, name: str) -> None:
    assert not (is_readable(content_type, name) and is_picture(content_type))
