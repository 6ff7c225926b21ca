"""The life of a query: a task of its own from its beginning until its end is on disk.

begin ──► prepare its files ──► QueryRunner ──► suggested replies ──► finish ──► reports and notes
                                    │                                   │
                                 EventLog ──► followers            children stopped, observers told,
                                                                   journal, calls given back
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.hub.clock import Clock
from rookery.hub.errors import HubError, UpstreamTimeout
from rookery.hub.relay.build import has_attachments
from rookery.hub.relay.contract import CallContract
from rookery.hub.relay.journal import Journal
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.making import QueryMaker
from rookery.hub.relay.model import NoteKind, QueryResult, QueryState
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import BotCall, EndpointFinder, QueryPreparer, ReplySuggester
from rookery.hub.relay.reports import Reports
from rookery.hub.relay.runner import Outcome, QueryRunner, notice
from rookery.hub.relay.sentences import STOPPED
from rookery.hub.relay.store import QueryEnding, RelayStore
from rookery.hub.relay.suggestions import wants_suggestions
from rookery.hub.relay.tree import LiveQueries, LiveQuery
from rookery.hub.tasks import Tasks
from rookery.protocol.decoding import Problem
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import DoneEvent, ErrorEvent, SuggestedReplyEvent
from rookery.protocol.reduce import Reply

logger = logging.getLogger("rookery.hub.relay")

RESTARTED = "The hub was restarted while this answer was being made; what had arrived is kept."
SHUTTING_DOWN = "The hub is shutting down; what had arrived is kept. Ask again in a moment."
CALLER_ENDED = "The bot that called has ended its answer."

QueryObserver = Callable[[LiveQuery], None]
"""Told about every query when it ends; must not block."""


class QueryLives:
    """Begins queries and sees them to their end; `queries` holds them meanwhile."""

    def __init__(
        self,
        queries: LiveQueries,
        maker: QueryMaker,
        *,
        store: RelayStore,
        journal: Journal,
        notes: Notebook,
        reports: Reports,
        runner: QueryRunner,
        contract: CallContract,
        find_endpoint: EndpointFinder,
        preparer: QueryPreparer,
        suggest: ReplySuggester,
        refetch_settings: Callable[[Bot], Any],
        clock: Clock,
        tasks: Tasks,
        observers: tuple[QueryObserver, ...] = (),
    ) -> None:
        self._queries = queries
        self._maker = maker
        self._store = store
        self._journal = journal
        self._notes = notes
        self._reports = reports
        self._runner = runner
        self._contract = contract
        self._find_endpoint = find_endpoint
        self._preparer = preparer
        self._suggest = suggest
        self._refetch_settings = refetch_settings
        self._clock = clock
        self._tasks = tasks
        self._observers = observers

    async def start(self) -> None:
        """Closes the books on queries of an earlier process and starts the journal."""
        if count := await self._store.interrupt_running(self._clock.now(), RESTARTED):
            logger.warning("query:interrupted count=%d", count)
        self._tasks.spawn(self._journal.run(), "journal")

    async def aclose(self) -> None:
        """Stops every running query, telling its reader why, and writes it down."""
        await asyncio.gather(*(live.stop(SHUTTING_DOWN) for live in self._queries if live.is_root))

    async def begin(self, live: LiveQuery) -> None:
        """Starts a root query. It is on disk when this returns; raises StorageFailed, and nothing is sent then."""
        await self._store.save_query(live.record)
        self._launch(live)

    def begin_below(self, parent: LiveQuery, live: LiveQuery) -> None:
        """Starts a query below a running one."""
        parent.children.append(live)
        self._tasks.spawn(self._store.save_query(live.record), f"save {live.id}")
        self._launch(live)

    def _launch(self, live: LiveQuery) -> None:
        self._queries.add(live)
        self._journal.watch(live)
        live.task = self._tasks.spawn(self._run(live), f"query {live.id}")

    async def _run(self, live: LiveQuery) -> None:
        try:
            call = await self._make_call(live)
            outcome = await self._runner.run(live, self._find_endpoint(live.bot), call)
        except asyncio.CancelledError:
            await asyncio.shield(self._finish_stopped(live))
            return
        except HubError as error:
            await self._finish(live, QueryResult(QueryState.FAILED, "", error.sentence), _refusal_event(error))
            return
        except Exception:
            # The border of a query: whatever is wrong in here, its reader gets an end and the hub goes on.
            logger.exception("query:crashed query=%s bot=%s", live.id, live.bot.name)
            text = f"Bot '{live.bot.name}' could not be asked: an error in the hub itself, which is in its log."
            await self._finish(live, QueryResult(QueryState.FAILED, "", text), ErrorEvent(text=text))
            return
        if outcome.error is None:
            await self._suggest_replies(live, outcome.reply)
            await self._finish(live, QueryResult(QueryState.DONE, outcome.reply.text), DoneEvent())
        else:
            await self._finish(live, _failed_result(outcome), outcome.error)
        self._after(live, outcome)

    async def _make_call(self, live: LiveQuery) -> BotCall:
        """Gives what goes to the bot. Raises HubError when a file of the message cannot be given to it in time."""
        if live.bot.kind == "prompt" or not has_attachments(live.record.request):
            # The files of a prompt bot's query are prepared for its base.
            return self._maker.make_call(live)
        try:
            async with asyncio.timeout_at(live.tree.deadline):
                prepared = await self._preparer.prepare(live)
        except TimeoutError:
            raise UpstreamTimeout(
                "files_timeout",
                f"The files for bot '{live.bot.name}' could not be fetched and read within "
                f"{self._maker.limits.reply_s:g} s, the limit for an answer.",
                "Upload them to the hub instead of naming their addresses, or send fewer.",
            ) from None
        live.record = replace(live.record, request=prepared.body)
        if prepared.notices:
            live.log.append([notice(text) for text in prepared.notices])
        await self._store.save_request(live.id, prepared.body)
        return self._maker.make_call(live)

    async def _suggest_replies(self, live: LiveQuery, reply: Reply) -> None:
        if live.is_root and live.tree.wants_suggestions and wants_suggestions(reply):
            lines = await self._suggest(live, reply.text)
            live.log.append([LogEntry(e.name, encode_event(e)) for e in map(SuggestedReplyEvent, lines)])

    async def _finish_stopped(self, live: LiveQuery) -> None:
        reason = live.stop_reason or STOPPED
        result = QueryResult(QueryState.STOPPED, "", reason)
        await self._finish(live, result, ErrorEvent(text=reason, allow_retry=False))

    async def _finish(self, live: LiveQuery, result: QueryResult, last: DoneEvent | ErrorEvent) -> None:
        """Ends a query for its readers first, then on disk, then forgets it."""
        live.result = result
        live.ended_at = asyncio.get_running_loop().time()
        if live.parent is not None and result.state is not QueryState.DONE:
            live.parent.call_trouble = result.error
            if not live.has_output and live.is_counted:
                await self._contract.give_back(live.parent, live.bot)
        live.log.append([LogEntry(last.name, encode_event(last))])
        live.log.end()
        await asyncio.gather(*(child.stop(CALLER_ENDED) for child in live.children))
        for observer in self._observers:
            observer(live)
        text = None if result.state is QueryState.STOPPED else result.text
        await self._journal.finish(live, QueryEnding(live.id, result.state, self._clock.now(), text, result.error))
        self._queries.remove(live)
        self._notes.forget(live.id)
        if live.is_root:
            await self._contract.counts.forget(live.id)

    def _after(self, live: LiveQuery, outcome: Outcome) -> None:
        if outcome.problem is not None:
            report = error_report(outcome.problem, live.record.message_id)
            self._tasks.spawn(self._reports.send(live.bot, report), f"report {live.id}")
        if outcome.reply.meta.refetch_settings:
            text = f"Bot '{live.bot.name}' asked for its settings to be read again."
            self._notes.add(live.id, NoteKind.SETTINGS, text, code="refetch_settings", bot=live.bot.name)
            self._tasks.spawn(self._refetch_settings(live.bot), f"refetch-settings {live.bot.name}")
        if outcome.reply.error is not None and outcome.reply.error.text:
            self._notes.add(live.id, NoteKind.BOT_ERROR, outcome.reply.error.text, code=outcome.code)
        if outcome.diagnostic:
            self._notes.add(live.id, NoteKind.DIAGNOSTIC, outcome.diagnostic)
            name, text = live.bot.name, outcome.diagnostic[:2000]
            logger.warning("bot:error bot=%s query=%s diagnostic=%s", name, live.id, text)


def error_report(problem: Problem, message_id: str) -> dict[str, Any]:
    """Gives the `report_error` for a breach of the protocol (O35)."""
    return {
        "type": "report_error",
        "message": problem.message,
        "metadata": {**problem.metadata, "message_id": message_id},
    }


def _refusal_event(error: HubError) -> ErrorEvent:
    return ErrorEvent(text=error.sentence, allow_retry=False, error_type="user_caused_error")


def _failed_result(outcome: Outcome) -> QueryResult:
    assert outcome.error is not None
    return QueryResult(QueryState.FAILED, outcome.reply.text, outcome.error.text, outcome.diagnostic)
