"""Asking a stand-in: a conversation as a query, and an answer as its text."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from rookery.hub.standins.catalogue import find_stand_in
from rookery.hub.standins.model import MadeFile, MakingStandIn, SpeakingStandIn
from rookery.protocol.events import Event
from rookery.protocol.reduce import reduce_events
from rookery.protocol.requests import QueryRequest

FILE = {"url": "https://files.example/1", "content_type": "text/plain", "name": "notes.txt"}


def message(content: str, *, role: str = "user", files: int = 0, **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "attachments": [FILE] * files, **fields}


def query(*messages: dict[str, Any] | str, **fields: Any) -> QueryRequest:
    """A query with these messages; a plain text is one of the person."""
    history = [message(item) if isinstance(item, str) else item for item in messages]
    ids = {"user_id": "", "conversation_id": "", "message_id": ""}
    return QueryRequest.model_validate({"version": "1.2", "type": "query", "query": history, **ids, **fields})


def ask(stand_in: SpeakingStandIn, *messages: dict[str, Any] | str) -> str:
    """The text of the answer to these messages."""
    return reduce_events(stand_in.answer(query(*messages))).text


def converse(stand_in: SpeakingStandIn, *texts: str) -> list[str]:
    """The texts of all answers of a conversation in which the person says these texts, one after the other."""
    history: list[dict[str, Any] | str] = []
    answers = []
    for text in texts:
        history.append(text)
        answers.append(ask(stand_in, *history))
        history.append(message(answers[-1], role="bot"))
    return answers


def find_speaking(rule: str) -> SpeakingStandIn:
    """The stand-in of a rule that only has words."""
    stand_in = find_stand_in(rule)
    assert not isinstance(stand_in, MakingStandIn)
    return stand_in


def find_making(rule: str) -> MakingStandIn:
    """The stand-in of a rule that makes files or looks at some."""
    stand_in = find_stand_in(rule)
    assert isinstance(stand_in, MakingStandIn)
    return stand_in


@dataclass(frozen=True)
class Made:
    """What a stand-in gave, in order."""

    items: list[Event | MadeFile]

    @property
    def files(self) -> list[MadeFile]:
        return [item for item in self.items if isinstance(item, MadeFile)]

    @property
    def events(self) -> list[Event]:
        return [item for item in self.items if not isinstance(item, MadeFile)]

    @property
    def text(self) -> str:
        return reduce_events(self.events).text

    @property
    def file(self) -> MadeFile:
        """The one file."""
        (file,) = self.files
        return file


async def make(
    stand_in: MakingStandIn,
    content: str = "",
    parameters: Mapping[str, object] | None = None,
    pictures: Mapping[str, str | None] | None = None,
    attachments: list[dict[str, str]] | None = None,
) -> Made:
    """What a stand-in gives for a message; `pictures` is what is measured, by URL."""

    async def measure(url: str) -> str | None:
        return (pictures or {})[url]

    asked = message(content, parameters=dict(parameters or {}))
    asked["attachments"] = attachments or []
    async with aclosing(stand_in.make(query(asked), measure)) as given:
        return Made([item async for item in given])
