"""Notes: what happens beside a query's events, kept as it happens, at most `NOTES` for each query.

They are rare, so each is a write of its own; nothing waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from rookery.hub.clock import Clock
from rookery.hub.errors import StorageFailed
from rookery.hub.relay.masking import Masker
from rookery.hub.relay.model import NoteKind, QueryNote
from rookery.hub.relay.store import RelayStore
from rookery.hub.tasks import Tasks

logger = logging.getLogger("rookery.hub.relay")

NOTES = 100
"""Notes of one query; a bot that repeats a refused call for ever fills no disk."""
TEXT_CHARACTERS = 4000
DETAIL_BYTES = 32 * 1024

Detail = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


class Notebook:
    """Writes and reads notes. `mask` gives the masker for what the hub knows now."""

    def __init__(self, store: RelayStore, clock: Clock, tasks: Tasks, mask: Callable[[], Masker]) -> None:
        self._store = store
        self._clock = clock
        self._tasks = tasks
        self._mask = mask
        self._counts: Counter[str] = Counter()
        self._writing: dict[str, set[asyncio.Task[None]]] = {}

    def add(
        self,
        query_id: str,
        kind: NoteKind,
        text: str,
        *,
        code: str | None = None,
        bot: str | None = None,
        detail: Detail | None = None,
    ) -> None:
        """Notes something; trouble with it goes to the log. `detail` may be a function, called in a thread."""
        if self._counts[query_id] >= NOTES:
            return
        self._counts[query_id] += 1
        writing = self._write(query_id, kind, self._clock.now(), text, code, bot, detail)
        task = self._tasks.spawn(writing, f"note {query_id}")
        self._writing.setdefault(query_id, set()).add(task)
        task.add_done_callback(lambda done: self._written(query_id, done))

    def forget(self, query_id: str) -> None:
        """Says that the query has ended: few notes will follow."""
        self._counts.pop(query_id, None)

    async def read(self, query_ids: Sequence[str]) -> list[QueryNote]:
        """Gives the notes of these queries, oldest first, also those that are just being written."""
        if writing := [task for query_id in query_ids for task in self._writing.get(query_id, ())]:
            await asyncio.wait(writing)
        return await self._store.read_notes(query_ids)

    async def _write(
        self,
        query_id: str,
        kind: NoteKind,
        at: datetime,
        text: str,
        code: str | None,
        bot: str | None,
        detail: Detail | None,
    ) -> None:
        masker = self._mask()
        kept = await asyncio.to_thread(_prepare, detail, masker) if detail is not None else None
        note = QueryNote(query_id, kind, at, masker.text(text)[:TEXT_CHARACTERS], code, bot and bot[:100], kept)
        try:
            await self._store.add_note(note, most=NOTES)
        except StorageFailed as failure:
            logger.error("note:not-kept query=%s kind=%s reason=%s", query_id, kind, failure.message)

    def _written(self, query_id: str, task: asyncio.Task[None]) -> None:
        tasks = self._writing[query_id]
        tasks.discard(task)
        if not tasks:
            del self._writing[query_id]


def _prepare(detail: Detail, masker: Masker) -> dict[str, Any] | None:
    body = dict(detail() if callable(detail) else detail)
    return masker.value(body) if len(orjson.dumps(body, default=str)) <= DETAIL_BYTES else None
