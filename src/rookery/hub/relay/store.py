"""What the relay needs from storage: queries and their journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from rookery.hub.relay.log import Mark
from rookery.hub.relay.model import QueryNote, QueryRecord, QueryState


@dataclass(frozen=True, slots=True)
class JournalPart:
    """Some neighbouring events of one query."""

    query_id: str
    first: int
    """Number of the first event; the first of a query is 1."""
    count: int
    payload: bytes
    """The events as they stand on the wire."""
    marks: Sequence[Mark] = ()
    """When its batches of events came; empty for journals older than the inspector."""


@dataclass(frozen=True, slots=True)
class QueryEnding:
    """How a query ended, as it is kept."""

    query_id: str
    state: QueryState
    ended_at: datetime
    text: str | None
    """None: to be read from the journal."""
    error: str | None


@dataclass(frozen=True, slots=True)
class JournalBeginning:
    """What a list needs to know of a journal, without its events."""

    event_count: int
    first_mark: Mark | None


@dataclass(frozen=True, slots=True)
class QueryFilter:
    """Which of a person's root queries to list."""

    bot_name: str | None = None
    state: QueryState | None = None
    before: datetime | None = None
    """Only those that began earlier."""


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

    async def read_journal(self, query_id: str, after: int, until: int | None = None) -> list[JournalPart]:
        """Gives the parts that hold events numbered above `after`, up to `until` if given, oldest first."""
        ...

    async def read_beginnings(self, query_ids: Sequence[str]) -> dict[str, JournalBeginning]:
        """Gives how each of these journals begins; those without a journal are left out."""
        ...

    async def add_note(self, note: QueryNote, *, most: int) -> None:
        """Adds a note, unless the query has `most` already."""
        ...

    async def read_notes(self, query_ids: Sequence[str]) -> list[QueryNote]:
        """Gives the notes of these queries, oldest first."""
        ...

    async def list_roots(self, person_id: str, which: QueryFilter, limit: int) -> list[QueryRecord]:
        """Gives summaries of a person's root queries, newest first; `text` is cut to its beginning."""
        ...

    async def find_query(self, reference: str) -> QueryRecord | None:
        """Gives a query by its id or the id of its answer, or None."""
        ...

    async def list_tree(self, root_id: str) -> list[QueryRecord]:
        """Gives summaries of a root query and all below it, in the order they began."""
        ...

    async def interrupt_running(self, ended_at: datetime, error: str) -> int:
        """Marks every running query as interrupted (the process that ran them is gone); gives how many."""
        ...


class RetentionStore(Protocol):
    """Old query trees, found and deleted."""

    async def list_people_with_queries(self) -> list[str]:
        """Gives the ids of everybody who has asked something."""
        ...

    async def find_surplus(self, person_id: str, keep: int) -> datetime | None:
        """Gives when the newest root query beyond the person's `keep` newest began; None when there are no more."""
        ...

    async def list_ended_roots(self, person_id: str, until: datetime, limit: int) -> list[str]:
        """Gives root queries that began at `until` or earlier and have ended, oldest first."""
        ...

    async def delete_journal(self, root_ids: Sequence[str], limit: int) -> int:
        """Deletes up to `limit` journal parts of these roots' trees; gives how many there were."""
        ...

    async def delete_trees(self, root_ids: Sequence[str]) -> int:
        """Deletes the trees of these roots: queries, notes, what is left of journals. Gives the number of queries."""
        ...
