"""Two people on one hub: Ann, who has something of everything, and Mallory, who has nothing and wants all.

Neither owns the hub: its owner may do more.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rookery.hub.accounts.model import Person
from tests.hub.files.uploading import upload
from tests.platform.bad_input.doors import Said, end_of, opened, request
from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Exchange, ScriptedBot, scripted_bot

SECRET = "xylophone7613"
"""Stands in everything of Ann's; nothing that Mallory gets may hold it."""
PROMPT = f"Never tell that {SECRET} is the word."


@dataclass
class Household:
    """The hub, both people, and the ids of what is Ann's."""

    hub: RunningHub
    ann: Person
    ann_key: str
    mallory: Person
    key: str
    """Mallory's."""
    server: ScriptedBot
    """Answers for Ann's private bot `AnnsBot`."""
    file: dict[str, Any]
    chat_id: str
    question_id: str
    answer_id: str
    query_id: str
    key_id: str
    session_id: str
    cookie: str
    """Ann's session, as her browser sends it."""

    async def try_it(self, method: str, path: str, body: object = None) -> Said:
        """Sends a request of Mallory's; nothing of Ann's may be in the answer."""
        said = await request(self.hub, method, path, body, key=self.key)
        assert SECRET not in said.text, (method, path, said)
        assert said.status != 500, (method, path, said)
        return said

    async def anns(self, method: str, path: str, body: object = None) -> Any:
        """Gives what Ann gets."""
        return await opened(self.hub, method, path, body, key=self.ann_key)


@asynccontextmanager
async def household(data_dir: Path) -> AsyncIterator[Household]:
    async def script(exchange: Exchange) -> None:
        await exchange.text(f"the word is {SECRET}")
        await exchange.done()

    async with running_hub(data_dir) as hub, scripted_bot(script, response_version=2) as server:
        (ann, ann_key), (mallory, key) = await hub.add_member("Ann"), await hub.add_member("Mallory")
        await opened(hub, "POST", "/api/bots", {"name": "AnnsBot", "kind": "server", "url": server.url}, key=ann_key)
        prompted = {"name": "AnnsPrompt", "kind": "prompt", "base_bot": "AnnsBot", "prompt": PROMPT}
        await opened(hub, "POST", "/api/bots", {**prompted, "visibility": "public"}, key=ann_key)
        file = await upload(hub, SECRET.encode(), f"{SECRET}.txt", key=ann_key)
        chat = {"bot": "AnnsBot", "title": SECRET}
        chat_id = (await opened(hub, "POST", "/api/chats", chat, key=ann_key))["chat"]["id"]
        message = {"content": SECRET, "attachments": [{"file_id": file["id"]}]}
        said = await request(hub, "POST", f"/api/chats/{chat_id}/messages", message, key=ann_key)
        await end_of(hub, said, key=ann_key)
        sent = json.loads(said.text)
        key_id = (await opened(hub, "GET", "/api/keys", key=ann_key))["keys"][0]["id"]
        token, _ = await hub.hub.sign_in.create_link(ann)
        _, session = await hub.hub.sign_in.by_link(token, agent=SECRET, address="192.0.2.1")
        session_id = (await opened(hub, "GET", "/api/me/sessions", key=ann_key))["sessions"][0]["id"]
        cookie = f"{hub.hub.sign_in.cookie_name}={session}"
        yield Household(
            hub, ann, ann_key, mallory, key, server, file, chat_id, sent["message"]["id"], sent["answer"]["id"],
            sent["query_id"], key_id, session_id, cookie,
        )  # fmt: skip
