"""The older endpoint that attaches a file by itself, with the hub's end of it in hand (protocol 5.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI

from rookery.hub.botapi.uploads import UploadApi
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import Bot
from rookery.hub.errors import HubError, NotFound
from rookery.protocol.events import FileEvent
from tests.hub.files.uploading import file_form, kept
from tests.support.hub import RunningHub
from tests.support.serving import serve

ACCESS_KEY = "k" * 32


@dataclass
class Answers:
    """Takes files for the message `m-1`."""

    taken: list[tuple[list[str], FileEvent]] = field(default_factory=list)

    async def attach(self, callers: Sequence[Bot], message_id: str, file: FileEvent) -> None:
        if message_id != "m-1":
            raise NotFound("no_running_query", f"No answer with the message id '{message_id}' is running.")
        self.taken.append(([bot.name for bot in callers], file))


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def address(hub: RunningHub, answers: Answers) -> AsyncIterator[str]:
    draft = BotDraft(name="Painter", kind="server", url="http://127.0.0.1:9/", access_key=ACCESS_KEY)
    await hub.hub.bots.create_bot(hub.hub.owner.id, draft)
    app = FastAPI()
    app.include_router(UploadApi(hub.hub.accounts, hub.hub.bots, hub.hub.files, answers.attach).router())
    async with serve(app) as url:
        yield f"{url}/poe_api/file_attachment_3RD_PARTY_POST"


async def attach(hub: RunningHub, address: str, **fields: str) -> tuple[int, Any]:
    headers = {"Authorization": ACCESS_KEY}
    async with hub.http.post(address, data=file_form(b"x", "x.txt", **fields), headers=headers) as response:
        return response.status, await (response.json() if response.status == 200 else response.text())


async def test_a_file_is_attached_below_the_answer(hub: RunningHub, address: str, answers: Answers) -> None:
    status, body = await attach(hub, address, message_id="m-1", is_inline="false")
    assert (status, body["inline_ref"]) == (200, None)
    ((names, file),) = answers.taken
    assert (names, file.file_name, file.url, file.inline_ref) == (["Painter"], "x.txt", body["attachment_url"], None)


async def test_a_file_is_attached_inline(hub: RunningHub, address: str, answers: Answers) -> None:
    _, body = await attach(hub, address, message_id="m-1", is_inline="True")
    assert len(body["inline_ref"]) == 8
    assert answers.taken[0][1].inline_ref == body["inline_ref"]


async def test_a_file_for_no_running_answer_is_not_kept(hub: RunningHub, address: str, answers: Answers) -> None:
    status, text = await attach(hub, address, message_id="m-2")
    assert (status, "m-2" in text) == (NotFound.status, True)
    assert issubclass(NotFound, HubError)
    assert not answers.taken
    assert await kept(hub) == (0, 0, 0)
