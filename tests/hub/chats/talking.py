"""Talking to a hub's chats by HTTP, as the page and the terminal do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.hub import RunningHub

Json = dict[str, Any]


@dataclass
class Api:
    """One person's way to a hub."""

    hub: RunningHub
    key: str

    async def call(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """Gives the decoded answer; fails the test for another status."""
        headers = self.hub.auth(self.key)
        async with self.hub.http.request(method, f"{self.hub.url}/api{path}", json=body, headers=headers) as response:
            text = await response.text()
            assert response.status == status, (response.status, text)
            return await response.json() if response.content_type == "application/json" else text

    async def refused(self, method: str, path: str, body: object = None, *, status: int) -> str:
        """Gives the code of a refusal."""
        answer = await self.call(method, path, body, status=status)
        code: str = answer["error"]["code"]
        return code

    async def new_chat(self, bot: str) -> str:
        """Begins a chat; gives its id."""
        chat_id: str = (await self.call("POST", "/chats", {"bot": bot}, status=201))["chat"]["id"]
        return chat_id

    async def send(self, chat_id: str, content: str, **more: Any) -> Json:
        """Sends a message; gives what the hub says at once."""
        sent: Json = await self.call("POST", f"/chats/{chat_id}/messages", {"content": content, **more}, status=202)
        return sent

    async def say(self, chat_id: str, content: str, **more: Any) -> Json:
        """Sends a message; gives its answer when that has ended."""
        sent = await self.send(chat_id, content, **more)
        return await self.answer(sent)

    async def answer(self, sent: Json) -> Json:
        """Follows an answer to its end; gives it."""
        await self.call("GET", f"/queries/{sent['query_id']}/events")
        message: Json = (await self.call("GET", f"/messages/{sent['answer']['id']}"))["message"]
        return message

    async def shown(self, chat_id: str) -> list[str]:
        """Gives the texts of the shown path."""
        opened = await self.call("GET", f"/chats/{chat_id}")
        return [message["content"] for message in opened["messages"]]


async def api_of(hub: RunningHub, name: str | None = None, *, bot: str | None = None) -> Api:
    """Gives the owner's way, or that of a new member of this name; `bot`: with a key for that bot only."""
    person = hub.hub.owner if name is None else (await hub.add_member(name))[0]
    _, key = await hub.hub.accounts.create_key(person, "test", bot_name=bot)
    return Api(hub, key)


def texts(query: Json) -> list[str]:
    """Gives the texts of a query as a bot got it."""
    return [message["content"] for message in query["query"]]
