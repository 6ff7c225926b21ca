"""What the relay needs from the outside: bots that answer, and a place for counts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rookery.hub.bots.model import Bot
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.requests import QueryRequest


@dataclass(frozen=True, slots=True)
class BotCall:
    """One query on its way to a bot."""

    bot: Bot
    body: dict[str, Any]
    """A complete `query` request (protocol 3.4)."""
    headers: Mapping[str, str]
    """What is left of the limits, and the trace, for bots that care: see `build.limit_headers`, `trace_header`."""


class BotEndpoint(Protocol):
    """Something that answers queries: a bot server, a stand-in, a model."""

    def stream(self, call: BotCall) -> AsyncIterator[bytes]:
        """Gives the answer as bytes of Server-Sent Events, in any pieces.

        Whatever answers, the bytes are read by one algorithm (3.12), so limits and rules hold for all kinds alike.
        Raises BotFailure. Closing the iterator ends the bot's work.
        """
        ...

    async def send_report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """Passes on a `report_*` request (3.6 to 3.8); never raises for the bot's trouble."""
        ...


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query as it goes to the bot."""

    body: dict[str, Any]
    notices: list[str] = field(default_factory=list)
    """Sentences for the person on what the bot does not get."""


class QueryPreparer(Protocol):
    """Makes the files of a query usable for its bot: links that work, texts, descriptions."""

    async def prepare(self, live: LiveQuery) -> PreparedQuery:
        """Raises HubError when a file of the message to be answered cannot be given to the bot."""
        ...


class BaseCaller(Protocol):
    """Asks a bot below a running query, without the contract of calls between bots; see `RelayService`."""

    def call_base(self, query_id: str, base: Bot, render: Callable[[QueryRequest], QueryRequest]) -> LiveQuery: ...


class ReplySuggester(Protocol):
    """Thinks of replies to an answer that a person may want to send next."""

    async def __call__(self, live: LiveQuery, answer: str) -> list[str]:
        """Gives them, maybe none; never raises for trouble with it."""
        ...


class EndpointFinder(Protocol):
    """Chooses who answers for a bot."""

    def __call__(self, bot: Bot) -> BotEndpoint: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """Where the counts of a tree stand."""

    used: int
    """Calls of this caller to this callee."""
    total: int
    """Calls of all bots in the tree."""


class CallCounts(Protocol):
    """Counts calls per query tree. Every operation is atomic, however many processes share the counts."""

    async def take(self, root_id: str, caller_id: str, callee_key: str, *, declared: int, total: int) -> Usage | None:
        """Takes one call if `used < declared` and the tree's total allows; gives None when it was taken.

        Otherwise gives the usage that forbids it and changes nothing.
        """
        ...

    async def give_back(self, root_id: str, caller_id: str, callee_key: str) -> None:
        """Returns one taken call: it failed before its first event."""
        ...

    async def forget(self, root_id: str) -> None:
        """Drops the counts of a tree that has ended."""
        ...
