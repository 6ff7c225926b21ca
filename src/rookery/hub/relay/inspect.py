"""The inspector: what a query asked, what came when, what hangs below it; for who may see it (decision 0007).

A running query is read from memory, a finished one from the journal; both give the same. How it looks is in `showing`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from rookery.hub.accounts.model import Actor
from rookery.hub.address import PublicAddress
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.errors import Conflict, NotAllowed
from rookery.hub.relay.follow import journal_entries
from rookery.hub.relay.log import Mark
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.model import NoteKind, QueryNote, QueryRecord, QueryState
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.recording import FORMAT, recorded_events, recorded_request, refused_call
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.showing import (
    InspectedTree,
    NumberedEntry,
    call_fields,
    masked,
    notices,
    show_events,
    show_notes,
    show_report,
)
from rookery.hub.relay.sight import Sight, sight
from rookery.hub.relay.store import JournalBeginning, QueryFilter, RelayStore
from rookery.hub.relay.views import QueryInspection, QueryPage, RecordedCallView, RecordedExchange, query_view
from rookery.protocol.limits import REPLY_EVENTS

SEAM = 64
"""Events before and after a page that are read with it: a secret may be spread over both sides of its edge."""
ALL_EVENTS = 2 * REPLY_EVENTS


class Inspector:
    """Reads exchanges. `list_bots` and `mask` give what the hub knows now."""

    def __init__(
        self,
        store: RelayStore,
        relay: RelayService,
        notes: Notebook,
        list_bots: Callable[[], list[Bot]],
        mask: Callable[[], Masker],
        address: PublicAddress,
    ) -> None:
        self._store = store
        self._relay = relay
        self._notes = notes
        self._list_bots = list_bots
        self._mask = mask
        self._address = address

    async def list_roots(self, actor: Actor, which: QueryFilter, limit: int) -> QueryPage:
        """Gives one's own messages, newest first; with a key for one bot only those to it."""
        if actor.scope is not None:
            if which.bot_name is not None and name_key(which.bot_name) != name_key(actor.scope):
                raise _out_of_scope(actor.scope)
            which = QueryFilter(actor.scope, which.state, which.before)
        records = await self._store.list_roots(actor.person.id, which, limit + 1)
        page, masker = records[:limit], self._mask()
        views = [query_view(record) for record in page]
        for view in views:
            view.text, view.error = masked(masker, view.text), masked(masker, view.error)
        return QueryPage(queries=views, next_before=page[-1].started_at if len(records) > limit else None)

    async def find(self, actor: Actor, query_id: str) -> QueryRecord:
        """Gives a query of this actor's, whatever is shown of it. Raises NotFound, and NotAllowed for a key's scope."""
        record = await self._relay.get_query(actor.person, query_id)
        if actor.scope is not None:
            root = record if record.parent_id is None else await self._relay.get_query(actor.person, record.root_id)
            if name_key(root.bot_name) != name_key(actor.scope):
                raise _out_of_scope(actor.scope)
        return record

    async def find_shown(self, actor: Actor, query_id: str) -> QueryRecord:
        """Gives a query whose exchange this actor may see. Raises NotFound and NotAllowed."""
        record = await self.find(actor, query_id)
        if record.parent_id is None:
            return record
        tree = await self._read_tree(actor.person.id, record)
        if tree.sights[record.id] < Sight.EXCHANGE:
            raise NotAllowed(
                "exchange_not_shown",
                f"This call to '{record.bot_name}' was made by somebody else's bot; only its summary is shown.",
                "Its text may hold that bot's private prompt.",
            )
        return record

    async def inspect(self, actor: Actor, query_id: str, *, after: int, limit: int) -> QueryInspection:
        """Gives a query and all below it, as far as the actor may see it, with one page of its events."""
        record = await self.find(actor, query_id)
        tree = await self._read_tree(actor.person.id, record)
        seen = tree.sights[record.id]
        shown = seen >= Sight.EXCHANGE
        text = await self._relay.get_text(record) if shown else None
        entries, marks = await self._read_events(record, after, limit) if shown else ([], [])
        notes = tree.notes.get(record.id, []) if shown else []
        masker = self._mask()

        def build() -> QueryInspection:
            # Up to a thousand events and a request of megabytes are masked: not in the event loop.
            events = show_events(entries, marks, masker, after, limit)
            return QueryInspection(
                **{**call_fields(record, tree, masker), "text": masked(masker, text)},
                request=masker.value(record.request) if shown else None,
                events=events,
                reports=[show_report(n, record, seen, masker) for n in notes if n.kind is NoteKind.REPORT],
                notes=[*show_notes(notes, record, seen, masker), *notices(events)],
            )

        return await asyncio.to_thread(build)

    async def record_exchange(self, actor: Actor, query_id: str) -> RecordedExchange:
        """Gives a finished query and the calls that its bot made as a test. Raises also Conflict and NotAllowed.

        All calls must be shown to the actor: a replay needs what the called bots answered.
        """
        record = await self.find_shown(actor, query_id)
        if record.state is QueryState.RUNNING:
            raise Conflict("still_running", "This query still runs.", "Save it when its answer has ended.")
        tree = await self._read_tree(actor.person.id, record)
        calls = [below for below in tree.records.values() if below.parent_id == record.id]
        notes = tree.notes.get(record.id, [])
        refused = [note for note in notes if note.kind is NoteKind.REFUSAL]
        if (calls or refused) and tree.sights[record.id] < Sight.AUTHOR:
            raise NotAllowed(
                "exchange_not_shown",
                f"The bot '{record.bot_name}' called others, and only its owner may see what it asked them.",
                "Ask its owner to save the test.",
            )
        read = [await self._read_events(query, 0, ALL_EVENTS) for query in (record, *calls)]
        requests = [await self._relay.get_query(actor.person, call.id) for call in calls]
        masker, hub_url = self._mask(), self._address.base

        def build() -> RecordedExchange:
            own, *below = [show_events(entries, marks, masker, 0, ALL_EVENTS) for entries, marks in read]
            said = next((note for note in notes if note.kind is NoteKind.BOT_ERROR), None)
            return RecordedExchange(
                format=FORMAT,
                bot=record.bot_name,
                request=recorded_request(record.request, masker, hub_url),
                events=recorded_events(own, hub_url, for_caller=False, bot_error=said),
                calls=[
                    RecordedCallView(
                        bot=call.bot_name,
                        refused=False,
                        request=recorded_request(call.request, masker, hub_url),
                        events=recorded_events(events, hub_url, for_caller=True),
                    )
                    for call, events in zip(requests, below, strict=True)
                ]
                + [call for note in refused if (call := refused_call(note, hub_url)) is not None],
            )

        return await asyncio.to_thread(build)

    async def _read_tree(self, person_id: str, record: QueryRecord) -> InspectedTree:
        records = {kept.id: kept for kept in await self._store.list_tree(record.root_id)}
        beginnings = await self._store.read_beginnings(list(records))
        root = self._relay.queries.find(record.root_id)
        for live in root.walk() if root is not None else ():
            records[live.id] = live.current
            beginnings[live.id] = JournalBeginning(len(live.log.entries), next(iter(live.log.marks), None))
        records.setdefault(record.id, record)
        owners = {bot.id: bot.owner_id for bot in self._list_bots()}
        sights = {}
        for query in records.values():
            caller = records.get(query.parent_id or "")
            sights[query.id] = sight(
                person_id,
                query,
                bot_owner_id=owners.get(query.bot_id),
                caller_owner_id=owners.get(caller.bot_id) if caller is not None else None,
            )
        notes: dict[str, list[QueryNote]] = {}
        for note in await self._notes.read(list(records)):
            notes.setdefault(note.query_id, []).append(note)
        return InspectedTree(records, sights, beginnings, notes)

    async def _read_events(
        self, record: QueryRecord, after: int, limit: int
    ) -> tuple[Sequence[NumberedEntry], Sequence[Mark]]:
        first, last = max(0, after - SEAM), after + limit + SEAM
        live = self._relay.queries.find(record.id)
        if live is not None:
            return list(enumerate(live.log.entries[first:last], first + 1)), list(live.log.marks)
        parts = await self._store.read_journal(record.id, first, last)
        entries = await asyncio.to_thread(journal_entries, parts)
        return entries, [mark for part in parts for mark in part.marks]


def _out_of_scope(scope: str) -> NotAllowed:
    return NotAllowed("key_scope", f"This API key reaches the bot '{scope}' only.")
