"""A few worker processes: started when there is work, kept while there may be more, replaced when they break.

read(path, form) ──► a free place ──► an idle worker or a new one ──► Finding
                                         after idle_s without work: ended
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from rookery.hub.parsing.model import Finding, ParseLimits
from rookery.hub.parsing.process import NOT_STARTED, Worker, start_worker
from rookery.hub.tasks import Tasks

logger = logging.getLogger("rookery.hub.parsing")

FILES_PER_WORKER = 200
"""Files after which a worker is replaced, so that what parsers leak does not add up."""


class WorkerPool:
    """At most `limits.workers` processes. `aclose` ends them all; a pool that never had work has none."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.workers)
        self._idle: list[Worker] = []
        self._all: dict[Worker, int] = {}
        """Every worker that runs, and how many files it has read."""
        self._ending: set[Worker] = set()
        self._timers: dict[Worker, asyncio.TimerHandle] = {}
        self._tasks = Tasks()
        self._starting: asyncio.Task[Worker] | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of the processes that are kept now."""
        return tuple(worker.pid for worker in self._all)

    @property
    def busy_pids(self) -> tuple[int, ...]:
        """The numbers of those that read a file."""
        return tuple(worker.pid for worker in self._all if worker not in self._idle)

    def warm(self) -> None:
        """Starts a worker in the background when there is none, because a file is about to come."""
        if not self._all and self._starting is None:
            self._starting = self._tasks.spawn(self._start(), "parsing-warm")
            self._starting.add_done_callback(self._put_warm)

    async def read(self, path: str, form: str) -> Finding:
        """What a worker finds in the file; waits for a free place first. Never raises for the file or the worker."""
        async with self._places:
            try:
                worker = await self._take()
            except (OSError, EOFError, ValueError, TimeoutError):
                logger.exception("parsing:worker_not_started")
                return NOT_STARTED
            try:
                finding = await worker.read(path, form)
            finally:
                self._give_back(worker)
        if finding.is_costly or finding.cause == "killed":
            logger.warning("parsing:worker_ended cause=%s form=%s", finding.cause, form)
        return finding

    async def _take(self) -> Worker:
        if self._starting is not None:
            with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
                await asyncio.shield(self._starting)
        while self._idle:
            worker = self._idle.pop()
            self._timers.pop(worker).cancel()
            if worker.is_alive:
                return worker
            self._end(worker)
        return await self._start()

    async def _start(self) -> Worker:
        worker = await start_worker(self._limits)
        self._all[worker] = 0
        return worker

    def _put_warm(self, starting: asyncio.Task[Worker]) -> None:
        self._starting = None
        if not starting.cancelled() and starting.exception() is None:
            self._put(starting.result())

    def _give_back(self, worker: Worker) -> None:
        if worker not in self._all:
            return  # the pool has been closed meanwhile
        self._all[worker] += 1
        if not worker.is_alive or self._all[worker] >= FILES_PER_WORKER:
            self._end(worker)
        else:
            self._put(worker)

    def _put(self, worker: Worker) -> None:
        self._idle.append(worker)
        loop = asyncio.get_running_loop()
        self._timers[worker] = loop.call_later(self._limits.idle_s, self._end_idle, worker)

    def _end_idle(self, worker: Worker) -> None:
        self._idle.remove(worker)
        self._timers.pop(worker)
        self._end(worker)

    def _end(self, worker: Worker) -> None:
        self._all.pop(worker, None)
        self._ending.add(worker)
        ending = self._tasks.spawn(worker.end(), "parsing-worker-end")
        ending.add_done_callback(lambda _: self._ending.discard(worker))

    async def aclose(self) -> None:
        """Ends every worker at once; reads that still run are the callers' to cancel."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._idle.clear()
        workers = [*self._all, *self._ending]
        self._all.clear()
        await self._tasks.aclose()
        await asyncio.gather(*(worker.end() for worker in workers))
