"""What a stand-in is, and the message it is asked to answer.

QueryRequest ──answer──► MetaEvent, TextEvent, TextEvent, …, DoneEvent
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from rookery.protocol.events import Event
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest

CANNOT_READ_FILES = "I can't read files: I am a stand-in."


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that a stand-in made; the hub stores it and sends a `file` event in its place."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    inline_ref: str | None = None


class StandIn(Protocol):
    """A rule that answers queries. The same query always gives the same answer; nothing is kept between calls."""

    @property
    def rule(self) -> str:
        """Its name in the catalogue."""

    @property
    def description(self) -> str:
        """One line for lists of bots; says that it is no language model."""

    @property
    def introduction(self) -> str:
        """The first message of a new chat, Markdown; says that it is no language model."""

    def introduction_for(self, bot_name: str) -> str:
        """Gives the introduction when it stands in for a bot of this name."""

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives the events of one whole answer, without any waiting: the caller decides the pace."""


def last_user_message(query: QueryRequest) -> ProtocolMessage:
    """Gives the message to answer; an empty one when the query holds none of a person."""
    for message in reversed(query.query):
        if message.role == "user":
            return message
    return ProtocolMessage(role="user", content="")
