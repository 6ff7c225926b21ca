"""What a file is follows from its bytes; its name only chooses between what they allow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.files.sniff import sniff
from tests.hub.files.uploading import PNG

MATROSKA = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x82\x84"


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (PNG, "a.html", "image/png"),
        (PNG + b"<html><script>alert(1)</script></html>", "a.html", "image/png"),
        (b"<html><script>1</script>" + PNG, "a.png", "text/html"),
        (b"\xef\xbb\xbf <!-- x --> <!DOCTYPE HTML>", "a.txt", "text/html"),
        (b"<p>only a fragment</p>", "a.html", "text/plain"),
        (b"not html at all", "a.html", "text/plain"),
        (b"\xff\xd8\xff\xe0", "a", "image/jpeg"),
        (b"GIF89a....", "a.txt", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a", "image/webp"),
        (b"%PDF-1.4", "a.txt", "application/pdf"),
        (b"PK\x03\x04....", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04....", "a.zip", "application/zip"),
        (b"PK\x03\x04....", "a.png", "application/zip"),
        (b"not a zip", "a.docx", "text/plain"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "application/msword"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.mp3", "audio/wav"),
        (b"ID3\x04\0\0", "a", "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(40), "a", "audio/mpeg"),
        (b"\0\0\0\x20ftypM4A ", "a", "audio/mp4"),
        (b"\0\0\0\x20ftypisom", "a.mp4", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "a.mov", "video/quicktime"),
        (MATROSKA + b"webm" + bytes(80) + b"V_VP9" + b"A_OPUS", "a.webm", "video/webm"),
        (MATROSKA + b"webm" + bytes(80) + b"A_OPUS", "a.webm", "audio/webm"),
        (MATROSKA + b"matroska", "a.webm", "video/x-matroska"),
        (b"OggS" + bytes(30), "a", "audio/ogg"),
        (b"RIFF\0\0\0\0AVI LIST", "a", "video/x-msvideo"),
        (b"FLV\x01\x05", "a", "video/x-flv"),
        (b"\x00\x00\x01\xba\x44", "a", "video/mpeg"),
        (b"a,b\n1,2\n", "a.CSV", "text/csv"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"# Title", "README.md", "text/markdown"),
        ("Grüße".encode(), "a", "text/plain"),
        ("Grüße".encode("latin-1"), "a.txt", "text/plain"),
        ("Grüße".encode("latin-1"), "a", "application/octet-stream"),
        ("Grüße".encode("utf-16"), "a.txt", "text/plain"),
        (b'<?xml version="1.0"?>\n<svg width="1">', "a.png", "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<note/>', "a.xml", "application/xml"),
        (b"text with a \0 byte", "a.txt", "application/octet-stream"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "a.7z", "application/x-7z-compressed"),
        (b"", "a.txt", "text/plain"),
        (b"", "a.png", "application/octet-stream"),
    ],
)
def test_the_bytes_say_what_it_is(head: bytes, name: str, expected: str) -> None:
    assert sniff(head, name, is_whole=True) == expected


def test_a_character_cut_in_two_at_the_end_of_what_was_read_is_still_text() -> None:
    assert sniff("ü".encode()[:1], "a", is_whole=False) == "text/plain"
    assert sniff("ü".encode()[:1], "a", is_whole=True) != "text/plain"


@given(st.binary(max_size=300), st.text(max_size=20))
def test_every_file_has_a_type_that_fits_into_a_header(head: bytes, name: str) -> None:
    content_type = sniff(head, name, is_whole=True)
    assert content_type.isascii()
    assert content_type.isprintable()
    assert content_type.count("/") == 1
    assert len(content_type) <= 200
