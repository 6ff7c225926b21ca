"""`/poe_api/…` as SDKs use it: the real package, ours, and older ones by their requests (protocol 5.4)."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator

import fastapi_poe as fp
import pytest

import rookery
from rookery.hub.bots.drafts import BotDraft
from tests.hub.files.remote import remote_app
from tests.hub.files.uploading import PNG, UPLOAD_PATH, fetch, file_form, kept, post
from tests.support.hub import RunningHub
from tests.support.serving import serve

ACCESS_KEY = "k" * 32
ATTACH_PATH = "/poe_api/file_attachment_3RD_PARTY_POST"


@pytest.fixture
async def remote() -> AsyncIterator[str]:
    async with serve(remote_app) as url:
        yield url


@pytest.fixture
async def bot_key(hub: RunningHub) -> str:
    draft = BotDraft(name="Painter", kind="server", url="http://127.0.0.1:9/", access_key=ACCESS_KEY)
    await hub.hub.bots.create_bot(hub.hub.owner.id, draft)
    return ACCESS_KEY


async def test_the_real_package_uploads_bytes_and_urls(hub: RunningHub, bot_key: str, remote: str) -> None:
    for key in (bot_key, hub.api_key):
        base = f"{hub.url}/poe_api/"
        picture = await fp.upload_file(file=PNG, file_name="cat.png", api_key=key, base_url=base)
        assert (picture.name, picture.content_type) == ("cat.png", "image/png")
        assert (await fetch(hub, picture.url))[1] == PNG
        fetched = await fp.upload_file(file_url=f"{remote}/named", file_name="n.txt", api_key=key, base_url=base)
        assert (fetched.name, fetched.content_type) == ("n.txt", "text/plain")
        assert (await fetch(hub, fetched.url))[1] == b"hello"


async def test_our_package_uploads_bytes_files_and_urls(hub: RunningHub, bot_key: str, remote: str) -> None:
    base = f"{hub.url}/poe_api/"
    for key in (bot_key, hub.api_key):
        picture = await rookery.upload_file(PNG, file_name="cät.png", api_key=key, base_url=base)
        assert (await fetch(hub, picture.url))[1] == PNG
        text = await rookery.upload_file(io.BytesIO(b"lines"), file_name="a.md", api_key=key, base_url=base)
        assert text.content_type == "text/markdown"
        fetched = await rookery.upload_file(file_url=f"{remote}/named", api_key=key, base_url=base)
        assert (await fetch(hub, fetched.url))[1] == b"hello"


async def test_a_refusal_reaches_the_author_as_a_sentence(hub: RunningHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    base = f"{hub.url}/poe_api/"
    with pytest.raises(fp.client.AttachmentUploadError, match=r"401 Unauthorized.*Access denied"):
        await fp.upload_file(file=b"x", file_name="x", api_key="wrong", base_url=base, num_tries=1)
    with pytest.raises(rookery.AttachmentUploadError, match=r"401 Unauthorized: Access denied"):
        await rookery.upload_file(b"x", file_name="x", api_key="wrong", base_url=base, num_tries=1)


async def test_both_packages_are_told_the_limit_for_51_mb(hub: RunningHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    data, base = bytes(51 * 2**20), f"{hub.url}/poe_api/"
    with pytest.raises(fp.client.AttachmentUploadError, match=r"413 .*52428800 bytes \(50 MB\)"):
        await fp.upload_file(file=data, file_name="x", api_key=hub.api_key, base_url=base, num_tries=1)
    with pytest.raises(rookery.AttachmentUploadError, match=r"413 .*52428800 bytes \(50 MB\)"):
        await rookery.upload_file(data, file_name="x", api_key=hub.api_key, base_url=base, num_tries=1)
    assert await kept(hub) == (0, 0, 0)


async def test_a_bots_file_belongs_to_its_owner(hub: RunningHub, bot_key: str) -> None:
    headers = {"Authorization": bot_key}
    async with hub.http.post(f"{hub.url}{UPLOAD_PATH}", data=file_form(PNG, "a.png"), headers=headers) as response:
        assert response.status == 200
        body = await response.json()
    assert body["mime_type"] == "image/png"
    assert body["attachment_url"].startswith(f"{hub.url}/files/{body['file_id']}/a.png?expires=")
    assert (await hub.hub.files.get(body["file_id"])).owner_id == hub.hub.owner.id


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}", "  {}  "])
async def test_the_key_may_stand_bare_or_behind_bearer(hub: RunningHub, bot_key: str, form: str) -> None:
    headers = {"Authorization": form.format(bot_key).strip()}
    async with hub.http.post(f"{hub.url}{UPLOAD_PATH}", data=file_form(b"x"), headers=headers) as response:
        assert response.status == 200


@pytest.mark.parametrize("key", ["", "wrong", "Bearer", "Bearer wrong", "Basic eDp5"])
async def test_another_key_is_refused_before_the_body_is_read(hub: RunningHub, key: str) -> None:
    headers = {"Authorization": key, "Content-Type": "multipart/form-data; boundary=b"}
    async with hub.http.post(f"{hub.url}{UPLOAD_PATH}", data=b"broken", headers=headers) as response:
        assert response.status == 401


async def test_further_fields_are_ignored(hub: RunningHub) -> None:
    form = file_form(b"x", message_id="m-1", is_inline="true", anything="else")
    status, text = await post(hub, UPLOAD_PATH, data=form)
    assert status == 200, text


async def test_the_older_endpoint_says_that_it_cannot_attach_and_keeps_nothing(hub: RunningHub, bot_key: str) -> None:
    headers = {"Authorization": bot_key}
    form = file_form(b"x", message_id="m-1", is_inline="true")
    async with hub.http.post(f"{hub.url}{ATTACH_PATH}", data=form, headers=headers) as response:
        assert response.status in (404, 409)
    assert await kept(hub) == (0, 0, 0)


async def test_a_person_cannot_attach_to_an_answer(hub: RunningHub) -> None:
    status, text = await post(hub, ATTACH_PATH, data=file_form(b"x", message_id="m-1"))
    assert status == 403
    assert "Only a bot" in text
