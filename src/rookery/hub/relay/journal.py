"""The journal: running replies go to disk in batches, so that a killed hub loses at most one interval of them.

One writer for all queries: it sleeps while nothing happens, then writes everything new in one transaction.
"""

from __future__ import annotations

import asyncio
import logging

from rookery.hub.errors import StorageFailed
from rookery.hub.relay.store import JournalPart, QueryEnding, RelayStore
from rookery.hub.relay.tree import LiveQuery

logger = logging.getLogger("rookery.hub.relay")


class Journal:
    """Writes the logs of running queries."""

    def __init__(self, store: RelayStore, *, interval_s: float) -> None:
        self._store = store
        self._interval_s = interval_s
        self._running: dict[str, LiveQuery] = {}
        self._is_needed = asyncio.Event()

    def watch(self, live: LiveQuery) -> None:
        """Begins to write this query's events."""
        self._running[live.id] = live
        self._is_needed.set()

    async def finish(self, live: LiveQuery, ending: QueryEnding) -> None:
        """Writes what is left of a query and how it ended, and stops watching it; trouble goes to the log."""
        self._running.pop(live.id, None)
        try:
            await self._store.finish_query(ending, _take_new(live))
        except StorageFailed as failure:
            logger.error("query:not-kept query=%s reason=%s", live.id, failure.message)

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await self._is_needed.wait()
            await asyncio.sleep(self._interval_s)
            if not self._running:
                self._is_needed.clear()
                continue
            await self._write(list(self._running.values()))

    async def _write(self, queries: list[LiveQuery]) -> None:
        parts = [part for live in queries if (part := _take_new(live)) is not None]
        if not parts:
            return
        try:
            await self._store.append_journal(parts)
        except StorageFailed as failure:
            # A full disk must not end answers that people are reading; what is not on disk is tried again.
            logger.error("journal:write-failed queries=%d reason=%s", len(parts), failure.message)
            firsts = {part.query_id: part.first for part in parts}
            for live in queries:
                if live.id in firsts:
                    live.journalled = firsts[live.id] - 1


def _take_new(live: LiveQuery) -> JournalPart | None:
    start = live.journalled
    entries = live.log.entries[start:]
    if not entries:
        return None
    live.journalled = start + len(entries)
    payload = b"".join([e.encoded for e in entries])
    return JournalPart(live.id, start + 1, len(entries), payload, live.log.marks_from(start + 1))
