"""What somebody is shown of queries: values of the relay to the views of the API, masked. Pure.

Everything that leaves goes through the masker; what only a bot's author may see is left out for others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from rookery.hub.clock import microseconds
from rookery.hub.relay.log import LogEntry, Mark
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.model import NoteKind, QueryNote, QueryRecord, QueryState
from rookery.hub.relay.sight import Sight
from rookery.hub.relay.store import JournalBeginning
from rookery.hub.relay.views import CallView, EventView, NoteView, RefusalView, ReportView, Timing, query_fields
from rookery.protocol.json_values import load_json
from rookery.protocol.sse import SseDecoder

NumberedEntry = tuple[int, LogEntry]


class InspectedTree(NamedTuple):
    """A query tree with what is needed to show it."""

    records: Mapping[str, QueryRecord]
    """In the order they began; without requests."""
    sights: Mapping[str, Sight]
    beginnings: Mapping[str, JournalBeginning]
    notes: Mapping[str, list[QueryNote]]


def show_events(
    entries: Sequence[NumberedEntry], marks: Sequence[Mark], masker: Masker, after: int, limit: int
) -> list[EventView]:
    """Gives the events with numbers above `after`, at most `limit`; others are read with them for the masker."""
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


def call_fields(record: QueryRecord, tree: InspectedTree, masker: Masker) -> dict[str, Any]:
    """Gives the fields of a `CallView`, with everything below, as far as it is shown."""
    seen = tree.sights[record.id]
    shown = seen >= Sight.EXCHANGE
    beginning = tree.beginnings.get(record.id, JournalBeginning(0, None))
    has_output = beginning.event_count > (0 if record.state is QueryState.RUNNING else 1)
    notes = tree.notes.get(record.id, []) if shown else []
    fields = query_fields(record, masked(masker, record.text) if shown else None)
    return {
        **fields,
        "error": masked(masker, record.error),
        "is_shown": shown,
        "timing": Timing(
            first_event_us=beginning.first_mark[1] if beginning.first_mark and has_output else None,
            ended_us=_since(record, record.ended_at) if record.ended_at else None,
        ),
        "event_count": beginning.event_count,
        "refusals": [_show_refusal(n, record, seen, masker) for n in notes if n.kind is NoteKind.REFUSAL],
        "calls": [
            CallView(**call_fields(below, tree, masker))
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


def show_report(note: QueryNote, record: QueryRecord, seen: Sight, masker: Masker) -> ReportView:
    """Gives a report; its body is for the author only."""
    return ReportView(
        at_us=_since(record, note.at),
        type=note.code or "",
        bot=note.bot or "",
        text=masker.text(note.text),
        body=masker.value(note.detail) if seen >= Sight.AUTHOR else None,
    )


def show_notes(notes: list[QueryNote], record: QueryRecord, seen: Sight, masker: Masker) -> list[NoteView]:
    """Gives the notes that have no list of their own."""
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


def notices(events: Sequence[EventView]) -> list[NoteView]:
    """Gives the notices among events as notes."""
    return [
        NoteView(
            at_us=event.at_us or 0, kind=NoteKind.NOTICE, text=str(event.data.get("text", "")), code=None, bot=None
        )
        for event in events
        if event.name == NoteKind.NOTICE.value and isinstance(event.data, dict)
    ]


def _since(record: QueryRecord, moment: datetime) -> int:
    return max(0, microseconds(moment) - microseconds(record.started_at))


def masked(masker: Masker, text: str | None) -> str | None:
    """Gives a text without secrets; None stays."""
    return masker.text(text) if text is not None else None
