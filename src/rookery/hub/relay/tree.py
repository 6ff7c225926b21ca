"""Running queries: the live side of `model.QueryRecord`, the tree they hang in, and the table that finds them.

LiveQueries ──find──► LiveQuery ──parent, children──► LiveQuery
                         └──tree──► QueryTree: what the whole message shares
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot
from rookery.hub.relay.build import ChatView
from rookery.hub.relay.log import EventLog
from rookery.hub.relay.model import QueryRecord, QueryResult
from rookery.hub.relay.sentences import STOPPED


@dataclass(eq=False, slots=True)
class QueryTree:
    """What all queries below one message share."""

    root_id: str
    person: Person
    deadline: float
    """On the event loop's clock; handed down to every hop (design 4)."""
    conversation_owner_id: str
    """Whose conversation it is; the asking person's own but in a chat of somebody else."""
    wants_suggestions: bool = False
    """Whether somebody looks at the answer who would use suggested replies."""
    renews_links: bool = True
    """Whether the person's own files open by expired links too; not with a key for one bot."""


@dataclass(eq=False, slots=True)
class LiveQuery:
    """A query while it runs and until its end is on disk."""

    record: QueryRecord
    bot: Bot
    tree: QueryTree
    parent: LiveQuery | None = None
    children: list[LiveQuery] = field(default_factory=list)
    log: EventLog = field(default_factory=EventLog)
    journalled: int = 0
    """How many events of the log are on disk."""
    has_output: bool = False
    """Whether the bot has given anything to show; until then a called bot costs its caller no call."""
    has_attached: bool = False
    """Whether the hub has added a file to the answer itself; it is then an answer without any text."""
    task: asyncio.Task[None] | None = None
    stop_reason: str | None = None
    result: QueryResult | None = None
    call_trouble: str | None = None
    """The last refusal or failure of a bot that this one called, to explain an error that says nothing."""
    started_at: float = 0.0
    first_event_at: float | None = None
    is_counted: bool = True
    """Whether it counts as a call between bots; a prompt bot's query to its base does not."""
    chat: ChatView | None = None
    ended_at: float | None = None
    """On the event loop's clock."""

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def is_root(self) -> bool:
        return self.parent is None

    @property
    def is_from_person(self) -> bool:
        """Whether a person wrote the message: it is the root, or a prompt bot's query to its base right below."""
        return self.parent is None or (not self.is_counted and self.parent.is_from_person)

    @property
    def is_running(self) -> bool:
        """True until the result is known; only then may the bot call others in this query's name."""
        return self.result is None

    @property
    def current(self) -> QueryRecord:
        """The record with the result, as soon as it is known."""
        if self.result is None:
            return self.record
        ended_at = self.record.started_at + timedelta(seconds=(self.ended_at or self.started_at) - self.started_at)
        result = self.result
        return replace(self.record, state=result.state, text=result.text, error=result.error, ended_at=ended_at)

    async def stop(self, reason: str = STOPPED) -> None:
        """Stops this query and everything below it; returns when all of it has ended (design 4, rule 6)."""
        queries = list(self.walk())
        for live in queries:
            # A second cancellation would hit the query while it writes down that it was stopped.
            if live.is_running and live.stop_reason is None and live.task is not None:
                live.stop_reason = reason
                live.task.cancel()
        await asyncio.gather(*(live.task for live in queries if live.task is not None), return_exceptions=True)

    def walk(self) -> Iterator[LiveQuery]:
        """Gives this query and everything below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class LiveQueries:
    """The queries that run or are being written down."""

    def __init__(self) -> None:
        self._by_id: dict[str, LiveQuery] = {}
        self._by_message: dict[str, LiveQuery] = {}

    def __iter__(self) -> Iterator[LiveQuery]:
        return iter(list(self._by_id.values()))

    def add(self, live: LiveQuery) -> None:
        """Takes a query in."""
        self._by_id[live.id] = live
        self._by_message[live.record.message_id] = live

    def remove(self, live: LiveQuery) -> None:
        """Forgets a query."""
        self._by_id.pop(live.id, None)
        self._by_message.pop(live.record.message_id, None)

    def find(self, query_id: str) -> LiveQuery | None:
        """Gives the query with this id, else None."""
        return self._by_id.get(query_id)

    def find_by_any_id(self, reference: str) -> LiveQuery | None:
        """Gives the query with this id, or with an answer of this id, else None."""
        return self._by_id.get(reference) or self._by_message.get(reference)
