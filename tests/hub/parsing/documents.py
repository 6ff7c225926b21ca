"""Real documents, made by hand from bytes and zip members: nothing but the standard library."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
PDF = "application/pdf"

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = {
    "word": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "sheet": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "slide": "http://schemas.openxmlformats.org/presentationml/2006/main",
    "drawing": "http://schemas.openxmlformats.org/drawingml/2006/main",
}


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def content_types(parts: Mapping[str, str]) -> str:
    overrides = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts.items())
    relations = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    xml = '<Default Extension="xml" ContentType="application/xml"/>'
    return f'{HEAD}<Types xmlns="{PACKAGE}/content-types">{relations}{xml}{overrides}</Types>'


def relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def docx(*paragraphs: str, extra: Mapping[str, str | bytes] | None = None) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    return zipped(
        {
            "[Content_Types].xml": content_types({"/word/document.xml": f"{DOCX}.main+xml"}),
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f'{HEAD}<w:document xmlns:w="{MAIN["word"]}"><w:body>{body}</w:body></w:document>',
            **(extra or {}),
        }
    )


def xlsx(*rows: tuple[str | int, ...]) -> bytes:
    def cell(value: str | int) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    data = "".join(f"<row>{''.join(cell(value) for value in row)}</row>" for row in rows)
    sheet = f'<sheet name="Birds" sheetId="1" r:id="rId1" xmlns:r="{OFFICE}"/>'
    kinds = {"/xl/workbook.xml": f"{XLSX}.main+xml", "/xl/worksheets/sheet1.xml": f"{XLSX[:-6]}.worksheet+xml"}
    return zipped(
        {
            "[Content_Types].xml": content_types(kinds),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN["sheet"]}"><sheets>{sheet}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": (
                f'{HEAD}<worksheet xmlns="{MAIN["sheet"]}"><sheetData>{data}</sheetData></worksheet>'
            ),
        }
    )


def pptx(*slides: str) -> bytes:
    spaces = f'xmlns:p="{MAIN["slide"]}" xmlns:a="{MAIN["drawing"]}" xmlns:r="{OFFICE}"'
    shape = '<p:sp><p:nvSpPr><p:cNvPr id="2" name="T"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": content_types(
            {
                "/ppt/presentation.xml": f"{PPTX}.main+xml",
                **{f"/ppt/slides/slide{number}.xml": f"{PPTX[:-13]}.slide+xml" for number in range(1, len(slides) + 1)},
            }
        ),
        "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
        "ppt/_rels/presentation.xml.rels": relations(
            *(("slide", f"slides/slide{number}.xml") for number in range(1, len(slides) + 1))
        ),
    }
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in range(1, len(slides) + 1))
    members["ppt/presentation.xml"] = (
        f"{HEAD}<p:presentation {spaces}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
    )
    for number, text in enumerate(slides, 1):
        tree = f"{shape}<a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        members[f"ppt/slides/slide{number}.xml"] = (
            f"{HEAD}<p:sld {spaces}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        )
    return zipped(members)


def odt(text: str) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'{HEAD}<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0">'
        f"<office:body><office:text><text:p>{text}</text:p></office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": ODT, "content.xml": content})


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects (the first one is the catalogue) with a true cross-reference table."""
    data = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(data)


def pdf(*pages: str, trailer: bytes = b"") -> bytes:
    """A PDF with a line of text on each page; no text gives an empty page, as a scanner does."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        stream = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text.encode("latin-1") if text else b""
        packed = zlib.compress(stream)
        number = len(objects) + 1
        kids.append(b"%d 0 R" % number)
        resources = b"/Resources << /Font << /F1 3 0 R >> >>"
        box = b"/MediaBox [0 0 612 792]"
        objects.append(b"<< /Type /Page /Parent 2 0 R %s %s /Contents %d 0 R >>" % (box, resources, number + 1))
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), b" ".join(kids))
    return pdf_of(objects, trailer)
