"""The relay's front: ask a bot for a person, call a bot for a bot, follow, report.

    ask, call, call_base ──► QueryMaker (`making`) ──► QueryLives (`running`) ──► LiveQueries (`tree`)
    get, follow          ──► a query in memory, or from the journal

Every query is a task of its own; whoever asked only follows its log. What ends with its caller's connection
(`/bot/{name}`) is stopped by the route, not by this service.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from rookery.hub.accounts.model import Person
from rookery.hub.bots.files import check_files
from rookery.hub.bots.model import Bot
from rookery.hub.bots.parameters import checked_query
from rookery.hub.bots.prompts import BaseFinder
from rookery.hub.bots.service import unknown_bot
from rookery.hub.errors import Conflict, NotFound
from rookery.hub.relay.build import ChatView
from rookery.hub.relay.contract import CallContract, Refused, ended_query, no_running_query
from rookery.hub.relay.follow import decode_entry, follow_live, journal_entries, replay
from rookery.hub.relay.log import LogEntry
from rookery.hub.relay.making import QueryMaker
from rookery.hub.relay.model import NoteKind, QueryRecord, QueryState
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.recording import plain_body
from rookery.hub.relay.reports import Reports
from rookery.hub.relay.running import QueryLives
from rookery.hub.relay.store import RelayStore
from rookery.hub.relay.tree import LiveQueries, LiveQuery
from rookery.protocol.encoding import encode_event
from rookery.protocol.events import ErrorEvent, FileEvent
from rookery.protocol.limits import Limits
from rookery.protocol.reduce import reduce_events
from rookery.protocol.requests import QueryRequest


class RelayService:
    """Queries for the rest of the hub."""

    def __init__(
        self,
        queries: LiveQueries,
        maker: QueryMaker,
        lives: QueryLives,
        *,
        store: RelayStore,
        notes: Notebook,
        reports: Reports,
        contract: CallContract,
        find_base: BaseFinder,
        limits: Limits,
        keep_alive_s: float,
    ) -> None:
        self.queries = queries
        self.reports = reports
        self._maker = maker
        self._lives = lives
        self._store = store
        self._notes = notes
        self._contract = contract
        self._find_base = find_base
        self._limits = limits
        self._keep_alive_s = keep_alive_s

    async def start(self) -> None:
        """Closes the books on queries of an earlier process and starts the journal."""
        await self._lives.start()

    async def aclose(self) -> None:
        """Stops every running query, telling its reader why, and writes it down."""
        await self._lives.aclose()

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
        renews_links: bool = True,
    ) -> LiveQuery:
        """Starts a root query: a person's message to a bot. It is on disk when this returns, before anything is sent.

        A chat gives the ids (`bq-…`, `m-…`) under which it has already noted the answer to come. Raises StorageFailed
        when the query cannot be kept, NotFound for a bot that is not for this person, BadInput for parameters or
        files that do not fit the bot; nothing is sent then. `wants_suggestions` says that somebody looks at the answer
        who would use suggested replies; `renews_links` that it is the person, not a key of theirs for one bot.
        """
        if not bot.is_usable_by(person):
            raise unknown_bot(bot.name)
        query = self.check(bot, query)
        live = self._maker.make_root(
            person,
            bot,
            query,
            query_id=query_id,
            message_id=message_id,
            conversation_id=conversation_id,
            chat=chat,
            wants_suggestions=wants_suggestions,
            renews_links=renews_links,
        )
        await self._lives.begin(live)
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
        live = self._maker.make_below(parent, callee, query)
        self._lives.begin_below(parent, live)
        return live

    def call_base(self, query_id: str, base: Bot, render: Callable[[QueryRequest], QueryRequest]) -> LiveQuery:
        """Starts the query by which a prompt bot has its base answer, below the running query of that id.

        `render` puts the prompt into a query. It is no call between bots: nothing is declared or counted, but depth
        counts. Raises Refused when the tree is too deep or the query has ended.
        """
        parent = self.queries.find(query_id)
        if parent is None or not parent.is_running:
            raise Refused("query_ended", f"The query '{query_id[:60]}' has ended.")
        self._contract.check_depth(parent, base)
        live = self._maker.make_base(parent, base, render(self._maker.as_received(parent)))
        self._lives.begin_below(parent, live)
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

    async def _find_callers_query(self, callers: Sequence[Bot], reference: str) -> LiveQuery:
        live = self.queries.find_by_any_id(reference)
        own_ids = {bot.id for bot in callers}
        if live is not None and live.bot.id in own_ids:
            if live.is_running:
                return live
            raise ended_query(live.bot, reference)
        record = await self._store.find_query(reference) if reference and live is None else None
        if record is not None and record.bot_id in own_ids:
            raise ended_query(next(bot for bot in callers if bot.id == record.bot_id), reference)
        raise no_running_query(callers, reference)

    # --- reading what is or was said -------------------------------------------------------------------------------

    async def get_query(self, person: Person, query_id: str) -> QueryRecord:
        """Gives a query of this person; raises NotFound, also for somebody else's."""
        live = self.queries.find(query_id)
        record = live.current if live is not None else await self._store.find_query(query_id)
        if record is None or record.person_id != person.id:
            raise NotFound("unknown_query", f"There is no query '{query_id[:60]}' of yours on this hub.")
        return record

    async def get_text(self, record: QueryRecord) -> str:
        """Gives the answer's text as far as it has come; for stopped and interrupted queries from the journal."""
        live = self.queries.find(record.id)
        if live is not None:
            entries = list(live.log.entries)
        elif record.text is not None:
            return record.text
        else:
            entries = [entry for _, entry in journal_entries(await self._store.read_journal(record.id, 0))]
        return reduce_events(decode_entry(entry) for entry in entries).text

    async def find_ended(self, query_id: str) -> tuple[QueryRecord, list[LogEntry]] | None:
        """Gives a query that is not running any more with all events of its reply, from the journal; else None."""
        record = await self._store.find_query(query_id) if self.queries.find(query_id) is None else None
        if record is None or record.state is QueryState.RUNNING:
            return None
        return record, [entry for _, entry in journal_entries(await self._store.read_journal(record.id, 0))]

    async def follow(self, record: QueryRecord, after: int) -> AsyncGenerator[bytes]:
        """Gives the numbered events above `after` as bytes of an SSE stream, until the reply ends."""
        live = self.queries.find(record.id)
        if live is not None:
            async for piece in follow_live(live, after, keep_alive_s=self._keep_alive_s):
                yield piece
            return
        yield replay(await self._store.read_journal(record.id, after), after)
        if record.state is QueryState.INTERRUPTED:
            yield encode_event(ErrorEvent(text=record.error, allow_retry=False))

    # --- reporting -------------------------------------------------------------------------------------------------

    async def report_about(
        self, bot: Bot, body: Mapping[str, Any], *, person_id: str, owner_id: str, conversation_id: str, message_id: str
    ) -> None:
        """Passes on what a person thinks of an answer, with the ids under which the bot made it (3.6, 3.7).

        `owner_id` is whose chat it is. Never raises for the bot's trouble.
        """
        ids = self._maker.ids_for(bot, person_id=person_id, owner_id=owner_id, conversation_id=conversation_id)
        await self.reports.send(bot, {**body, "message_id": message_id, **ids})
