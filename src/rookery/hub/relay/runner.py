"""Running one query: bytes from the bot, read by the platform's algorithm, into the query's log (protocol 3.12).

    endpoint ──bytes──► ReplyReader ──events──► EventLog ──► followers, journal
                            │
                            └─ end: done, the bot's error, or a BotFailure ──► Outcome

This module alone decides what counts as a failure, and it alone repeats a query.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from rookery.hub.failures import BotFailure
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.model import NOTICE, NoteKind
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import BotCall, BotEndpoint
from rookery.hub.relay.sentences import explain_error, late_first_byte, late_reply
from rookery.hub.relay.tree import LiveQuery
from rookery.hub.tasks import Tasks
from rookery.protocol.decoding import Problem
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import DoneEvent, ErrorEvent, Event, MetaEvent
from rookery.protocol.json_values import dump_json
from rookery.protocol.limits import Limits
from rookery.protocol.reading import NO_DONE, NO_TEXT, ReplyReader
from rookery.protocol.reduce import Reply
from rookery.protocol.sse import encode_frame

logger = logging.getLogger("rookery.hub.relay")

DRAIN_S = 1.0
"""Seconds to wait for the end of a stream after `done`, so that its connection can serve the next query."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended."""

    reply: Reply
    error: ErrorEvent | None = None
    """What callers are told; None after a good answer. Its text is the one sentence."""
    code: str | None = None
    problem: Problem | None = None
    """The report for the bot: the first breach of the protocol (O35)."""
    diagnostic: str | None = None
    notices: list[str] = field(default_factory=list)


class QueryRunner:
    """Runs queries; holds no state of its own."""

    def __init__(self, limits: Limits, tasks: Tasks, notes: Notebook, *, retry_pause_s: float) -> None:
        self._limits = limits
        self._tasks = tasks
        self._notes = notes
        self._retry_pause_s = retry_pause_s

    async def run(self, live: LiveQuery, endpoint: BotEndpoint, call: BotCall) -> Outcome:
        """Gives how it ended; everything the bot said before is in the log. Cancelling closes the bot's connection.

        A root query is repeated once when it failed before anything was shown and asking again may help (O18). Calls
        of bots are not: their SDK repeats by itself, and two layers of repetition would multiply.
        """
        outcome = await self._attempt(live, endpoint, call)
        if not live.is_root or outcome.error is None or not outcome.error.allow_retry or live.log.entries:
            return outcome
        logger.info("query:retry query=%s bot=%s code=%s", live.id, live.bot.name, outcome.code)
        self._notes.add(live.id, NoteKind.RETRY, outcome.error.text or "", code=outcome.code)
        await asyncio.sleep(self._retry_pause_s)
        outcome = await self._attempt(live, endpoint, call)
        if outcome.error is not None:
            outcome.error.allow_retry = False  # asked twice already; a third time is the person's decision
        return outcome

    async def _attempt(self, live: LiveQuery, endpoint: BotEndpoint, call: BotCall) -> Outcome:
        reader = ReplyReader(self._limits)
        stream = endpoint.stream(call)
        try:
            await self._read(live, reader, stream)
        except BotFailure as failure:
            return _failed(live, reader, failure)
        finally:
            if reader.builder.is_done:
                self._tasks.spawn(_drain(stream), f"drain {live.id}")
            else:
                await _close(stream)
        return self._judge(live, reader, expects_text=not call.body.get("tools"))

    async def _read(self, live: LiveQuery, reader: ReplyReader, stream: AsyncIterator[bytes]) -> None:
        chunk = await self._first_chunk(live, stream)
        try:
            async with asyncio.timeout_at(live.tree.deadline):
                while chunk is not None:
                    _publish(live, reader, reader.feed(chunk))
                    if reader.is_ended:
                        return
                    chunk = await anext(stream, None)
        except TimeoutError:
            raise BotFailure("reply_timeout", late_reply(self._limits.reply_s)) from None

    async def _first_chunk(self, live: LiveQuery, stream: AsyncIterator[bytes]) -> bytes | None:
        now = asyncio.get_running_loop().time()
        limit = min(self._limits.first_byte_s, live.tree.deadline - now)
        try:
            async with asyncio.timeout(max(limit, 0)):
                return await anext(stream, None)
        except TimeoutError:
            clause = late_first_byte(self._limits.first_byte_s)
            raise BotFailure(
                "bot_timeout",
                clause,
                remedy="A bot that needs longer must send something at once, a comment line is enough.",
                allow_retry=True,
            ) from None

    def _judge(self, live: LiveQuery, reader: ReplyReader, *, expects_text: bool) -> Outcome:
        builder = reader.builder
        if reader.fault is not None:
            fault = reader.fault
            clause = f"{fault.clause}; the answer was ended there"
            failure = BotFailure("bot_protocol", clause, problem=fault.problem, allow_retry=fault.allow_retry)
            return _failed(live, reader, failure)
        if builder.error is not None:
            return _bot_error(live, reader, builder.error)
        if not builder.is_done:
            return _failed(
                live,
                reader,
                BotFailure(
                    "bot_incomplete",
                    "ended its answer without saying that it was complete; what arrived is kept",
                    problem=NO_DONE,
                ),
            )
        if builder.is_empty and expects_text and not live.has_attached:
            return _failed(live, reader, BotFailure("bot_empty", "answered without any text", problem=NO_TEXT))
        return Outcome(builder.reply(), problem=_first_problem(reader))


def _publish(live: LiveQuery, reader: ReplyReader, events: list[Event]) -> None:
    entries = [LogEntry(e.name, encode_event(e)) for e in events if not isinstance(e, DoneEvent | ErrorEvent)]
    while reader.notices:
        clause = reader.notices.pop(0)
        entries.append(notice(f"Bot '{live.bot.name}' {clause}."))
    if not entries:
        return
    if live.first_event_at is None:
        live.first_event_at = asyncio.get_running_loop().time()
    if not live.has_output:
        live.has_output = any(e.name not in (MetaEvent.name, NOTICE) for e in entries)
    live.log.append(entries)


def notice(text: str) -> LogEntry:
    """Builds the hub's own event for a harmless remark."""
    return LogEntry(NOTICE, encode_frame(NOTICE, dump_json({"text": text})))


def _failed(live: LiveQuery, reader: ReplyReader, failure: BotFailure) -> Outcome:
    event = ErrorEvent(
        text=failure.sentence(live.bot.name), allow_retry=failure.allow_retry, error_type=failure.error_type
    )
    problem = _first_problem(reader) or failure.problem
    return Outcome(reader.builder.reply(), event, failure.code, problem)


def _bot_error(live: LiveQuery, reader: ReplyReader, error: ErrorEvent) -> Outcome:
    event = ErrorEvent(
        text=explain_error(live.bot.name, error, live.call_trouble),
        allow_retry=error.allow_retry,
        error_type=error.error_type,
    )
    return Outcome(reader.builder.reply(), event, "bot_error", _first_problem(reader), error.raw_response)


def _first_problem(reader: ReplyReader) -> Problem | None:
    return reader.problems[0] if reader.problems else None


async def _close(stream: AsyncIterator[bytes]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


async def _drain(stream: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(DRAIN_S):
            async for _ in stream:
                pass
    except (TimeoutError, BotFailure):
        pass  # the answer is complete; only the reuse of the connection is lost
    finally:
        await _close(stream)
