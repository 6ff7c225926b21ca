"""`/api/files` and the files themselves at `/files/{id}/{name}`.

A file is opened by a signed link, by whoever has it, or by its owner's API key without one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.accounts.service import AccountService
from rookery.hub.errors import BadInput, Gone, NotAllowed
from rookery.hub.files.forms import describe_form, read_form
from rookery.hub.files.model import StoredFile
from rookery.hub.files.service import RENEWAL, FileService
from rookery.hub.files.serving import serve_file
from rookery.hub.http import SafeRoute, bearer_token, refusals, require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]
FileId = Annotated[str, Path(min_length=1, max_length=40, description="id of a file")]

_UPLOAD_BODY = describe_form("application/json", name_field="name")


_OPENED: dict[int | str, dict[str, Any]] = {
    **refusals(400, 404, 410),
    200: {"content": {"*/*": {}}, "description": "The file"},
    206: {"content": {"*/*": {}}, "description": "The part that `Range` asks for"},
    304: {"description": "The asker has it already"},
    416: {"description": "The range lies outside of the file"},
}


class FileBody(BaseModel):
    """A file, with a fresh link."""

    id: str
    name: str
    content_type: str
    """MIME type, found by looking at the bytes."""
    size: int
    """Bytes."""
    url: str
    """Opens the file for whoever has it, until it expires."""
    expires_at: datetime
    """When the link expires."""


def files_router(files: FileService, accounts: AccountService) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(tags=["files"], route_class=SafeRoute)

    @router.post(
        "/api/files",
        status_code=201,
        summary="Upload a file, or have the hub fetch one",
        responses=refusals(400, 404, 413, 422),
        openapi_extra=_UPLOAD_BODY,
    )
    async def create_file(request: Request, actor: CurrentActor) -> FileBody:
        form = await read_form(request, files, actor.person.id)
        if form.file is not None:
            return file_body(files, form.file)
        url = form.fields.get("download_url")
        if not url:
            raise BadInput("no_file", "The body holds no file.", "Send a part 'file', or an address 'download_url'.")
        name = form.fields.get("name") or None
        return file_body(files, await files.keep_url(actor.person.id, url, name, renews=actor.scope is None))

    @router.get("/api/files/{file_id}", summary="One of my files, with a fresh link", responses=refusals(400, 404))
    async def get_file(file_id: FileId, actor: UnscopedActor) -> FileBody:
        return file_body(files, await files.get_own(actor.person.id, file_id))

    @router.head(
        "/files/{file_id}/{name}",
        summary="What a GET would say, without the bytes",
        response_class=Response,
        responses=_OPENED,
        operation_id="look_at_file",
    )
    @router.get(
        "/files/{file_id}/{name}",
        summary="The bytes of a file, by a signed link or by its owner's API key",
        response_class=Response,
        responses=_OPENED,
    )
    async def open_file(
        request: Request,
        file_id: FileId,
        name: Annotated[str, Path(description="for people; what counts is the id")],
        expires: Annotated[str | None, Query(max_length=20, description="Unix seconds")] = None,
        signature: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        own = await _find_own(files, accounts, request, file_id)
        if own is not None:
            return await serve_file(files, own, request, cached_for_s=None)
        link = files.read_query(file_id, expires, signature)
        if not link.is_genuine:
            raise NotAllowed("wrong_link", "This link to a file was not signed by this hub.", RENEWAL)
        if files.is_expired(link):
            raise Gone("expired_link", f"This link expired on {link.expires_at.isoformat()}.", RENEWAL)
        file = await files.get(file_id)
        return await serve_file(files, file, request, cached_for_s=files.seconds_left(link))

    return router


async def _find_own(files: FileService, accounts: AccountService, request: Request, file_id: str) -> StoredFile | None:
    # Only the header counts here, no cookie: a page that a bot made must not read a person's files by their session.
    token = bearer_token(request)
    actor = await accounts.find_actor(token) if token else None
    if actor is None or actor.scope is not None:
        return None
    file = await files.find(file_id)
    return file if file is not None and file.owner_id == actor.person.id else None


def file_body(files: FileService, file: StoredFile) -> FileBody:
    """Gives a file as JSON, with a fresh link."""
    url, link = files.fresh_link(file)
    return FileBody(
        id=file.id,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        url=url,
        expires_at=link.expires_at,
    )
