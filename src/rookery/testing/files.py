"""Files that a bot stored, or that a test gives it to read (protocol 5.4): kept in memory, served on loopback."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from rookery.protocol.messages import Attachment

__all__ = ["Files", "Upload", "parse_upload"]

FILES_PATH = "/files/"

_TEXT_TYPES = ("text/", "application/json", "application/xml")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the bot stored at the platform."""

    name: str
    content_type: str
    """MIME type, from the upload's own part or the name's ending."""
    content: bytes | None
    """None when the bot gave an address to download from: nothing is downloaded in a test."""
    download_url: str | None
    url: str
    """Where the file can be read while the bot is under test; the bot got the same."""

    @property
    def text(self) -> str:
        """The content as UTF-8 text. Raises ValueError when there is none."""
        if self.content is None:
            raise ValueError(f"'{self.name}' was given by its address {self.download_url}; it has no content here")
        return self.content.decode()


@dataclass(frozen=True, slots=True)
class _Form:
    name: str
    content_type: str
    content: bytes | None
    download_url: str | None


class Files:
    """The files of one bot under test."""

    def __init__(self) -> None:
        self.base_url = ""
        self.uploads: list[Upload] = []
        self._contents: dict[str, tuple[bytes, str]] = {}

    def add(self, name: str, content: bytes, content_type: str) -> str:
        """Keeps a file and gives its address, which holds a hash of the content and so is the same in each run."""
        path = f"{FILES_PATH}{hashlib.sha256(content).hexdigest()[:32]}/{quote(name, safe='')}"
        self._contents[path] = (content, content_type)
        return self.base_url + path

    def find(self, path: str) -> tuple[bytes, str] | None:
        """Gives content and MIME type, or None."""
        return self._contents.get(path)

    def store(self, form: _Form) -> Upload:
        """Keeps what a bot uploaded."""
        stand_in = form.content if form.content is not None else (form.download_url or "").encode()
        url = self.add(form.name, stand_in, form.content_type)
        upload = Upload(form.name, form.content_type, form.content, form.download_url, url)
        self.uploads.append(upload)
        return upload

    def attachment(self, name: str, content: bytes | str, content_type: str | None, parsed: str | None) -> Attachment:
        """Gives an attachment that a bot can download; texts carry their `parsed_content`, as from the platform."""
        data = content.encode() if isinstance(content, str) else content
        kind = content_type or _guess_type(name)
        if parsed is None and kind.startswith(_TEXT_TYPES):
            parsed = data.decode("utf-8", "replace")
        return Attachment(url=self.add(name, data, kind), content_type=kind, name=name, parsed_content=parsed)


def parse_upload(content_type: str, body: bytes) -> _Form | None:
    """Reads the form of an upload, by content or by URL; None when it is neither. Further fields are ignored."""
    if content_type.startswith("application/x-www-form-urlencoded"):
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
        url = fields.get("download_url")
        if not url:
            return None
        name = fields.get("download_filename") or unquote(url.partition("?")[0].rpartition("/")[2]) or "file"
        return _Form(name, _guess_type(name), None, url)
    _, _, boundary = content_type.partition("boundary=")
    if not content_type.startswith("multipart/form-data") or not boundary:
        return None
    delimiter = b"\r\n--" + boundary.strip('"; ').encode()
    for part in (b"\r\n" + body).split(delimiter)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        form = _parse_part(head.decode("utf-8", "replace"), content)
        if form is not None:
            return form
    return None


def _parse_part(head: str, content: bytes) -> _Form | None:
    # The one part that counts is `file` with a name.
    _, _, after = head.partition('filename="')
    if 'name="file"' not in head or not after:
        return None
    name = after.partition('"')[0]
    for escaped, plain in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        name = name.replace(escaped, plain)
    lines = [line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith("content-type:")]
    return _Form(name or "file", lines[0] if lines else _guess_type(name), content, None)


def _guess_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
