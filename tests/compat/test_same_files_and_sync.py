"""Files queued while a bot answers, and settings sync, with both packages (protocol A.1, A.2, 9.7.3, 9.7.6)."""

from __future__ import annotations

import asyncio
import json
from types import ModuleType
from typing import Any

import aiohttp
import fastapi_poe
import pytest

import rookery
from rookery.protocol.sse import SseDecoder
from tests.compat.server_exchanges import KEY, query
from tests.support.serving import serve


class Platform:
    """Takes uploads and settings, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"]
        if path.endswith("file_upload_3RD_PARTY_POST"):
            name = body.split(b'filename="')[1].split(b'"')[0].decode()
            answer = json.dumps({"attachment_url": f"http://files/{name}", "mime_type": "text/plain"})
            self.requests.append(("upload", name))
        else:
            answer = "{}"
            self.requests.append((path, body.decode()))
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer.encode()})


async def events_with_files(fp: ModuleType) -> list[tuple[str, Any]]:
    """The vector of A.1: files queued before, between and after what the handler yields."""
    platform = Platform()
    async with serve(platform) as hub_url:

        class Bot(fp.PoeBot):  # type: ignore[name-defined, misc]
            async def queue(self, request: Any, name: str) -> None:
                await self.post_message_attachment(
                    message_id=request.message_id, file_data=b"x", filename=name, base_url=f"{hub_url}/"
                )

            async def get_response(self, request: Any) -> Any:
                await self.queue(request, "u1")
                yield fp.PartialResponse(text="A")
                await self.queue(request, "u2")
                attachment = fp.Attachment(url="http://files/u3", content_type="text/plain", name="u3")
                yield fp.PartialResponse(text="B", attachment=attachment)
                await self.queue(request, "u4")

        app = await asyncio.to_thread(fp.make_app, Bot(), access_key=KEY)
        headers = {"authorization": f"Bearer {KEY}"}
        async with (
            serve(app) as url,
            aiohttp.ClientSession() as http,
            http.post(url, json=query(), headers=headers) as got,
        ):
            frames = SseDecoder().feed(await got.read())
    return [(frame.name, json.loads(frame.data)) for frame in frames]


async def test_files_come_out_in_the_same_order() -> None:
    reference = await events_with_files(fastapi_poe)
    assert await events_with_files(rookery) == reference
    shown = [body.get("text") or body.get("name") for _, body in reference]
    assert shown == ["u1", "A", "u2", "u3", "B", "u4", None]


@pytest.mark.parametrize("settings", [None, {}, {"introduction_message": "hi"}], ids=["none", "empty", "given"])
async def test_settings_sync_asks_the_same(settings: dict[str, Any] | None) -> None:
    asked = []
    for fp in (fastapi_poe, rookery):
        platform = Platform()
        async with serve(platform) as url:
            await asyncio.to_thread(fp.sync_bot_settings, "X", KEY, settings=settings, base_url=f"{url}/bot/")
        asked.append([(path, json.loads(body) if body else None) for path, body in platform.requests])
    assert asked[0] == asked[1]
    kind = "fetch" if settings is None else "update"
    assert asked[0][0][0] == f"/bot/{kind}_settings/X/{KEY}/1.2"
