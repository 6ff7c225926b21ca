"""What a stand-in is, and the message it is asked to answer.

SpeakingStandIn:  QueryRequest ──answer──► MetaEvent, TextEvent, TextEvent, …, DoneEvent
MakingStandIn:    QueryRequest, measure ──make──► MetaEvent, MadeFile, TextEvent, …, DoneEvent
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from rookery.protocol.events import Event
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

CANNOT_READ_FILES = "I can't read files: I am a stand-in."


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that a stand-in made; the hub stores it and sends a `file` event in its place."""

    name: str
    content_type: str
    data: bytes = field(repr=False)
    inline_ref: str | None = None


class StandIn(Protocol):
    """A rule under a bot's name. The same query always gives the same answer; nothing is kept between calls."""

    @property
    def rule(self) -> str:
        """Its name in the catalogue."""

    @property
    def description(self) -> str:
        """One line for lists of bots; says that it is no language model."""

    @property
    def introduction(self) -> str:
        """The first message of a new chat, Markdown; says that it is no language model."""

    @property
    def settings(self) -> SettingsResponse:
        """Its settings: parameters, files. The introduction is filled in with the bot's name."""

    def introduction_for(self, bot_name: str) -> str:
        """Gives the introduction when it stands in for a bot of this name."""


class SpeakingStandIn(StandIn, Protocol):
    """A rule that only has words: quick, and pure."""

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives the events of one whole answer, without any waiting: the caller decides the pace."""


class MeasurePicture(Protocol):
    """Measures an attached picture, as the hub does for every bot."""

    async def __call__(self, url: str) -> str | None:
        """Gives a sentence that names the file: facts, or why there are none. None when the file is not to be had."""
        ...


@runtime_checkable
class MakingStandIn(StandIn, Protocol):
    """A rule that makes files or looks at some, which takes time."""

    def make(self, query: QueryRequest, measure: MeasurePicture) -> AsyncGenerator[Event | MadeFile, None]:
        """Gives the events and files of one whole answer as they are made.

        Work of more than a millisecond is done outside the event loop. Closing the generator, or cancelling whoever
        waits for it, ends the work and everything started for it.
        """
        ...


AnyStandIn: TypeAlias = SpeakingStandIn | MakingStandIn


class LocalRule:
    """What all rules of this package have in common."""

    rule: str
    description: str
    introduction: str
    settings: SettingsResponse = SettingsResponse()

    def introduction_for(self, bot_name: str) -> str:
        """Gives the introduction when it stands in for a bot of this name."""
        return f"No model is connected as {bot_name}. {self.introduction}"


def last_user_message(query: QueryRequest) -> ProtocolMessage:
    """Gives the message to answer; an empty one when the query holds none of a person."""
    for message in reversed(query.query):
        if message.role == "user":
            return message
    return ProtocolMessage(role="user", content="")
