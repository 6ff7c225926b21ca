"""The relay's front: ask a bot for a person, call a bot for a bot, stop, follow, report.

Every query is a task of its own here; whoever asked only follows its log. What ends with its caller's connection
(`/bot/{name}`) is stopped by the route, not by this service.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rookery.hub.accounts.model import Person
from rookery.hub.bots.files import check_files
from rookery.hub.bots.model import Bot
from rookery.hub.bots.parameters import checked_query
from rookery.hub.bots.prompts import BaseFinder
from rookery.hub.bots.service import unknown_bot
from rookery.hub.clock import Clock, microseconds
from rookery.hub.errors import Conflict, HubError, NotFound, UpstreamTimeout
from rookery.hub.relay.build import (
    ChatView,
    QueryIds,
    build_query,
    has_attachments,
    limit_headers,
    restore_people,
    trace_header,
)
from rookery.hub.relay.contract import CallContract, Refused, ended_query, no_running_query
from rookery.hub.relay.follow import decode_entry, follow_live, journal_entries, replay
from rookery.hub.relay.helpers import BotFinder, HelperBots
from rookery.hub.relay.journal import Journal
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.model import NoteKind, QueryRecord, QueryResult, QueryState
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import BotCall, EndpointFinder, QueryPreparer
from rookery.hub.relay.recording import plain_body
from rookery.hub.relay.reports import Reports
from rookery.hub.relay.runner import Outcome, QueryRunner, notice
from rookery.hub.relay.sentences import STOPPED
from rookery.hub.relay.store import QueryEnding, RelayStore
from rookery.hub.relay.suggestions import wants_suggestions
from rookery.hub.relay.tree import LiveQuery, QueryTree
from rookery.hub.tasks import Tasks
from rookery.hub.vault import Vault, new_identifier
from rookery.protocol.decoding import Problem
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import DoneEvent, ErrorEvent, FileEvent, SuggestedReplyEvent
from rookery.protocol.limits import Limits
from rookery.protocol.reduce import Reply, reduce_events
from rookery.protocol.requests import QueryRequest

logger = logging.getLogger("rookery.hub.relay")

RESTARTED = "The hub was restarted while this answer was being made; what had arrived is kept."
SHUTTING_DOWN = "The hub is shutting down; what had arrived is kept. Ask again in a moment."

QueryObserver = Callable[[LiveQuery], None]
"""Told about every query when it ends; must not block."""


class RelayService:
    """Runs queries and knows the running ones."""

    def __init__(
        self,
        *,
        store: RelayStore,
        journal: Journal,
        notes: Notebook,
        runner: QueryRunner,
        contract: CallContract,
        find_endpoint: EndpointFinder,
        preparer: QueryPreparer,
        find_base: BaseFinder,
        refetch_settings: Callable[[Bot], Any],
        find_suggester: BotFinder,
        find_describer: BotFinder,
        vault: Vault,
        clock: Clock,
        tasks: Tasks,
        limits: Limits,
        keep_alive_s: float,
        observers: tuple[QueryObserver, ...] = (),
    ) -> None:
        self._store = store
        self._journal = journal
        self._notes = notes
        self._runner = runner
        self._contract = contract
        self._find_endpoint = find_endpoint
        self._preparer = preparer
        self._find_base = find_base
        self._refetch_settings = refetch_settings
        self.helpers = HelperBots(self, find_suggester, find_describer)
        self._vault = vault
        self._clock = clock
        self._tasks = tasks
        self._limits = limits
        self._keep_alive_s = keep_alive_s
        self._observers = observers
        self._live: dict[str, LiveQuery] = {}
        self._by_message: dict[str, LiveQuery] = {}
        self.reports = Reports(store, notes, find_endpoint, self._find_by_any_id)

    async def start(self) -> None:
        """Closes the books on queries of an earlier process and starts the journal."""
        if count := await self._store.interrupt_running(self._clock.now(), RESTARTED):
            logger.warning("query:interrupted count=%d", count)
        self._tasks.spawn(self._journal.run(), "journal")

    async def aclose(self) -> None:
        """Stops every running query, telling its reader why, and writes it down."""
        roots = [live for live in self._live.values() if live.is_root]
        await asyncio.gather(*(self.stop(live, SHUTTING_DOWN) for live in roots))

    # --- beginning a query -----------------------------------------------------------------------------------------

    async def ask(
        self,
        person: Person,
        bot: Bot,
        query: QueryRequest,
        *,
        conversation_id: str | None = None,
        query_id: str | None = None,
        message_id: str | None = None,
        chat: ChatView | None = None,
        wants_suggestions: bool = False,
    ) -> LiveQuery:
        """Starts a root query: a person's message to a bot. It is on disk when this returns, before anything is sent.

        A chat gives the ids (`bq-…`, `m-…`) under which it has already noted the answer to come. Raises StorageFailed
        when the query cannot be kept, NotFound for a bot that is not for this person, BadInput for parameters or
        files that do not fit the bot; nothing is sent then. `wants_suggestions` says that somebody looks at the answer
        who would use suggested replies.
        """
        if not bot.is_usable_by(person):
            raise unknown_bot(bot.name)
        query = self.check(bot, query)
        query_id = query_id or new_identifier("bq")
        deadline = asyncio.get_running_loop().time() + self._limits.reply_s
        owner_id = chat.owner_id if chat is not None and chat.owner_id is not None else person.id
        tree = QueryTree(query_id, person, deadline, owner_id, wants_suggestions=wants_suggestions)
        conversation_id = conversation_id or new_identifier("c")
        message_id = message_id or new_identifier("m")
        live = self._prepare(query_id, message_id, tree, bot, query, conversation_id, parent=None, chat=chat)
        await self._store.save_query(live.record)
        self._launch(live)
        return live

    def check(self, bot: Bot, query: QueryRequest) -> QueryRequest:
        """Gives a person's query completed by defaults; raises BadInput for parameters or files that do not fit."""
        query = checked_query(bot, query, self._find_base)
        check_files(bot, query, self._find_base)
        return query

    async def call(self, callers: list[Bot], reference: str, callee_name: str, query: QueryRequest) -> LiveQuery:
        """Starts a call of a bot, below the running query that `reference` names.

        `callers` are the bots that share the access key; `reference` is the `bot_query_id`, or the `message_id` for
        older SDKs. Raises Refused when the contract does not allow it.
        """
        parent = await self._find_callers_query(callers, reference)
        try:
            callee = await self._contract.admit(parent, callee_name)
        except Refused as refusal:
            parent.call_trouble = refusal.text
            self._notes.add(
                parent.id,
                NoteKind.REFUSAL,
                refusal.text,
                code=refusal.code,
                bot=callee_name,
                detail=lambda: plain_body(query),
            )
            raise
        if not parent.is_running:
            # It ended while settings were pulled: nobody may start work below it any more.
            await self._contract.give_back(parent, callee)
            raise ended_query(parent.bot, reference)
        query_id, message_id = new_identifier("bq"), new_identifier("m")
        live = self._prepare(
            query_id, message_id, parent.tree, callee, query, parent.record.conversation_id, parent=parent
        )
        parent.children.append(live)
        self._tasks.spawn(self._store.save_query(live.record), f"save {live.id}")
        self._launch(live)
        return live

    async def attach_file(self, callers: Sequence[Bot], message_id: str, file: FileEvent) -> None:
        """Adds a file to the running answer with this id, as older SDKs have it done for them (protocol 5.4).

        Raises NotFound when the answer is none of these bots', Conflict when it has ended or has all its files.
        """
        try:
            live = await self._find_callers_query(callers, message_id)
        except Refused as refusal:
            kind = Conflict if refusal.code == "query_ended" else NotFound
            raise kind(refusal.code, refusal.text) from None
        limit = self._limits.reply_files
        if sum(entry.name == FileEvent.name for entry in live.log.entries) >= limit:
            raise Conflict("too_many_files", f"This answer has {limit} files already, which is the limit for one.")
        live.has_output = live.has_attached = True
        live.log.append([LogEntry(file.name, encode_event(file))])

    def call_base(self, query_id: str, base: Bot, render: Callable[[QueryRequest], QueryRequest]) -> LiveQuery:
        """Starts the query by which a prompt bot has its base answer, below the running query of that id.

        `render` puts the prompt into a query. It is no call between bots: nothing is declared or counted, but depth
        counts. Raises Refused when the tree is too deep or the query has ended.
        """
        parent = self._live.get(query_id)
        if parent is None or not parent.is_running:
            raise Refused("query_ended", f"The query '{query_id[:60]}' has ended.")
        self._contract.check_depth(parent, base)
        chat = parent.chat
        live = self._prepare(
            new_identifier("bq"),
            new_identifier("m"),
            parent.tree,
            base,
            self._with_room(render(self._from_person(parent))),
            parent.record.conversation_id,
            parent=parent,
            chat=chat,
        )
        live.is_counted = False
        parent.children.append(live)
        self._tasks.spawn(self._store.save_query(live.record), f"save {live.id}")
        self._launch(live)
        return live

    def _with_room(self, query: QueryRequest) -> QueryRequest:
        # The oldest messages give way to a prompt before them, not the prompt.
        limit = self._limits.history_messages
        if len(query.query) <= limit or limit < 2:
            return query
        return query.model_copy(update={"query": [query.query[0], *query.query[1 - limit :]]})

    def _from_person(self, parent: LiveQuery) -> QueryRequest:
        # The base sees the people under pseudonyms of its own, so those of the prompt bot are turned back into ids.
        query = QueryRequest.model_validate(parent.record.request)
        users = parent.chat.users if parent.chat is not None else ()
        people = {self._vault.pseudonym("u", user.person_id, parent.bot.id): user.person_id for user in users}
        return restore_people(query, people)

    def _find_by_any_id(self, reference: str) -> LiveQuery | None:
        return self._live.get(reference) or self._by_message.get(reference)

    async def _find_callers_query(self, callers: Sequence[Bot], reference: str) -> LiveQuery:
        live = self._find_by_any_id(reference)
        own_ids = {bot.id for bot in callers}
        if live is not None and live.bot.id in own_ids:
            if live.is_running:
                return live
            raise ended_query(live.bot, reference)
        record = await self._store.find_query(reference) if reference and live is None else None
        if record is not None and record.bot_id in own_ids:
            raise ended_query(next(bot for bot in callers if bot.id == record.bot_id), reference)
        raise no_running_query(callers, reference)

    def _prepare(
        self,
        query_id: str,
        message_id: str,
        tree: QueryTree,
        bot: Bot,
        query: QueryRequest,
        conversation_id: str,
        *,
        parent: LiveQuery | None,
        chat: ChatView | None = None,
    ) -> LiveQuery:
        now = self._clock.now()
        ids = QueryIds(
            bot_query_id=query_id,
            message_id=message_id,
            user_id=self._vault.pseudonym("u", tree.person.id, bot.id),
            conversation_id=self._vault.pseudonym("c", tree.conversation_owner_id, conversation_id, bot.id),
            metadata=self._vault.pseudonym("d", query_id),
            created_at_us=microseconds(now),
            users={
                user.person_id: (self._vault.pseudonym("u", user.person_id, bot.id), user.name)
                for user in (chat.users if chat else ())
            },
            is_from_chat=chat is not None,
        )
        record = QueryRecord(
            id=query_id,
            root_id=tree.root_id,
            parent_id=parent.id if parent else None,
            depth=parent.record.depth + 1 if parent else 0,
            bot_id=bot.id,
            bot_name=bot.name,
            person_id=tree.person.id,
            conversation_id=conversation_id,
            message_id=ids.message_id,
            request=build_query(
                query,
                ids,
                history_messages=self._limits.history_messages,
                alternates_roles=bot.resolved.enforce_author_role_alternation,
            ),
            state=QueryState.RUNNING,
            started_at=now,
        )
        started_at = asyncio.get_running_loop().time()
        return LiveQuery(record, bot, tree, parent=parent, chat=chat, started_at=started_at)

    def _launch(self, live: LiveQuery) -> None:
        self._live[live.id] = live
        self._by_message[live.record.message_id] = live
        self._journal.watch(live)
        live.task = self._tasks.spawn(self._run(live), f"query {live.id}")

    # --- a query's life --------------------------------------------------------------------------------------------

    async def _run(self, live: LiveQuery) -> None:
        try:
            call = await self._build_call(live)
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

    async def _suggest_replies(self, live: LiveQuery, reply: Reply) -> None:
        if live.is_root and live.tree.wants_suggestions and wants_suggestions(reply):
            lines = await self.helpers.suggest(live, reply.text)
            live.log.append([LogEntry(e.name, encode_event(e)) for e in map(SuggestedReplyEvent, lines)])

    async def _build_call(self, live: LiveQuery) -> BotCall:
        """Gives what goes to the bot. Raises HubError when a file of the message cannot be given to it in time."""
        remaining_s = live.tree.deadline - asyncio.get_running_loop().time()
        trace = trace_header(self._vault.pseudonym("t", live.record.root_id), self._vault.pseudonym("t", live.id))
        headers = {**limit_headers(live.record.depth, remaining_s), **trace}
        if live.bot.kind == "prompt" or not has_attachments(live.record.request):
            # The files of a prompt bot's query are prepared for its base.
            return BotCall(live.bot, live.record.request, headers)
        try:
            async with asyncio.timeout_at(live.tree.deadline):
                prepared = await self._preparer.prepare(live)
        except TimeoutError:
            raise UpstreamTimeout(
                "files_timeout",
                f"The files for bot '{live.bot.name}' could not be fetched and read within {self._limits.reply_s:g} s, "
                "the limit for an answer.",
                "Upload them to the hub instead of naming their addresses, or send fewer.",
            ) from None
        live.record = replace(live.record, request=prepared.body)
        if prepared.notices:
            live.log.append([notice(text) for text in prepared.notices])
        await self._store.save_request(live.id, prepared.body)
        return BotCall(live.bot, prepared.body, headers)

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
        await asyncio.gather(
            *(self.stop(child, "The bot that called has ended its answer.") for child in live.children)
        )
        for observer in self._observers:
            observer(live)
        text = None if result.state is QueryState.STOPPED else result.text
        await self._journal.finish(live, QueryEnding(live.id, result.state, self._clock.now(), text, result.error))
        self._live.pop(live.id, None)
        self._by_message.pop(live.record.message_id, None)
        self._notes.forget(live.id)
        if live.is_root:
            await self._contract.counts.forget(live.id)

    def _after(self, live: LiveQuery, outcome: Outcome) -> None:
        if outcome.problem is not None:
            self._tasks.spawn(self._report_error(live, outcome.problem), f"report {live.id}")
        if outcome.reply.meta.refetch_settings:
            text = f"Bot '{live.bot.name}' asked for its settings to be read again."
            self._notes.add(live.id, NoteKind.SETTINGS, text, code="refetch_settings", bot=live.bot.name)
            self._tasks.spawn(self._refetch_settings(live.bot), f"refetch-settings {live.bot.name}")
        if outcome.reply.error is not None and outcome.reply.error.text:
            self._notes.add(live.id, NoteKind.BOT_ERROR, outcome.reply.error.text, code=outcome.code)
        if outcome.diagnostic:
            self._notes.add(live.id, NoteKind.DIAGNOSTIC, outcome.diagnostic)
            logger.warning("bot:error bot=%s query=%s diagnostic=%s", live.bot.name, live.id, outcome.diagnostic[:2000])

    async def _report_error(self, live: LiveQuery, problem: Problem) -> None:
        await self.report(
            live.bot,
            {
                "type": "report_error",
                "message": problem.message,
                "metadata": {**problem.metadata, "message_id": live.record.message_id},
            },
        )

    # --- stopping, following, reporting ----------------------------------------------------------------------------

    async def stop(self, live: LiveQuery, reason: str = STOPPED) -> None:
        """Stops a query and everything below it; returns when all of it has ended (design 4, rule 6)."""
        queries = list(live.walk())
        for query in queries:
            # A second cancellation would hit the query while it writes down that it was stopped.
            if query.is_running and query.stop_reason is None and query.task is not None:
                query.stop_reason = reason
                query.task.cancel()
        await asyncio.gather(*(query.task for query in queries if query.task is not None), return_exceptions=True)

    def find_live(self, query_id: str) -> LiveQuery | None:
        """Gives a query that runs or is being written down, else None."""
        return self._live.get(query_id)

    def find_answering(self, message_id: str) -> LiveQuery | None:
        """Gives the query that makes this answer, like `find_live`."""
        return self._by_message.get(message_id)

    async def get_query(self, person: Person, query_id: str) -> QueryRecord:
        """Gives a query of this person; raises NotFound, also for somebody else's."""
        live = self._live.get(query_id)
        record = live.current if live is not None else await self._store.find_query(query_id)
        if record is None or record.person_id != person.id:
            raise unknown_query(query_id)
        return record

    async def get_text(self, record: QueryRecord) -> str:
        """Gives the answer's text as far as it has come; for stopped and interrupted queries from the journal."""
        live = self._live.get(record.id)
        if live is not None:
            entries = list(live.log.entries)
        elif record.text is not None:
            return record.text
        else:
            entries = [entry for _, entry in journal_entries(await self._store.read_journal(record.id, 0))]
        return reduce_events(decode_entry(entry) for entry in entries).text

    async def find_ended(self, query_id: str) -> tuple[QueryRecord, list[LogEntry]] | None:
        """Gives a query that is not running any more with all events of its reply, from the journal; else None."""
        record = await self._store.find_query(query_id) if query_id not in self._live else None
        if record is None or record.state is QueryState.RUNNING:
            return None
        return record, [entry for _, entry in journal_entries(await self._store.read_journal(record.id, 0))]

    async def list_tree(self, record: QueryRecord) -> list[QueryRecord]:
        """Gives all queries of the tree a query belongs to, in the order they began."""
        return await self._store.list_tree(record.root_id)

    async def follow(self, record: QueryRecord, after: int) -> AsyncGenerator[bytes]:
        """Gives the numbered events above `after` as bytes of an SSE stream, until the reply ends."""
        live = self._live.get(record.id)
        if live is not None:
            async for piece in follow_live(live, after, keep_alive_s=self._keep_alive_s):
                yield piece
            return
        yield replay(await self._store.read_journal(record.id, after), after)
        if record.state is QueryState.INTERRUPTED:
            yield encode_event(ErrorEvent(text=record.error, allow_retry=False))

    async def report(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """Passes a `report_*` request on to a bot; never raises for the bot's trouble."""
        await self.reports.send(bot, body)

    async def report_about(
        self, bot: Bot, body: Mapping[str, Any], *, person_id: str, owner_id: str, conversation_id: str, message_id: str
    ) -> None:
        """Passes on what a person thinks of an answer, with the ids under which the bot made it (3.6, 3.7).

        `owner_id` is whose chat it is. Never raises for the bot's trouble.
        """
        ids = {
            "message_id": message_id,
            "user_id": self._vault.pseudonym("u", person_id, bot.id),
            "conversation_id": self._vault.pseudonym("c", owner_id, conversation_id, bot.id),
        }
        await self.report(bot, {**body, **ids})


def _refusal_event(error: HubError) -> ErrorEvent:
    return ErrorEvent(text=error.sentence, allow_retry=False, error_type="user_caused_error")


def _failed_result(outcome: Outcome) -> QueryResult:
    assert outcome.error is not None
    return QueryResult(QueryState.FAILED, outcome.reply.text, outcome.error.text, outcome.diagnostic)


def unknown_query(query_id: str) -> NotFound:
    """Builds the refusal for a query id that is not this person's."""
    return NotFound("unknown_query", f"There is no query '{query_id[:60]}' of yours on this hub.")
