"""The inspector: what a query asked, what came when, what hangs below it; for who may see it (decision 0007).

A running query is read from memory, a finished one from the journal; both give the same.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rookery.hub.accounts.model import Actor
from rookery.hub.address import PublicAddress
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.clock import microseconds
from rookery.hub.errors import Conflict, NotAllowed
from rookery.hub.relay.follow import journal_entries
from rookery.hub.relay.log import LogEntry, Mark
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.model import NoteKind, QueryNote, QueryRecord, QueryState
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.recording import FORMAT, recorded_events, recorded_request, refused_call
from rookery.hub.relay.service import RelayService
from rookery.hub.relay.sight import Sight, sight
from rookery.hub.relay.store import JournalBeginning, QueryFilter, RelayStore
from rookery.hub.relay.views import (
    CallView,
    EventView,
    NoteView,
    QueryInspection,
    QueryPage,
    RecordedCallView,
    RecordedExchange,
    RefusalView,
    ReportView,
    Timing,
    query_fields,
    query_view,
)
from rookery.protocol.json_values import load_json
from rookery.protocol.limits import REPLY_EVENTS
from rookery.protocol.sse import SseDecoder

SEAM = 64
"""Events before and after a page that are read with it: a secret may be spread over both sides of its edge."""
ALL_EVENTS = 2 * REPLY_EVENTS

NumberedEntry = tuple[int, LogEntry]


class _Tree(NamedTuple):
    """A query tree with what is needed to show it."""

    records: Mapping[str, QueryRecord]
    """In the order they began; without requests."""
    sights: Mapping[str, Sight]
    beginnings: Mapping[str, JournalBeginning]
    notes: Mapping[str, list[QueryNote]]


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
            view.text, view.error = _masked(masker, view.text), _masked(masker, view.error)
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
            events = _show_events(entries, marks, masker, after, limit)
            return QueryInspection(
                **{**_call_fields(record, tree, masker), "text": _masked(masker, text)},
                request=masker.value(record.request) if shown else None,
                events=events,
                reports=[_show_report(n, record, seen, masker) for n in notes if n.kind is NoteKind.REPORT],
                notes=[*_show_notes(notes, record, seen, masker), *_notices(events)],
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
            own, *below = [_show_events(entries, marks, masker, 0, ALL_EVENTS) for entries, marks in read]
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

    async def _read_tree(self, person_id: str, record: QueryRecord) -> _Tree:
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
        return _Tree(records, sights, beginnings, notes)

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


def _show_events(
    entries: Sequence[NumberedEntry], marks: Sequence[Mark], masker: Masker, after: int, limit: int
) -> list[EventView]:
    firsts = [number for number, _ in marks]
    events = []
    for number, entry in entries:
        at = bisect_right(firsts, number) - 1
        data = load_json(SseDecoder().feed(entry.encoded)[0].data)
        events.append(EventView(number=number, at_us=marks[at][1] if at >= 0 else None, name=entry.name, data=data))
    _mask_texts(events, masker)
    page = [event for event in events if after < event.number <= after + limit]
    for event in page:
        event.data = masker.value(event.data)
    return page


def _mask_texts(events: list[EventView], masker: Masker) -> None:
    """Masks the texts of neighbouring events as one: a bot that says its key says it in pieces."""
    run: list[EventView] = []
    runs = [run]
    for event in events:
        if event.name == "replace_response":
            run = []
            runs.append(run)
        if event.name in ("text", "replace_response") and isinstance(event.data, dict) and "text" in event.data:
            run.append(event)
    for run in runs:
        texts = [str(event.data["text"]) for event in run]
        for event, before, masked in zip(run, texts, masker.pieces(texts), strict=True):
            if masked != before:
                event.data = {**event.data, "text": masked}


def _call_fields(record: QueryRecord, tree: _Tree, masker: Masker) -> dict[str, Any]:
    seen = tree.sights[record.id]
    shown = seen >= Sight.EXCHANGE
    beginning = tree.beginnings.get(record.id, JournalBeginning(0, None))
    has_output = beginning.event_count > (0 if record.state is QueryState.RUNNING else 1)
    notes = tree.notes.get(record.id, []) if shown else []
    fields = query_fields(record, _masked(masker, record.text) if shown else None)
    return {
        **fields,
        "error": _masked(masker, record.error),
        "is_shown": shown,
        "timing": Timing(
            first_event_us=beginning.first_mark[1] if beginning.first_mark and has_output else None,
            ended_us=_since(record, record.ended_at) if record.ended_at else None,
        ),
        "event_count": beginning.event_count,
        "refusals": [_show_refusal(n, record, seen, masker) for n in notes if n.kind is NoteKind.REFUSAL],
        "calls": [
            CallView(**_call_fields(below, tree, masker))
            for below in tree.records.values()
            if below.parent_id == record.id
        ],
    }


def _show_refusal(note: QueryNote, record: QueryRecord, seen: Sight, masker: Masker) -> RefusalView:
    return RefusalView(
        at_us=_since(record, note.at),
        code=note.code or "",
        callee=note.bot or "",
        text=masker.text(note.text),
        request=masker.value(note.detail) if seen >= Sight.AUTHOR else None,
    )


def _show_report(note: QueryNote, record: QueryRecord, seen: Sight, masker: Masker) -> ReportView:
    return ReportView(
        at_us=_since(record, note.at),
        type=note.code or "",
        bot=note.bot or "",
        text=masker.text(note.text),
        body=masker.value(note.detail) if seen >= Sight.AUTHOR else None,
    )


def _show_notes(notes: list[QueryNote], record: QueryRecord, seen: Sight, masker: Masker) -> list[NoteView]:
    hidden = {NoteKind.REFUSAL, NoteKind.REPORT}
    if seen < Sight.AUTHOR:
        hidden |= {NoteKind.DIAGNOSTIC, NoteKind.BOT_ERROR}
    return [
        NoteView(
            at_us=_since(record, note.at), kind=note.kind, text=masker.text(note.text), code=note.code, bot=note.bot
        )
        for note in notes
        if note.kind not in hidden
    ]


def _notices(events: list[EventView]) -> list[NoteView]:
    return [
        NoteView(
            at_us=event.at_us or 0, kind=NoteKind.NOTICE, text=str(event.data.get("text", "")), code=None, bot=None
        )
        for event in events
        if event.name == NoteKind.NOTICE.value and isinstance(event.data, dict)
    ]


def _since(record: QueryRecord, moment: Any) -> int:
    return max(0, microseconds(moment) - microseconds(record.started_at))


def _masked(masker: Masker, text: str | None) -> str | None:
    return masker.text(text) if text is not None else None


def _out_of_scope(scope: str) -> NotAllowed:
    return NotAllowed("key_scope", f"This API key reaches the bot '{scope}' only.")
