"""What the relay needs from storage: queries and their journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from rookery.hub.relay.model import QueryRecord, QueryState


@dataclass(frozen=True, slots=True)
class JournalPart:
    """Some neighbouring events of one query."""

    query_id: str
    first: int
    """Number of the first event; the first of a query is 1."""
    count: int
    payload: bytes
    """The events as they stand on the wire."""


@dataclass(frozen=True, slots=True)
class QueryEnding:
    """How a query ended, as it is kept."""

    query_id: str
    state: QueryState
    ended_at: datetime
    text: str | None
    """None: to be read from the journal."""
    error: str | None


class RelayStore(Protocol):
    """Queries and journals, kept."""

    async def save_query(self, record: QueryRecord) -> None:
        """Adds a query; returns when it is on disk."""
        ...

    async def save_request(self, query_id: str, request: dict[str, Any]) -> None:
        """Replaces the request of a query by what went to the bot."""
        ...

    async def finish_query(self, ending: QueryEnding, last: JournalPart | None) -> None:
        """Writes how a query ended, together with the last of its journal."""
        ...

    async def append_journal(self, parts: Sequence[JournalPart]) -> None:
        """Adds events of one or many queries in one transaction."""
        ...

    async def read_journal(self, query_id: str, after: int) -> list[JournalPart]:
        """Gives the parts that hold events numbered above `after`, oldest first."""
        ...

    async def find_query(self, reference: str) -> QueryRecord | None:
        """Gives a query by its id or the id of its answer, or None."""
        ...

    async def list_tree(self, root_id: str) -> list[QueryRecord]:
        """Gives a root query and all below it, in the order they began."""
        ...

    async def interrupt_running(self, ended_at: datetime, error: str) -> int:
        """Marks every running query as interrupted (the process that ran them is gone); gives how many."""
        ...
