"""A conversation with one bot: a chat on the hub, which keeps its history; here are only its ids.

A chat begins with its first message, so that looking at a bot leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rookery.cli.chat.answer import receive_answer
from rookery.cli.chat.files import upload
from rookery.cli.chat.model import Answer
from rookery.cli.chat.screens import Screen
from rookery.cli.hub_client import HubClient, JsonObject


@dataclass(frozen=True, slots=True)
class BotLabel:
    """Who answers, as far as it is known."""

    name: str
    kind: str | None = None
    """None when nobody asked the hub."""


class ChatSession:
    """Asks one bot, in one chat after another."""

    def __init__(self, hub: HubClient, bot: BotLabel, screen: Screen, parameters: Mapping[str, Any]) -> None:
        self._hub = hub
        self._bot = bot
        self._screen = screen
        self._parameters = dict(parameters)
        self._chat_id: str | None = None
        self._answer_id: str | None = None
        """The last answer, to ask for another in its place."""

    def ask(self, text: str, files: Sequence[Path] = ()) -> Answer:
        """Sends a message with files, and shows the answer as it comes.

        Raises CommandError when a file cannot be read or the hub does not take the message.
        """
        attachments = [{"url": upload(self._hub, path)["url"]} for path in files]
        # Shown before the hub is asked: a person should see at once that something happens.
        self._screen.begin(self._bot.name, self._bot.kind)
        try:
            if self._chat_id is None:
                self._chat_id = self._hub.create_chat(self._bot.name)["id"]
            body = {"content": text, "attachments": attachments, "parameters": self._parameters}
            sent = self._hub.send_message(self._chat_id, body)
            return self._receive(sent)
        finally:
            self._screen.close()

    def ask_again(self) -> Answer | None:
        """Asks for another answer to the last message; None when there was none."""
        if self._answer_id is None:
            return None
        self._screen.begin(self._bot.name, self._bot.kind)
        try:
            return self._receive(self._hub.regenerate(self._answer_id))
        finally:
            self._screen.close()

    def _receive(self, sent: JsonObject) -> Answer:
        self._answer_id = sent["answer"]["id"]
        query = {
            "bot": self._bot.name,
            "query_id": sent["query_id"],
            "message_id": self._answer_id,
            "conversation_id": self._chat_id,
        }
        answer = receive_answer(self._hub, query, self._screen)
        self._screen.end(answer)
        return answer

    def forget(self) -> None:
        """Begins a new conversation; the earlier one stays on the hub."""
        self._chat_id = None
        self._answer_id = None
