"""A conversation with one bot: a chat on the hub, which keeps its history; here are only its ids.

A chat begins with its first message, so that looking at a bot leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rookery.cli.chat.answer import receive_answer
from rookery.cli.chat.files import save_file, upload
from rookery.cli.chat.model import Answer
from rookery.cli.chat.screens import Screen
from rookery.cli.errors import CommandError, HubRefusal
from rookery.cli.hub_client import HubClient, JsonObject

INVALID_PARAMETERS = "invalid_parameters"


@dataclass(frozen=True, slots=True)
class BotLabel:
    """Who answers, as far as it is known."""

    name: str
    kind: str | None = None
    """None when nobody asked the hub."""


class ChatSession:
    """Asks one bot, in one chat after another."""

    def __init__(
        self,
        hub: HubClient,
        bot: BotLabel,
        screen: Screen,
        parameters: Mapping[str, Any],
        save_folder: Path | None = None,
    ) -> None:
        """`save_folder`: where files of answers go; None leaves them on the hub."""
        self._hub = hub
        self._bot = bot
        self._screen = screen
        self._parameters = dict(parameters)
        self._save_folder = save_folder
        self._chat_id: str | None = None
        self._answer_id: str | None = None
        """The last answer, to ask for another in its place."""
        self._answerer = bot
        """Who gave the last answer."""
        self._files: list[str] = []
        """Links to files that go with the next message; a key for one bot opens no file by its id."""

    def attach(self, path: Path) -> JsonObject:
        """Sends a file, to go with the next message; gives it as the hub keeps it.

        Raises CommandError when it cannot be read, or the hub does not take it.
        """
        file = upload(self._hub, path)
        self._files.append(file["url"])
        return file

    def ask(self, text: str) -> Answer:
        """Sends a message with the attached files, and shows the answer as it comes.

        Raises CommandError when the hub does not take the message. Files are still attached when it could not be
        reached, and are not after a refusal: they may be its reason, and nobody could take them back.
        """
        # Shown before the hub is asked: a person should see at once that something happens. With a mention only the
        # hub knows who will answer.
        may_be_another = text.lstrip().startswith("@")
        if not may_be_another:
            self._screen.begin(self._bot.name, self._bot.kind)
        try:
            if self._chat_id is None:
                self._chat_id = self._hub.create_chat(self._bot.name)["id"]
            attachments = [{"url": url} for url in self._files]
            body = {"content": text, "attachments": attachments, "parameters": self._parameters}
            sent = self._hub.send_message(self._chat_id, body)
            self._files.clear()
            self._answerer = self._label(sent["answer"]["bot"])
            if may_be_another:
                self._screen.begin(self._answerer.name, self._answerer.kind)
            return self._receive(sent)
        except HubRefusal as refusal:
            self._files.clear()
            if refusal.code != INVALID_PARAMETERS:
                raise
            # The hub names a path of its API, for programs.
            remedy = f"Its parameters: rookery bots show {self._bot.name}"
            raise HubRefusal(refusal.status, refusal.code, refusal.message, remedy) from None
        finally:
            self._screen.close()

    def ask_again(self) -> Answer | None:
        """Asks for another answer to the last message; None when there was none."""
        if self._answer_id is None:
            return None
        self._screen.begin(self._answerer.name, self._answerer.kind)
        try:
            return self._receive(self._hub.regenerate(self._answer_id))
        finally:
            self._screen.close()

    def _label(self, name: str) -> BotLabel:
        return self._bot if name.casefold() == self._bot.name.casefold() else BotLabel(name)

    def _receive(self, sent: JsonObject) -> Answer:
        self._answer_id = sent["answer"]["id"]
        query = {
            "bot": sent["answer"]["bot"],  # spelled as the hub does, and another one after `@Name …`
            "query_id": sent["query_id"],
            "message_id": self._answer_id,
            "conversation_id": self._chat_id,
        }
        answer = receive_answer(self._hub, query, self._screen)
        if self._save_folder is not None:
            answer = self._save_files(answer, self._save_folder)
        self._screen.end(answer)
        return answer

    def _save_files(self, answer: Answer, folder: Path) -> Answer:
        saved: list[Path] = []
        troubles: list[CommandError] = []
        try:
            # Not the reply's own list: only the hub knows which of the addresses are files that it keeps.
            attachments = self._hub.get_message(answer.query["message_id"])["attachments"]
        except CommandError as trouble:
            return replace(answer, saved=(), unsaved=(trouble,))
        for attachment in attachments:
            try:
                saved.append(save_file(self._hub, attachment, folder))
            except CommandError as trouble:
                troubles.append(trouble)
        return replace(answer, saved=tuple(saved), unsaved=tuple(troubles))

    def forget(self) -> None:
        """Begins a new conversation; the earlier one stays on the hub."""
        self._chat_id = None
        self._answer_id = None
