"""Files that are damaged, locked or made to break the hub: each gets its sentence, and the next file is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.hub.parsing import hostile
from tests.hub.parsing.documents import DOCX, PDF, PPTX, XLSX, docx, pdf, pptx, xlsx
from tests.hub.parsing.reading import reading

LOCKED = "it is protected by a password"
DAMAGED = "it is damaged, or not what its name and type say"
PAGES = "it has 1,000,000 pages; at most 5,000 are read"
UNPACKED = "unpacked it would be larger than the 256 MiB that are read"
BINARY = "it is said to be text, but holds binary data"

CASES: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("locked.pdf", hostile.locked_pdf, PDF, LOCKED),
    ("locked.docx", lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), DOCX, LOCKED),
    ("million.pdf", hostile.million_page_pdf, PDF, PAGES),
    ("flat.pdf", hostile.flat_million_page_pdf, PDF, PAGES),
    ("half.pdf", lambda: pdf("x")[:200], PDF, DAMAGED),
    ("half.docx", lambda: docx("x")[:200], DOCX, DAMAGED),
    ("empty.docx", lambda: b"", DOCX, DAMAGED),
    ("bomb.docx", hostile.honest_bomb, DOCX, UNPACKED),
    ("crowd.docx", hostile.crowded_archive, DOCX, "it has 10,004 parts; at most 10,000 are read"),
    ("junk.txt", lambda: bytes(range(256)) * 100, "text/plain", BINARY),
    ("junk.html", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR<html>hi</html>", "text/html", BINARY),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "make", "content_type", "trouble"), CASES, ids=[case[0] for case in CASES])
async def test_the_reason_is_one_sentence(
    tmp_path: Path, name: str, make: Callable[[], bytes], content_type: str, trouble: str
) -> None:
    async with reading(tmp_path) as files:
        read = await files.text(name, make(), content_type)
        following = await files.text("next.txt", b"fine")
    assert read.text is None
    assert read.reason == f"'{name}' could not be read: {trouble}."
    assert following.text == "fine"


@pytest.mark.slow
@pytest.mark.parametrize("make", [hostile.lying_bomb, hostile.billion_laughs], ids=["lying bomb", "billion laughs"])
async def test_what_only_shows_when_it_is_unpacked_ends_at_a_limit(tmp_path: Path, make: Callable[[], bytes]) -> None:
    async with reading(tmp_path, memory_mb=100, time_s=10) as files:
        read = await files.text("trap.docx", make(), DOCX)
        following = await files.text("next.docx", docx("fine"), DOCX)
    assert read.text is None or len(read.text) <= 512_000
    assert (read.text is None) == (read.reason is not None)
    assert following.text == "fine"


@pytest.mark.slow
async def test_what_breaks_the_reader_is_not_given_to_it_again_at_once(tmp_path: Path) -> None:
    letter = b"Content-Type: message/rfc822\r\n\r\n" * 100_000
    async with reading(tmp_path) as files:
        for _ in range(2):
            read = await files.text("deep.eml", letter, "message/rfc822")
            expected = "'deep.eml' could not be read: the program that reads such files broke down over it."
            assert read.reason == expected
        following = await files.text("next.docx", docx("fine"), DOCX)
    assert files.opened == ["deep.eml", "next.docx"]
    assert following.text == "fine"


@pytest.mark.slow
async def test_documents_with_wrong_bytes_have_a_text_or_a_reason(tmp_path: Path) -> None:
    rolls = Random(20_261_123)
    async with reading(tmp_path) as files:
        for name, data, content_type in [
            ("a.docx", docx("one"), DOCX),
            ("a.xlsx", xlsx(("one", 2)), XLSX),
            ("a.pptx", pptx("one"), PPTX),
            ("a.pdf", pdf("one"), PDF),
        ]:
            for _ in range(25):
                wrong = bytearray(data)
                for _ in range(8):
                    wrong[rolls.randrange(len(wrong))] = rolls.randrange(256)
                read = await files.text(name, bytes(wrong), content_type)
                assert (read.text is None) == (read.reason is not None)
                assert "broke down" not in (read.reason or "")


@pytest.mark.slow
async def test_archives_inside_a_document_stay_closed(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("nested.docx", hostile.nested_archive(), DOCX)
    assert read.text == "the visible text"


@pytest.mark.slow
async def test_a_page_nested_two_hundred_thousand_deep_is_read(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("deep.html", hostile.deep_html(), "text/html")
    assert read.text == "at the bottom"


async def test_a_line_without_end_is_cut_and_says_so(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.text("line.txt", b"x" * 20_000_000)
    assert read.text is not None
    assert len(read.text) == 512_000
    assert read.text.splitlines()[-1] == "[The text was cut here: only its first 512,000 characters are given.]"


@pytest.mark.slow
async def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    async with reading(tmp_path, time_s=1) as files:
        read = await files.text("slow.html", hostile.slow_html(), "text/html")
        following = await files.text("next.txt", b"fine")
    assert read.reason == "'slow.html' could not be read: reading it took more than the 1 seconds that the hub allows."
    assert following.text == "fine"


@pytest.mark.slow
async def test_what_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    async with reading(tmp_path, memory_mb=64) as files:
        read = await files.text("large.docx", docx("x" * (90 << 20)), DOCX)
        following = await files.text("next.docx", docx("fine"), DOCX)
    expected = "'large.docx' could not be read: reading it took more than the 64 MiB of memory that the hub allows."
    assert read.reason == expected
    assert following.text == "fine"
