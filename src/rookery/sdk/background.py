"""Work that goes on after the call that caused it: reports, reading a finished answer to its end.

Such work never raises into anything, is bounded in time by whoever starts it, and dies with its event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from rookery.sdk.log import logger

_tasks: set[asyncio.Task[None]] = set()


def spawn(work: Coroutine[Any, Any, None], name: str) -> None:
    """Starts work in the running loop; the task is kept from being collected, its failure is logged."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _tasks.add(task)
    task.add_done_callback(_finish)


def _finish(task: asyncio.Task[None]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.debug("background:failed task=%s error=%r", task.get_name(), error)


async def wait_for_background(timeout_s: float) -> None:
    """Waits for the running loop's background work, at most so many seconds; for loops that end after one call."""
    loop = asyncio.get_running_loop()
    own = [task for task in _tasks if task.get_loop() is loop]
    if own:
        await asyncio.wait(own, timeout=timeout_s)
