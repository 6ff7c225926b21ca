"""Queries as values, and the events that only the hub sends.

person's message ──► root query (depth 0) ──► query of a called bot (depth 1) ──► … depth 8
                     └───────────────── one query tree, one deadline ─────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class QueryState(StrEnum):
    """Where a query stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """The hub's process ended while it ran; what had been journalled is kept."""


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A query as it is kept."""

    id: str
    """`bot_query_id` on the wire: unguessable, one per hop (design 4)."""
    root_id: str
    parent_id: str | None
    depth: int
    bot_id: str
    bot_name: str
    person_id: str
    conversation_id: str
    """The hub's own id; bots see a pseudonym."""
    message_id: str
    """Id of the answer."""
    request: dict[str, Any]
    """The body sent to the bot, without keys; empty where only summaries were read."""
    state: QueryState
    started_at: datetime
    ended_at: datetime | None = None
    text: str | None = None
    """The final text; None while it runs or when the process was killed (the journal has it then)."""
    error: str | None = None
    """One sentence, for a query that failed."""


class NoteKind(StrEnum):
    """What happened beside a query's events."""

    REFUSAL = "refusal"
    """A call of the query's bot was not allowed; `bot` is the callee."""
    REPORT = "report"
    """A `report_*` request was sent to `bot`."""
    RETRY = "retry"
    """The bot failed before it showed anything and was asked again."""
    SETTINGS = "settings"
    """The settings of `bot` were read because of this query."""
    BOT_ERROR = "bot_error"
    """The bot's own `error` event, without the hub's words around it."""
    DIAGNOSTIC = "diagnostic"
    """What the bot said for its author only (`raw_response`)."""
    NOTICE = "notice"
    """A harmless remark; it stands among the events, and is not kept a second time."""


@dataclass(frozen=True, slots=True)
class QueryNote:
    """Something that happened beside a query's events."""

    query_id: str
    kind: NoteKind
    at: datetime
    text: str
    """For people."""
    code: str | None = None
    """For programs: the reason of a refusal or failure, the type of a report."""
    bot: str | None = None
    """Name of the other bot."""
    detail: dict[str, Any] | None = None
    """The body of the refused call or of the report; None when there is none, or when it was too large to keep."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """How a query ended."""

    state: QueryState
    text: str
    error: str | None = None
    diagnostic: str | None = None
    """What the bot said for its author only (`raw_response`); never shown to the person."""


NOTICE = "notice"
"""Name of the hub's own event on followed replies: a sentence about something harmless. Never sent to bots."""

PRIVATE_EVENTS = frozenset({"data", NOTICE})
"""Events that callers over the Bot Query API never see (protocol 3.9.6)."""
