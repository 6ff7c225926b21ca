"""Uploading and fetching over HTTP, as tests do it."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from rookery.hub.storage.sql.tables import files
from tests.support.hub import RunningHub

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(50)
UPLOAD_PATH = "/poe_api/file_upload_3RD_PARTY_POST"


def file_form(data: bytes, name: str = "a.txt", **fields: str) -> aiohttp.FormData:
    """Builds a form with other fields and a file, in this order."""
    form = aiohttp.FormData(quote_fields=False)
    for field, value in fields.items():
        form.add_field(field, value)
    form.add_field("file", io.BytesIO(data), filename=name)
    return form


async def upload(hub: RunningHub, data: bytes, name: str = "a.txt", *, key: str | None = None) -> dict[str, Any]:
    """Uploads by `POST /api/files`; gives the reply."""
    async with hub.http.post(f"{hub.url}/api/files", data=file_form(data, name), headers=hub.auth(key)) as response:
        assert response.status == 201, await response.text()
        body: dict[str, Any] = await response.json()
        return body


async def post(hub: RunningHub, path: str, **request: Any) -> tuple[int, str]:
    """Posts with the owner's key; gives status and text."""
    headers = {**hub.auth(), **request.pop("headers", {})}
    async with hub.http.post(f"{hub.url}{path}", headers=headers, **request) as response:
        return response.status, await response.text()


async def fetch(hub: RunningHub, url: str, method: str = "GET", **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    """Fetches a link; gives the response and its body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with hub.http.request(method, url, headers=named) as response:
        return response, await response.read()


async def megabytes(count: int) -> AsyncIterator[bytes]:
    """Yields so many pieces of 1 MiB."""
    for number in range(count):
        yield bytes([number % 256]) * 2**20


async def count_records(hub: RunningHub) -> int:
    """Gives the number of files that the hub has records of."""
    async with hub.hub._database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(files))).scalar_one())


async def kept(hub: RunningHub) -> tuple[int, int, int]:
    """Gives the numbers of records, blobs and files on their way in."""
    folder = hub.hub.settings.data_dir

    def count(name: str) -> int:
        return sum(path.is_file() for path in Path(folder / name).rglob("*"))

    return await count_records(hub), await asyncio.to_thread(count, "files"), await asyncio.to_thread(count, "incoming")
