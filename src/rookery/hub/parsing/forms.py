"""Which files can be read, and how: the content type decides, the name where the type says too little. Pure.

form_of("text/x-python", "a.py")               "text/plain"        decoded
form_of("text/html", "page")                   "text/html"         its visible text
form_of("application/zip", "letter.docx")      "application/vnd…"  given to the package for documents
form_of("image/png", "cat.png")                "image"             facts about a picture
form_of("audio/mpeg", "song.mp3")              None
"""

from __future__ import annotations

PLAIN = "text/plain"
HTML = "text/html"
PICTURE = "image"

_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCUMENTS = {
    "application/pdf": ("pdf",),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/epub+zip": ("epub",),
    "application/rtf": ("rtf",),
    "message/rfc822": ("eml",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
}
"""Content types that need the package for documents, each with the ending of its names."""

PACKED = frozenset(kind for kind in DOCUMENTS if "openxml" in kind or "opendocument" in kind or "epub" in kind)
"""Those that are zip archives inside."""

_SAME = {
    "application/xhtml+xml": HTML,
    "text/rtf": "application/rtf",
    "application/x-rtf": "application/rtf",
    "application/x-pdf": "application/pdf",
}

_VAGUE = frozenset(
    {
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "application/zip",
        "application/x-zip-compressed",
        "application/x-ole-storage",
        "application/cdfv2",
        "text/plain",
    }
)
"""Types that say so little that the name is asked."""

_TEXT_TYPES = frozenset(
    {
        "application/json",
        "application/ld+json",
        "application/x-ndjson",
        "application/jsonl",
        "application/xml",
        "application/xml-dtd",
        "application/javascript",
        "application/x-javascript",
        "application/ecmascript",
        "application/typescript",
        "application/x-typescript",
        "application/yaml",
        "application/x-yaml",
        "application/toml",
        "application/sql",
        "application/x-sql",
        "application/graphql",
        "application/x-sh",
        "application/x-shellscript",
        "application/x-httpd-php",
        "application/x-php",
        "application/x-perl",
        "application/x-python",
        "application/x-python-code",
        "application/x-ruby",
        "application/x-tex",
        "application/x-latex",
        "application/x-subrip",
        "application/csv",
        "application/x-ipynb+json",
    }
)

_TEXT_ENDINGS_LISTED = """
txt text md markdown rst adoc org tex bib log csv tsv json jsonl ndjson geojson ipynb xml xsl xsd svg yaml yml
toml ini cfg conf properties env sql graphql proto srt vtt diff patch py pyi pyx ipy js mjs cjs jsx ts tsx css
scss sass less vue svelte c h cc cpp cxx hpp hh m mm cs java kt kts scala groovy gradle go rs rb php pl pm lua r
jl swift dart ex exs erl hs ml mli fs fsx clj lisp el scm sh bash zsh fish ps1 bat cmd asm s v sv vhd tf hcl
dockerfile makefile cmake nix zig nim d pas f90 for cob vb bas tcl awk sed
"""
_TEXT_ENDINGS = frozenset(_TEXT_ENDINGS_LISTED.split())
"""Endings of names, and whole names, of text and source code."""

_ENDINGS = {ending: kind for kind, endings in DOCUMENTS.items() for ending in endings}
_HTML_ENDINGS = frozenset({"html", "htm", "xhtml"})


def form_of(content_type: str, name: str) -> str | None:
    """The way to read a file of this type and name: one of the forms above, or None when it is not read.

    content_type: as stored with the file; parameters (`; charset=…`) are ignored here.
    """
    kind = content_type.partition(";")[0].strip().lower()
    kind = _SAME.get(kind, kind)
    if kind in _VAGUE:
        return _form_by_name(kind, name)
    if kind in DOCUMENTS or kind == HTML:
        return kind
    if kind.startswith("image/") and not kind.endswith("+xml"):
        return PICTURE
    if kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(("+json", "+xml")):
        return PLAIN
    return None


def _form_by_name(kind: str, name: str) -> str | None:
    ending = name.rpartition(".")[2].lower()
    # Bytes that were found to be text are a letter or rich text at most, whatever else their name says.
    if ending in _ENDINGS and (kind != PLAIN or ending in ("eml", "rtf")):
        return _ENDINGS[ending]
    if kind.endswith(("zip", "zip-compressed", "storage", "cdfv2")):
        return None
    if ending in _HTML_ENDINGS:
        return HTML
    return PLAIN if kind == PLAIN or ending in _TEXT_ENDINGS else None


def is_readable(content_type: str, name: str) -> bool:
    """Whether files of this type have text to read (`expand_text_attachments`, protocol O16)."""
    return form_of(content_type, name) not in (None, PICTURE)


def is_picture(content_type: str) -> bool:
    """Whether files of this type are pictures to look at (`enable_image_comprehension`)."""
    return form_of(content_type, "") == PICTURE
