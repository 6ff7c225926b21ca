"""Queries as the HTTP API shows them: shapes only. Times with `_us` are microseconds since the query began."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from rookery.hub.relay.model import NoteKind, QueryRecord, QueryState


class QueryView(BaseModel):
    """A query in short."""

    query_id: str
    root_id: str
    """The person's message that everything hangs below."""
    parent_id: str | None
    """The query whose bot made this call."""
    depth: int
    bot: str
    message_id: str
    """Id of the answer."""
    conversation_id: str
    state: QueryState
    is_running: bool
    started_at: datetime
    ended_at: datetime | None
    text: str | None
    """The answer's text; its beginning in lists; null where it is not known or not shown."""
    error: str | None
    """Why it failed or was stopped, in one sentence."""


class Timing(BaseModel):
    """When things happened, in microseconds since the query began."""

    first_event_us: int | None
    """The first event beside the end; null when there was none."""
    ended_us: int | None


class RefusalView(BaseModel):
    """A call of this query's bot that was not allowed."""

    at_us: int
    code: str
    callee: str
    text: str
    """What the bot was told."""
    request: dict[str, Any] | None
    """What it wanted to ask, without what is empty; for the bot's owner."""


class ReportView(BaseModel):
    """A `report_*` request about this query."""

    at_us: int
    type: str
    bot: str
    """To whom it was sent."""
    text: str
    body: dict[str, Any] | None
    """For the bot's owner."""


class NoteView(BaseModel):
    """Anything else that happened: notices, retries, settings that were read, what the bot said for its author."""

    at_us: int
    kind: NoteKind
    text: str
    code: str | None
    bot: str | None


class EventView(BaseModel):
    """One event of the answer."""

    number: int
    at_us: int | None
    """When the batch arrived that it came with; null for answers older than the inspector."""
    name: str
    data: Any


class CallView(QueryView):
    """A query in the tree."""

    is_shown: bool
    """Whether its exchange may be seen by who asks: the person's message, or a call of one of their own bots."""
    timing: Timing
    event_count: int
    refusals: list[RefusalView]
    calls: list[CallView]
    """The calls that its bot made, in the order they began."""


class QueryInspection(CallView):
    """A query with its exchange. `request` is null and the lists are empty where the exchange is not shown."""

    request: dict[str, Any] | None
    """The body sent to the bot; keys and signatures of links are masked."""
    events: list[EventView]
    """One page: those numbered above `events_after`."""
    reports: list[ReportView]
    notes: list[NoteView]


class QueryPage(BaseModel):
    """Root queries, newest first."""

    queries: list[QueryView]
    next_before: datetime | None
    """Give it as `before` for the next page; null when there is none."""


class RecordedCallView(BaseModel):
    """A call in a recorded exchange."""

    bot: str
    refused: bool
    request: dict[str, Any]
    events: list[dict[str, Any]]


class RecordedExchange(BaseModel):
    """An exchange as `rookery.testing.load_exchange` reads it."""

    format: str = Field(examples=["rookery.exchange/1"])
    bot: str
    request: dict[str, Any]
    events: list[dict[str, Any]]
    calls: list[RecordedCallView]


def query_fields(record: QueryRecord, text: str | None) -> dict[str, Any]:
    """Gives the fields of a `QueryView`."""
    return {
        "query_id": record.id,
        "root_id": record.root_id,
        "parent_id": record.parent_id,
        "depth": record.depth,
        "bot": record.bot_name,
        "message_id": record.message_id,
        "conversation_id": record.conversation_id,
        "state": record.state,
        "is_running": record.state is QueryState.RUNNING,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "text": text,
        "error": record.error,
    }


def query_view(record: QueryRecord) -> QueryView:
    """Gives a query in short, with what is known of its text."""
    return QueryView(**query_fields(record, record.text))
