"""Asking a stand-in: a conversation as a query, and an answer as its text."""

from __future__ import annotations

from typing import Any

from rookery.hub.standins.model import StandIn
from rookery.protocol.reduce import reduce_events
from rookery.protocol.requests import QueryRequest

FILE = {"url": "https://files.example/1", "content_type": "text/plain", "name": "notes.txt"}


def message(content: str, *, role: str = "user", files: int = 0) -> dict[str, Any]:
    return {"role": role, "content": content, "attachments": [FILE] * files}


def query(*messages: dict[str, Any] | str) -> QueryRequest:
    """A query with these messages; a plain text is one of the person."""
    history = [message(item) if isinstance(item, str) else item for item in messages]
    ids = {"user_id": "", "conversation_id": "", "message_id": ""}
    return QueryRequest.model_validate({"version": "1.2", "type": "query", "query": history, **ids})


def ask(stand_in: StandIn, *messages: dict[str, Any] | str) -> str:
    """The text of the answer to these messages."""
    return reduce_events(stand_in.answer(query(*messages))).text


def converse(stand_in: StandIn, *texts: str) -> list[str]:
    """The texts of all answers of a conversation in which the person says these texts, one after the other."""
    history: list[dict[str, Any] | str] = []
    answers = []
    for text in texts:
        history.append(text)
        answers.append(ask(stand_in, *history))
        history.append(message(answers[-1], role="bot"))
    return answers
