"""Files made to break what reads them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from tests.hub.parsing.documents import docx, pdf, pdf_of, zipped


def locked_pdf() -> bytes:
    """A PDF that demands a password: the standard security handler with keys that the empty password does not open."""
    trailer = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -44 >> /ID [<00> <00>]"
    return pdf("secret", trailer=trailer % (b"41" * 32, b"42" * 32))


def million_page_pdf() -> bytes:
    """A small PDF with a million pages: a tree in which all kids of a node are the same node, a hundred times."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1000000 /Kids [%s] >>" % b" ".join([b"3 0 R"] * 100),
            b"<< /Type /Pages /Parent 2 0 R /Count 10000 /Kids [%s] >>" % b" ".join([b"4 0 R"] * 100),
            b"<< /Type /Pages /Parent 3 0 R /Count 100 /Kids [%s] >>" % b" ".join([b"5 0 R"] * 100),
            b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 612 792] >>",
        ]
    )


def flat_million_page_pdf() -> bytes:
    """The same with one flat list of kids, six megabytes of it."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1000000 /Kids [%s] >>" % b" ".join([b"3 0 R"] * 1_000_000),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>",
        ]
    )


def honest_bomb() -> bytes:
    """A document whose parts say truly that they are huge: 300 MiB in 300 KiB."""
    return docx("x", extra={"word/media/zeros.bin": bytes(300 << 20)})


def lying_bomb() -> bytes:
    """A document whose main part says that it has a thousand bytes, and unpacks to 150 MiB."""
    data = bytearray(docx("x" * (150 << 20)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.getinfo("word/document.xml")
    size = struct.pack("<I", part.file_size)
    at = data.find(size)
    while at >= 0:
        data[at : at + 4] = struct.pack("<I", 1000)
        at = data.find(size, at + 4)
    return bytes(data)


def crowded_archive() -> bytes:
    return docx("x", extra={f"word/media/{number}.bin": b"" for number in range(10_001)})


def nested_archive() -> bytes:
    """Archives in archives, the innermost one huge."""
    inner = zipped({"zeros": bytes(50 << 20)})
    for depth in range(20):
        inner = zipped({f"{depth}.zip": inner})
    return docx("the visible text", extra={"word/embeddings/nested.zip": inner})


def billion_laughs() -> bytes:
    """A document whose XML defines words by words by words."""
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(12)
    )
    return docx("x", extra={"word/document.xml": f"<!DOCTYPE d [{entities}]><d>&m;</d>"})


def deep_html() -> bytes:
    return b"<div>" * 200_000 + b"at the bottom"


def slow_html() -> bytes:
    """Comments that are opened and never closed: the standard library's parser looks for the end of each."""
    return b"<!--" * 3_000_000


def png_head(width: int, height: int) -> bytes:
    """The beginning of a PNG that claims to have this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
