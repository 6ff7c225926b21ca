"""Things that exist on a hub: a bot of each kind, a chat with messages, a file, a person, a key, a session.

Requests made from an OpenAPI file name things at random, and all they find is 404. `RealThings.put_into` gives them the
names of things that are there, fresh ones where the request deletes.
"""

from __future__ import annotations

from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.support.hub import RunningHub

ACCESS_KEY = "k" * 32


class RealThings:
    """Makes things over HTTP, as the hub's owner."""

    def __init__(self, hub: RunningHub, bot_url: str) -> None:
        self._hub = hub
        self._bot_url = bot_url
        self._numbers = count()
        self._session = requests.Session()
        self._session.headers.update(hub.auth())
        self._owner_id = self._get("/api/me")["person"]["id"]
        self._member = self.new_person()
        self._bots = [self.new_bot(kind) for kind in ("stand-in", "server", "prompt", "model")]
        self._chat = self.new_chat()
        self._messages = self.new_messages(self._chat)
        self._file = self.new_file()

    def close(self) -> None:
        self._session.close()

    def _send(self, method: str, path: str, **what: Any) -> Any:
        answer = self._session.request(method, self._hub.url + path, timeout=30, **what)
        assert answer.ok, (method, path, answer.text)
        return answer.json()

    def _get(self, path: str) -> Any:
        return self._send("GET", path)

    def _post(self, path: str, body: object) -> Any:
        return self._send("POST", path, json=body)

    def new_name(self) -> str:
        return f"Thing{next(self._numbers)}"

    def new_bot(self, kind: str) -> str:
        draft = {
            "stand-in": {"rule": "echo"},
            "server": {"url": self._bot_url, "access_key": ACCESS_KEY},
            "prompt": {"base_bot": "Base", "prompt": "Be brief."},
            "model": {"model": "openai:gpt-5"},
        }[kind]
        if kind == "prompt":
            self._post("/api/bots", {"name": "Base", "kind": "stand-in", "rule": "echo", "replace": True})
        made = self._post("/api/bots", {"name": self.new_name(), "kind": kind, **draft})
        return str(made["bot"]["name"])

    def new_person(self) -> dict[str, str]:
        made: dict[str, str] = self._post("/api/people", {"name": self.new_name()})["person"]
        return made

    def new_link_token(self, person_id: str) -> str:
        return str(self._post(f"/api/people/{person_id}/sign-in-link", {})["token"])

    def new_session(self) -> str:
        token = self.new_link_token(self._owner_id)
        requests.post(f"{self._hub.url}/api/sign-in", json={"token": token}, timeout=30).raise_for_status()
        return str(self._get("/api/me/sessions")["sessions"][0]["id"])

    def new_key(self) -> str:
        return str(self._post("/api/keys", {"name": self.new_name()})["id"])

    def new_chat(self) -> str:
        return str(self._post("/api/chats", {"bot": self._bots[0]})["chat"]["id"])

    def new_messages(self, chat: str) -> dict[str, str]:
        """Gives the ids of a message, its answer and the answer's query, which has ended."""
        sent = self._post(f"/api/chats/{chat}/messages", {"content": "Hello, words to find"})
        query = sent["query_id"]
        headers = self._hub.auth()
        requests.get(f"{self._hub.url}/api/queries/{query}/events", headers=headers, timeout=30).raise_for_status()
        return {"message": sent["message"]["id"], "answer": sent["answer"]["id"], "query": query}

    def new_file(self) -> dict[str, str]:
        made: dict[str, str] = self._send("POST", "/api/files", files={"file": ("a.txt", b"hello", "text/plain")})
        return made

    def fill(self, path: str, *, deletes: bool) -> str:
        """Gives a path of the OpenAPI file with the ids of things that exist."""
        for name, thing in self._path(path, next(self._numbers), deletes).items():
            path = path.replace(f"{{{name}}}", thing)
        return path.replace("{reaction}", "x")

    def good_body(self, path: str) -> dict[str, Any]:
        """Gives the least that an operation which takes JSON is content with; empty when that is nothing."""
        message = [{"role": "user", "content": "hi"}]
        bodies: dict[str, dict[str, Any]] = {
            "/api/bots": {"name": self.new_name(), "kind": "stand-in"},
            "/api/chats": {"bot": self._bots[0]},
            "/api/chats/{chat_id}/messages": {"content": "hi"},
            "/api/chats/{chat_id}/people": {"name": self._member["id"]},
            "/api/messages/{message_id}/feedback": {"type": "like"},
            "/api/people": {"name": self.new_name()},
            "/api/queries": {"bot": self._bots[0], "query": message},
            "/bot/{name}": {"query": message},
        }
        return bodies.get(path, {})

    def put_into(self, case: Any) -> None:
        """Puts ids of existing things into a request: into its path always, into its body every other time."""
        number, deletes = next(self._numbers), case.method == "DELETE"
        if case.path_parameters:
            case.path_parameters = {**case.path_parameters, **self._path(case.path, number, deletes)}
        if number % 2 and isinstance(case.body, dict):
            self._put_into_body(case.path, case.body)
        if case.path.startswith("/files/") and number % 4:
            case.query = dict(parse_qsl(urlsplit(self._file["url"]).query))

    def _path(self, path: str, number: int, deletes: bool) -> dict[str, str]:
        things = {"access_key": ACCESS_KEY, "file_id": self._file["id"], "version": "0.0.83"}
        if path.startswith("/bot/") and path != "/bot/{name}":
            things["name"] = self._bots[1]
        elif "/bots/{name}" in path and deletes:
            things["name"] = self.new_bot("stand-in")
        elif "/bot" in path:
            things["name"] = self._bots[number % len(self._bots)]
        elif path.startswith("/files/"):
            things["name"] = "a.txt"
        if "{message_id}" in path:
            messages = self.new_messages(self._chat) if path.endswith("{message_id}") and deletes else self._messages
            things["message_id"] = messages["answer" if number % 3 else "message"]
        if "{query_id}" in path:
            things["query_id"] = self._messages["query" if number % 2 else "answer"]
        if "{chat_id}" in path:
            things["chat_id"] = self.new_chat() if deletes else self._chat
        if "{person_id}" in path:
            things["person_id"] = self.new_person()["id"] if deletes else self._member["id"]
            if "{chat_id}" in path:
                self._post(f"/api/chats/{things['chat_id']}/people", {"name": things["person_id"]})
        if "{reference}" in path:
            things["reference"] = self.new_key()
        if "{session_id}" in path:
            things["session_id"] = self.new_session()
        return {name: thing for name, thing in things.items() if f"{{{name}}}" in path or f"{{{name}:" in path}

    def _put_into_body(self, path: str, body: dict[str, Any]) -> None:
        real: dict[str, object] = {
            "bot": self._bots[0],
            "base_bot": self._bots[0],
            "parent_id": self._messages["answer"],
            "reply_to": self._messages["message"],
            "leaf_id": self._messages["message"],
            "file_id": self._file["id"],
            "download_url": self._file["url"],
            "shared_with": [self._member["id"]],
        }
        if path == "/api/sign-in":
            body.clear()
            body["token"] = self.new_link_token(self._owner_id)
        if path == "/api/chats/{chat_id}/people":
            body["name"] = self._member["id"]  # the name may have been changed by another case
        if path == "/api/bots":
            body |= {"name": self.new_name(), "url": self._bot_url}
        for name, thing in real.items():
            if name in body:
                body[name] = thing
        if isinstance(attachments := body.get("attachments"), list) and path.startswith("/api/chats"):
            attachments[:] = [{"file_id": self._file["id"]} for _ in attachments[:3]]
