"""Documents of every kind that people attach become text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery.hub.parsing import documents as source
from tests.hub.parsing import documents
from tests.hub.parsing.documents import DOCX, ODT, PDF, PPTX, XLSX
from tests.hub.parsing.reading import reading

RTF = rb"{\rtf1\ansi a crow \b caws\b0 }"
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Crows\r\nContent-Type: text/plain\r\n\r\nthey caw\r\n"


@pytest.mark.slow
async def test_documents_become_text(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = {
            name: (await files.text(name, data, content_type)).text
            for name, data, content_type in [
                ("a.docx", documents.docx("first paragraph", "second one: äöü 鴉"), DOCX),
                ("a.xlsx", documents.xlsx(("bird", "count"), ("crow", 3)), XLSX),
                ("a.pptx", documents.pptx("slide one", "slide two"), PPTX),
                ("a.pdf", documents.pdf("page one", "page two"), PDF),
                ("a.odt", documents.odt("an open document"), ODT),
                ("a.rtf", RTF, "text/rtf"),
                ("a.eml", MAIL, "message/rfc822"),
            ]
        }
    assert read["a.docx"] == "first paragraph\n\nsecond one: äöü 鴉"
    assert "bird count\ncrow 3" in (read["a.xlsx"] or "")
    assert read["a.pptx"] == "slide one\n\nslide two"
    assert read["a.pdf"] == "page one\n\npage two"
    assert read["a.odt"] == "an open document"
    assert read["a.rtf"] == "a crow caws"
    assert "they caw" in (read["a.eml"] or "")


@pytest.mark.slow
async def test_a_document_that_was_stored_as_an_archive_is_known_by_its_name(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("letter.docx", documents.docx("dear crow"), "application/zip")
    assert read.text == "dear crow"


@pytest.mark.slow
async def test_a_scanned_document_says_that_it_holds_no_text(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("scan.pdf", documents.pdf(""), PDF)
    assert read.text is None
    assert read.reason == "'scan.pdf' could not be read: it holds no text, only pictures or nothing at all."


async def test_without_the_extra_the_reason_names_the_package_and_text_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PACKAGE", "a_package_that_nobody_installed")
    async with reading(tmp_path) as files:
        document = await files.text("a.pdf", documents.pdf("one"), PDF)
        page = await files.text("a.html", b"<p>one</p>", "text/html")
    assert (
        document.reason
        == "'a.pdf' could not be read: reading documents needs the package rookery[attachments] on the hub."
    )
    assert page.text == "one"


async def test_what_has_no_text_is_refused_without_being_opened(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("song.mp3", b"ID3", "audio/mpeg")
    expected = "'song.mp3' could not be read: it is no kind of file that the hub finds text in (audio/mpeg)."
    assert read.reason == expected
    assert files.opened == []
