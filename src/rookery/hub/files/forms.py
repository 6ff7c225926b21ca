"""Forms with a file in them, read as they arrive: fields are collected, the file streams into the hub.

multipart/form-data ──► parts, one after the other ──► `file` ──► FileService.keep (disk)
urlencoded, JSON    ──► fields only, bounded
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from rookery.hub.errors import BadInput, HubError
from rookery.hub.files.incoming import check_size
from rookery.hub.files.model import StoredFile
from rookery.hub.files.service import FileService
from rookery.hub.http import parse_json, read_body

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FIELD_BYTES = 64 * 1024
"""Everything in a form that is not the file: all fields, headers of parts, boundaries."""
FIELDS = 50
FILE_FIELD = "file"
URL_FIELD = "download_url"


def describe_form(fields_type: str, *, name_field: str) -> dict[str, Any]:
    """Gives the `openapi_extra` of a route that takes such a form; `fields_type` is that of a form without a file."""
    by_content = {"type": "object", "properties": {FILE_FIELD: {"type": "string", "format": "binary"}}}
    url = {"type": "string", "format": "uri", "minLength": 1, "description": "http or https address of the file"}
    name = {"type": "string", "description": "name of the file; unset: what its server says"}
    by_url = {"type": "object", "properties": {URL_FIELD: url, name_field: name}}
    content = {
        "multipart/form-data": {"schema": {**by_content, "required": [FILE_FIELD]}},
        fields_type: {"schema": {**by_url, "required": [URL_FIELD]}},
    }
    return {"requestBody": {"required": True, "content": content}}


@dataclass
class UploadForm:
    """What a form held."""

    fields: dict[str, str] = field(default_factory=dict)
    file: StoredFile | None = None
    """The part `file`, kept already."""


@dataclass(frozen=True)
class _PartBegins:
    name: str
    filename: str | None


class _PartEnds:
    pass


async def read_form(request: Request, files: FileService, owner_id: str) -> UploadForm:
    """Reads the body as its content type says; a file in it belongs to `owner_id`.

    Raises BadInput for a body that is no such form or ends in the middle, TooLarge for a file above the limit or too
    much around it, StorageFailed. No file is left behind by a form that fails.
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type == b"multipart/form-data":
        _check_announced(request, files.max_bytes)
        return await _read_multipart(request, options.get(b"boundary", b""), files, owner_id)
    body = await read_body(request, FIELD_BYTES)
    if content_type == b"application/json":
        return UploadForm(_json_fields(parse_json(body)))
    if content_type == b"application/x-www-form-urlencoded":
        return UploadForm(_urlencoded_fields(body))
    raise BadInput(
        "no_form",
        "The body is not a form.",
        "Send multipart/form-data with a part 'file', or application/x-www-form-urlencoded with 'download_url'.",
    )


def _check_announced(request: Request, max_bytes: int) -> None:
    # A body that cannot fit is refused before any of it is read.
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20:
        check_size(int(announced) - FIELD_BYTES, max_bytes)


async def _read_multipart(request: Request, boundary: bytes, files: FileService, owner_id: str) -> UploadForm:
    form = UploadForm()
    parts = _Parts(request, boundary)
    try:
        while (part := await parts.next_part()) is not None:
            if part.name == FILE_FIELD and part.filename is not None:
                if form.file is not None:
                    raise BadInput("two_files", "The form holds more than one file.", "Send one file at a time.")
                form.file = await files.keep(owner_id, part.filename, parts.chunks())
            else:
                form.fields[part.name] = await parts.text()
    except BaseException:
        if form.file is not None:
            await files.discard(form.file)
        raise
    return form


class _Parts:
    """Turns the parser's callbacks into parts that are read one after the other."""

    def __init__(self, request: Request, boundary: bytes) -> None:
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._on_part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }
        if not boundary:
            raise _broken("its content type names no boundary")
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise _broken(str(error)) from error
        self._stream = request.stream()
        self._happened: deque[_PartBegins | bytes | _PartEnds] = deque()
        self._is_complete = False
        self._in_file = False
        self._small_bytes = 0
        self._parts = 0
        self._header_name = bytearray()
        self._header_value = bytearray()
        self._disposition = b""

    async def next_part(self) -> _PartBegins | None:
        """Gives the next part after whatever is left of the current one; None at the end of the form."""
        while (happened := await self._next()) is not None:
            if isinstance(happened, _PartBegins):
                return happened
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields the current part's bytes."""
        while isinstance(happened := await self._next(), bytes):
            yield happened

    async def text(self) -> str:
        """Gives the current part as text."""
        return _decode(b"".join([chunk async for chunk in self.chunks()]))

    async def _next(self) -> _PartBegins | bytes | _PartEnds | None:
        while not self._happened:
            try:
                chunk = await anext(self._stream, b"")
                if not chunk and self._is_complete:
                    return None
                if not chunk:
                    raise _broken("it ends in the middle")
                self._parser.write(chunk)
            except ClientDisconnect:
                raise _broken("the connection was closed in the middle") from None
            except FormParserError as error:
                raise _broken(str(error)) from error
        return self._happened.popleft()

    def _count(self, data: bytes) -> None:
        self._small_bytes += len(data)
        if self._small_bytes > FIELD_BYTES:
            raise BadInput(
                "form_too_large", f"The form's fields and headers are larger than {FIELD_BYTES} bytes together."
            )

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > FIELDS:
            raise BadInput("form_too_large", f"The form has more than {FIELDS} parts.")
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._count(data[start:end])

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._count(data[start:end])

    def _on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name.clear()
        self._header_value.clear()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        filename = options.get(b"filename")
        name = _decode(options.get(b"name", b""))
        self._in_file = name == FILE_FIELD and filename is not None
        self._happened.append(_PartBegins(name, None if filename is None else _decode(filename)))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if not self._in_file:
            self._count(piece)
        self._happened.append(piece)

    def _on_part_end(self) -> None:
        self._happened.append(_PartEnds())

    def _on_end(self) -> None:
        self._is_complete = True


def _broken(reason: str) -> HubError:
    return BadInput(
        "invalid_form", f"The form cannot be read: {reason}.", "Send multipart/form-data with a part 'file'."
    )


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _json_fields(body: object) -> dict[str, str]:
    if not isinstance(body, dict):
        raise BadInput("invalid_body", "The body must be an object with a text field 'download_url'.")
    return {name: value for name, value in body.items() if isinstance(value, str)}


def _urlencoded_fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:
        raise BadInput("form_too_large", f"The form has more than {FIELDS} fields.") from None
