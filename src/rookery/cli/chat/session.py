"""A conversation with one bot: its history, and asking with it.

The hub does not keep conversations for callers yet, so every message is sent with all that was said before it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rookery.cli.chat.answer import receive_answer
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
    """Asks one bot and remembers what was said."""

    def __init__(self, hub: HubClient, bot: BotLabel, screen: Screen, parameters: Mapping[str, Any]) -> None:
        self._hub = hub
        self._bot = bot
        self._screen = screen
        self._parameters = dict(parameters)
        self._messages: list[JsonObject] = []
        self._conversation_id: str | None = None
        self._last_text: str | None = None
        self._before_last: list[JsonObject] = []
        """The history without the last message and its answer, to ask again from."""

    def ask(self, text: str) -> Answer:
        """Sends a message, shows the answer as it comes, and remembers both.

        A message that brought no answer at all is not remembered. Raises CommandError when the hub does not take it.
        """
        self._last_text = text
        self._before_last = list(self._messages)
        message = _user_message(text, self._parameters)
        # Shown before the hub is asked: a person should see at once that something happens.
        self._screen.begin(self._bot.name, self._bot.kind)
        try:
            query = self._hub.ask(self._bot.name, [*self._messages, message], self._conversation_id)
            self._conversation_id = query["conversation_id"]
            answer = receive_answer(self._hub, query, self._screen)
            self._screen.end(answer)
        finally:
            self._screen.close()
        if not answer.reply.is_empty:
            self._messages += [message, _bot_message(answer)]
        return answer

    def ask_again(self) -> Answer | None:
        """Sends the last message once more, in place of its first answer; None when there was none."""
        if self._last_text is None:
            return None
        self._messages = list(self._before_last)
        return self.ask(self._last_text)

    def forget(self) -> None:
        """Begins a new conversation."""
        self._messages = []
        self._before_last = []
        self._conversation_id = None
        self._last_text = None


def _user_message(text: str, parameters: dict[str, Any]) -> JsonObject:
    message: JsonObject = {
        "role": "user",
        "content": text,
        "content_type": "text/markdown",
        "timestamp": time.time_ns() // 1000,
    }
    return {**message, "parameters": parameters} if parameters else message


def _bot_message(answer: Answer) -> JsonObject:
    reply = answer.reply
    return {
        "role": "bot",
        "sender": {"name": answer.query["bot"]},
        "content": reply.text,
        "content_type": reply.meta.content_type,
        "timestamp": time.time_ns() // 1000,
        "message_id": answer.query["message_id"],
        "attachments": [
            {
                "url": file.url,
                "content_type": file.content_type,
                "name": file.file_name,
                "inline_ref": file.inline_ref,
            }
            for file in reply.files
        ],
    }
