"""Keeps one bot file running: restarts it when it ends by itself, and replaces it when it is saved.

    run() ── start ── Ready ──┬── ended by itself ── pause (backoff) ─┐
               ▲              └── saved (reload) ─────────────────────┤
               └──────────────────────────────────────────────────────┘

On a save the old process serves until the new one is ready and `on_event(Ready)` has returned, so that there is no
moment without a server. A file that does not load changes nothing: the old process stays.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

from rookery.hosting.backoff import Backoff
from rookery.hosting.model import BotFileError, Changed, Exited, Failed, HostEvent, Ready, Starting
from rookery.hosting.process import BotLaunch, BotProcess
from rookery.hosting.sdk_choice import Sdk
from rookery.hosting.watch import ChangeFeed

__all__ = ["HostedFile", "OnEvent"]

OnEvent = Callable[[HostEvent], Awaitable[None]]

FAILED_START = 1
"""Exit status of a child that could not serve its file."""


class HostedFile:
    """One bot file, kept running by `run`."""

    def __init__(
        self,
        file: Path,
        *,
        hub_url: str,
        access_key: str,
        on_event: OnEvent,
        sdk: Sdk | None = None,
        reload: bool = False,
        grace_s: float = 5.0,
        reload_grace_s: float = 30.0,
        ready_timeout_s: float = 30.0,
        backoff: Backoff | None = None,
    ) -> None:
        """`access_key`: 32 characters, for bots without one of their own. `sdk`: None for the default of `choose_sdk`.

        `on_event` is awaited for every event, and what it raises ends `run`. `Output` may come while it handles
        another event; the others come one after the other. As long as it handles a line, the bot's next ones wait.
        For replies in progress: `grace_s` when everything is stopped, `reload_grace_s` when a process is replaced.
        `ready_timeout_s` is for loading.
        """
        self._launch = BotLaunch(file, hub_url, access_key, sdk=sdk, grace_s=reload_grace_s)
        self._grace_s = grace_s
        self._on_event = on_event
        self._ready_timeout_s = ready_timeout_s
        self._changes = ChangeFeed(file) if reload else None
        self._backoff = backoff or Backoff()
        self._serving: BotProcess | None = None
        self._serving_since = 0.0
        self._starting: BotProcess | None = None
        self._retiring: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Keep the file running until cancelled. Returns, or raises, only when no process of it is left.

        Without `reload`, raises the `BotFileError` of a first start that fails; later failures, and all of them
        with `reload`, are `Failed` events. A second cancellation kills what the first one asked to stop.
        """
        following = [self._changes.follow()] if self._changes else []
        try:
            await _race(self._keep_running(), *following)
        finally:
            await self._stop_all()

    async def _keep_running(self) -> None:
        has_served = False
        while True:
            try:
                await self._replace()
                has_served = True
            except BotFileError as error:
                if not has_served and self._changes is None:
                    raise
                await self._on_event(Failed(error, still_serving=self._is_serving()))
            await self._wait_for_reason_to_start()

    async def _replace(self) -> None:
        """Start a process and let it take over. Gives up on it, with the old one serving, when the file changes."""
        await self._on_event(Starting(self._launch.file))
        began = time.monotonic()
        process = self._starting = await BotProcess.start(self._launch, on_output=self._on_event)
        ready, _ = await _race(process.ready(self._ready_timeout_s), self._change())
        if ready.cancelled():
            await process.stop(grace_s=0)
            return
        duration_ms = round((time.monotonic() - began) * 1000)
        await self._on_event(Ready(tuple(ready.result()), process.sdk, process.pid, duration_ms))
        old, self._serving, self._starting = self._serving, process, None
        self._serving_since = time.monotonic()
        if old is not None:
            # Beside the loop: replies in progress may take their time, and the next save must not wait for them.
            retiring = asyncio.create_task(old.stop())
            self._retiring.add(retiring)
            retiring.add_done_callback(self._retiring.discard)

    async def _wait_for_reason_to_start(self) -> None:
        """Wait for a save or for the end of the serving process, whichever comes first, and report it."""
        if self._serving is None and self._changes is None:
            await self._pause(FAILED_START, lived_s=0.0)
            return
        ended, changed = await _race(self._end_of_serving(), self._change())
        if not changed.cancelled():
            await self._report_change()
            return
        self._serving = None
        await self._pause(ended.result(), lived_s=time.monotonic() - self._serving_since)

    async def _pause(self, returncode: int, *, lived_s: float) -> None:
        delay_s = self._backoff.next_delay_s(lived_s)
        await self._on_event(Exited(returncode, delay_s))
        _, changed = await _race(asyncio.sleep(delay_s), self._change())
        if not changed.cancelled():
            await self._report_change()

    async def _report_change(self) -> None:
        assert self._changes is not None
        await self._on_event(Changed(self._changes.take()))

    async def _end_of_serving(self) -> int:
        return await self._serving.wait() if self._serving else await _forever()

    async def _change(self) -> None:
        await (self._changes.changed() if self._changes else _forever())

    def _is_serving(self) -> bool:
        return self._serving is not None and self._serving.running

    async def _stop_all(self) -> None:
        stopping = [process.stop(self._grace_s) for process in (self._serving, self._starting) if process is not None]
        await asyncio.gather(*stopping, self._end_retiring(), return_exceptions=True)

    async def _end_retiring(self) -> None:
        if self._retiring:
            await asyncio.wait(self._retiring, timeout=self._grace_s)
        for task in self._retiring:
            task.cancel()  # kills
        await asyncio.gather(*self._retiring, return_exceptions=True)


async def _race(*runs: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    """Run all until the first ends, then cancel the others and wait for them.

    Gives the tasks in the order of `runs`; one that lost says `cancelled()`. Raises what the first one raised.
    """
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled():
            task.result()
    return tasks


async def _forever() -> NoReturn:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody completes this future")
