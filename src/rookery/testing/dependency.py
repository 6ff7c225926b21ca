"""Scripted stand-ins for the bots that a bot calls."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from rookery.protocol.events import DoneEvent, ErrorEvent, Event, TextEvent
from rookery.protocol.requests import QueryRequest
from rookery.protocol.responses import ErrorType

__all__ = ["Answer", "Dependency", "Failure", "events_of", "name_key"]

Failure = ErrorEvent
"""An `error` event as a (part of an) answer: `Failure("The model is overloaded.", allow_retry=False)`."""

Piece: TypeAlias = str | Event
PlainAnswer: TypeAlias = Piece | Sequence[Piece]
Answer: TypeAlias = PlainAnswer | Callable[[QueryRequest], PlainAnswer | Awaitable[PlainAnswer] | AsyncIterable[Piece]]
"""One answer to one call: a text; an event; a list of these, sent in this order; or a function that makes one of
these from the query (plain, async, or an async generator of pieces)."""

_NO_SCRIPT = Failure("The test kit has no answer for this call.", allow_retry=False)


class Dependency:
    """A stand-in for one called bot. Made by `BotUnderTest.dependency`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[QueryRequest] = []
        """The queries that it received, oldest first; refused calls are not among them."""
        self._answers: list[Answer] = []
        self._next = 0

    @property
    def is_scripted(self) -> bool:
        """True once it was told what to answer."""
        return bool(self._answers)

    def replies(self, *answers: Answer) -> Dependency:
        """Adds answers for successive calls; the last one of all is given again for every further call.

        Give one list to send one answer in pieces: `replies(["Hel", "lo"])`. A `done` event is added where an answer
        has no end of its own; see `breaks_off`.
        """
        if not answers:
            raise ValueError("replies() needs at least one answer")
        self._answers += answers
        return self

    def fails(self, text: str, *, allow_retry: bool = False, error_type: ErrorType | None = None) -> Dependency:
        """Adds an answer that is one `error` event with this text."""
        self._answers.append(ErrorEvent(text, allow_retry=allow_retry, error_type=error_type))
        return self

    def breaks_off(self, *pieces: Piece) -> Dependency:
        """Adds an answer that ends after these pieces without `done`, as a server does that is killed."""
        self._answers.append(lambda _: BrokenOff(pieces))
        return self

    def take_answer(self, query: QueryRequest) -> Answer:
        """Notes a call and gives its answer (for the kit)."""
        self.calls.append(query)
        if not self._answers:
            return _NO_SCRIPT
        answer = self._answers[min(self._next, len(self._answers) - 1)]
        self._next += 1
        return answer

    def __repr__(self) -> str:
        return f"<Dependency {self.name!r}, called {len(self.calls)} times>"


class BrokenOff(tuple[Piece, ...]):
    """Pieces after which the stream ends without `done`."""

    __slots__ = ()


async def events_of(answer: Answer, query: QueryRequest) -> list[Event]:
    """Gives the events of an answer, with `done` unless it ends itself or breaks off. Runs a given function.

    Raises TypeError for anything that is no answer, and what the function raises.
    """
    made = answer(query) if callable(answer) else answer
    if inspect.isawaitable(made):
        made = await made
    if isinstance(made, AsyncIterable):
        made = [piece async for piece in made]
    pieces = [made] if isinstance(made, str) or not isinstance(made, Iterable) else list(made)
    events = [_event(piece) for piece in pieces]
    is_ended = bool(events) and isinstance(events[-1], DoneEvent | ErrorEvent)
    return events if is_ended or isinstance(made, BrokenOff) else [*events, DoneEvent()]


def _event(piece: object) -> Event:
    if isinstance(piece, str):
        return TextEvent(piece)
    if isinstance(piece, Event):
        return piece
    raise TypeError(f"a stand-in answers texts and events, not {type(piece).__name__}")


def name_key(name: str) -> str:
    """Gives the form of a bot's name that look-ups compare; upper and lower case are the same, as on the hub."""
    return name.casefold()
