"""How long exchanges are kept: whole query trees go, oldest first, in small steps between which others write.

A tree goes when its root is older than `keep_for`, or when its person has more than `keep_most` newer ones. Chats keep
their messages by themselves and lose nothing.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from rookery.hub.accounts.model import Person
from rookery.hub.clock import Clock
from rookery.hub.errors import StorageFailed
from rookery.hub.relay.store import RetentionStore

logger = logging.getLogger("rookery.hub.relay")

PAUSE_S = 3600.0
"""Seconds between two cleanings."""
TREES = 20
"""Trees deleted in one write."""
PARTS = 500
"""Parts of journals deleted in one write."""
BREATH_S = 0.02
"""Seconds between two writes, in which the writer serves the queries that run."""


class Retention:
    """Deletes what is too old or too much."""

    def __init__(
        self,
        store: RetentionStore,
        clock: Clock,
        *,
        keep_for: timedelta,
        keep_most: int,
        pause_s: float = PAUSE_S,
        breath_s: float = BREATH_S,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep_for = keep_for
        self._keep_most = keep_most
        self._pause_s = pause_s
        self._breath_s = breath_s

    async def run(self) -> None:
        """Cleans at once and then every hour, until cancelled."""
        while True:
            try:
                if count := await self.clean():
                    logger.info("retention:cleaned queries=%d", count)
            except StorageFailed as failure:
                logger.error("retention:failed reason=%s", failure.message)
            await asyncio.sleep(self._pause_s)

    async def clean(self) -> int:
        """Deletes all that is due; gives the number of queries. Raises StorageFailed; what is gone by then is gone."""
        count = 0
        for person_id in await self._store.list_people_with_queries():
            count += await self._clean_for(person_id)
        return count

    async def _clean_for(self, person_id: str) -> int:
        until = self._clock.now() - self._keep_for
        surplus = await self._store.find_surplus(person_id, self._keep_most)
        if surplus is not None and surplus > until:
            until = surplus
        return await self._delete_until(person_id, until)

    async def _delete_until(self, person_id: str, until: datetime) -> int:
        count = 0
        while root_ids := await self._store.list_ended_roots(person_id, until, TREES):
            # A long answer has tens of thousands of parts; deleting them at once would keep the writer for long.
            while await self._store.delete_journal(root_ids, PARTS) == PARTS:
                await self._breathe()
            count += await self._store.delete_trees(root_ids)
            await self._breathe()
        return count

    async def person_removed(self, person: Person, heir: Person) -> None:
        """Deletes everything that a removed person has asked and that has ended."""
        await self._delete_until(person.id, self._clock.now())

    async def _breathe(self) -> None:
        await asyncio.sleep(self._breath_s)
