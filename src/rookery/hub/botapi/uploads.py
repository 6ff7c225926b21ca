"""File upload for bots and programs with unmodified SDKs (protocol 5.4).

    POST /poe_api/file_upload_3RD_PARTY_POST       keeps a file
    POST /poe_api/file_attachment_3RD_PARTY_POST   keeps a file and attaches it (SDKs until 0.0.56)

The key travels bare in `Authorization`. Refusals are sentences in plain text, because SDKs show the body to the
bot's author as it is.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from rookery.hub.accounts.service import AccountService
from rookery.hub.bots.model import Bot
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput, HubError, NotAllowed, NotSignedIn
from rookery.hub.files.forms import UploadForm, describe_form, read_form
from rookery.hub.files.model import StoredFile
from rookery.hub.files.service import FileService
from rookery.hub.http import SafeRoute, refusal_headers
from rookery.hub.vault import new_identifier
from rookery.protocol.events import FileEvent

INLINE_REF_CHARACTERS = 8
_TRUE = frozenset({"true", "1", "yes", "on"})

_UPLOAD_BODY = describe_form("application/x-www-form-urlencoded", name_field="download_filename")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {"text/plain": {"schema": {"type": "string"}}}}
    for status, meaning in {
        400: "No file in the form, or no form",
        401: "The key is not accepted",
        403: "A forged link of this hub, or a key without the right",
        404: "A link of this hub to a file that is gone; or the message does not exist",
        409: "The message is not being answered any more",
        413: "The file is larger than the limit",
        422: "The address gives no file, or may not be called",
        503: "The file cannot be stored",
    }.items()
}


class UploadReply(BaseModel):
    """Reply of the upload endpoint."""

    attachment_url: str
    mime_type: str
    file_id: str
    name: str
    size: int


class AttachmentReply(UploadReply):
    """Reply of the endpoint that attaches the file too."""

    inline_ref: str | None


class AttachFile(Protocol):
    """Adds a file to the answer that one of these bots is giving, as its `file` event would (protocol 3.9.5)."""

    async def __call__(self, callers: Sequence[Bot], message_id: str, file: FileEvent) -> None:
        """Raises a HubError when no such answer of these bots is running, or it has all the files it may have."""
        ...


@dataclass(frozen=True)
class _Sender:
    """Who uploads."""

    owner_id: str
    """The person whose file it will be."""
    bots: Sequence[Bot]
    """Those that share the key when it is an access key."""
    renews: bool
    """Whether it is the person, whose own expired links are good."""


class UploadApi:
    """The routes and what they need."""

    def __init__(self, accounts: AccountService, bots: BotService, files: FileService, attach: AttachFile) -> None:
        self._accounts = accounts
        self._bots = bots
        self._files = files
        self._attach = attach

    def router(self) -> APIRouter:
        """Gives the routes."""
        router = APIRouter(prefix="/poe_api", tags=["bot files"], route_class=SafeRoute)

        @router.post(
            "/file_upload_3RD_PARTY_POST",
            summary="Keep a file, given by content or by address",
            response_model=UploadReply,
            responses=_REFUSALS,
            openapi_extra=_UPLOAD_BODY,
        )
        async def upload(request: Request) -> UploadReply | Response:
            try:
                sender = await self._identify(request)
                file, _ = await self._receive(request, sender)
            except HubError as error:
                return _refuse(error)
            return UploadReply(**self._describe(file))

        @router.post(
            "/file_attachment_3RD_PARTY_POST",
            summary="Keep a file and attach it to the answer in progress (older SDKs)",
            response_model=AttachmentReply,
            responses=_REFUSALS,
            openapi_extra=_UPLOAD_BODY,
        )
        async def upload_and_attach(request: Request) -> AttachmentReply | Response:
            try:
                return await self._upload_and_attach(request)
            except HubError as error:
                return _refuse(error)

        return router

    async def _upload_and_attach(self, request: Request) -> AttachmentReply:
        sender = await self._identify(request)
        if not sender.bots:
            raise NotAllowed("not_a_bot", "Only a bot can attach a file to its answer.", "Use the bot's access key.")
        file, form = await self._receive(request, sender)
        is_inline = form.fields.get("is_inline", "").lower() in _TRUE
        reply = AttachmentReply(**self._describe(file), inline_ref=_new_inline_ref() if is_inline else None)
        try:
            event = FileEvent(reply.attachment_url, file.content_type, file.name, inline_ref=reply.inline_ref)
            await self._attach(sender.bots, form.fields.get("message_id", ""), event)
        except BaseException:
            await self._files.discard(file)
            raise
        return reply

    async def _identify(self, request: Request) -> _Sender:
        key = request.headers.get("authorization", "").strip()
        if key.lower().startswith("bearer "):
            key = key[7:].strip()
        if key:
            actor = await self._accounts.find_actor(key)
            if actor is not None:
                return _Sender(actor.person.id, [], renews=actor.scope is None)
            if callers := self._bots.find_by_access_key(key):
                return _Sender(callers[0].owner_id, callers, renews=False)
        raise NotSignedIn(
            "access_denied",
            "Access denied. The key is missing or not accepted.",
            "Send 'Authorization: <key>' with a bot's access key or an API key.",
        )

    async def _receive(self, request: Request, sender: _Sender) -> tuple[StoredFile, UploadForm]:
        form = await read_form(request, self._files, sender.owner_id)
        if form.file is not None:
            return form.file, form
        url = form.fields.get("download_url")
        if not url:
            raise BadInput(
                "no_file", "The form holds no file.", "Send a part 'file' with a filename, or a field 'download_url'."
            )
        name = form.fields.get("download_filename") or None
        return await self._files.keep_url(sender.owner_id, url, name, renews=sender.renews), form

    def _describe(self, file: StoredFile) -> dict[str, Any]:
        return {
            "attachment_url": self._files.link(file),
            "mime_type": file.content_type,
            "file_id": file.id,
            "name": file.name,
            "size": file.size,
        }


def _refuse(error: HubError) -> Response:
    return PlainTextResponse(
        error.sentence, status_code=error.status, headers=refusal_headers(error, new_identifier("r"))
    )


def _new_inline_ref() -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(INLINE_REF_CHARACTERS))
