"""Storing a file at the platform (protocol 5.4, 9.7.6)."""

from __future__ import annotations

import asyncio
import os
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlencode, urlsplit

from pydantic import BaseModel, ValidationError

from rookery.protocol.messages import Attachment
from rookery.sdk.addresses import POE_UPLOADS_URL, uploads_url
from rookery.sdk.errors import AttachmentUploadError, mask_secrets
from rookery.sdk.multipart import FileSource, MultipartFile
from rookery.sdk.options import ErrorHandler, log_error
from rookery.sdk.sending import post
from rookery.sdk.statuses import phrase
from rookery.sdk.transport import BodySource, Outgoing, TransportError, read_start

if TYPE_CHECKING:
    import httpx

UPLOAD_IDLE_S = 120.0
"""Longest silence of the upload endpoint, in seconds, as in `fastapi_poe`."""

UPLOAD_PATH = "file_upload_3RD_PARTY_POST"

FileInput = bytes | bytearray | memoryview | str | BinaryIO
"""What can be uploaded: bytes, text (sent as UTF-8), or a file object (left open)."""

_RETRIED_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class AttachmentHttpResponse(BaseModel):
    """The reply of the upload endpoint; further keys are ignored."""

    attachment_url: str | None
    mime_type: str | None


async def upload_file(
    file: FileInput | None = None,
    file_url: str | None = None,
    file_name: str | None = None,
    api_key: str = "",
    *,
    session: httpx.AsyncClient | None = None,
    on_error: ErrorHandler = log_error,
    num_tries: int = 2,
    retry_sleep_time: float = 0.5,
    base_url: str = POE_UPLOADS_URL,
    extra_headers: dict[str, str] | None = None,
) -> Attachment:
    """Stores a file, given by content or by URL, and gives it as an Attachment (URL, MIME type, name).

    Give exactly one of `file` and `file_url`. `file_name` is needed for bytes and text; a file object's own name is
    used otherwise. `api_key` is a bot's access key or a person's API key. Raises ValueError for missing or
    contradicting arguments, AttachmentUploadError when the file could not be stored after all tries.
    """
    if not api_key:
        raise ValueError("upload_file needs api_key: a bot's access key, or an API key (https://poe.com/api_key)")
    upload = await _prepare(file, file_url, file_name)
    outgoing = Outgoing(
        uploads_url(base_url) + UPLOAD_PATH,
        {"Authorization": api_key, **upload.headers, **(extra_headers or {})},
        upload.body,
        idle_s=UPLOAD_IDLE_S,
    )
    for number in range(max(1, num_tries)):
        try:
            reply = await _send(outgoing, session)
        except _UploadFailed as failure:
            error = AttachmentUploadError(mask_secrets(failure.text, [api_key]))
            on_error(error, f"Upload of {upload.name or file_url} failed on try {number}")
            if number + 1 >= num_tries or not failure.may_retry:
                raise error from failure.__cause__
            await asyncio.sleep(retry_sleep_time * 2**number)
        else:
            break
    return Attachment(url=reply[0], content_type=reply[1], name=upload.name or "file")


@dataclass(frozen=True, slots=True)
class _Upload:
    name: str | None
    headers: Mapping[str, str]
    body: BodySource


class _UploadFailed(Exception):
    def __init__(self, text: str, *, may_retry: bool) -> None:
        super().__init__(text)
        self.text = text
        self.may_retry = may_retry


async def _prepare(file: FileInput | None, file_url: str | None, file_name: str | None) -> _Upload:
    if (file is None) == (not file_url):
        raise ValueError("give upload_file exactly one of file and file_url")
    if file is None:
        form = {"download_url": file_url or "", **({"download_filename": file_name} if file_name else {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _Upload(file_name, headers, urlencode(form).encode())
    name = file_name or find_file_name(file)
    if name is None:
        raise ValueError("upload_file needs file_name, because the content has no name of its own")
    body = MultipartFile(await FileSource.open(file), name)
    return _Upload(name, body.headers, body.pieces)


def find_file_name(file: FileInput) -> str | None:
    """Gives a file object's own name without its folders, or None."""
    name = getattr(file, "name", None)
    return os.path.basename(name) or None if isinstance(name, str) else None


async def _send(outgoing: Outgoing, session: httpx.AsyncClient | None) -> tuple[str, str]:
    # Gives URL and MIME type.
    try:
        answer = await post(outgoing, session)
    except TransportError as error:
        raise _UploadFailed(f"The file could not be uploaded ({error}).", may_retry=True) from error
    try:
        body = await read_start(answer)
        await answer.finish()
    finally:
        await answer.close()
    if answer.status != HTTPStatus.OK:
        reason = answer.reason or phrase(answer.status)
        text = f"{answer.status} {reason}: {body.decode('utf-8', 'replace')[:1000]}"
        may_retry = answer.status in _RETRIED_STATUSES or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise _UploadFailed(text, may_retry=may_retry)
    try:
        reply = AttachmentHttpResponse.model_validate_json(body)
    except ValidationError:
        reply = AttachmentHttpResponse(attachment_url=None, mime_type=None)
    if reply.attachment_url is None or reply.mime_type is None:
        shown = body.decode("utf-8", "replace")[:1000]
        text = f"The upload endpoint's reply lacks attachment_url or mime_type: {shown}"
        raise _UploadFailed(text, may_retry=True)
    return reply.attachment_url, reply.mime_type


def generate_inline_ref() -> str:
    """Gives eight random letters and digits: the reference by which text places a file."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(8))


def get_filename_from_url(url: str) -> str:
    """Gives the last part of a URL's path, decoded; `downloaded_file` when there is none."""
    return unquote(urlsplit(url).path.rpartition("/")[2]) or "downloaded_file"
