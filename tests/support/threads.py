"""Servers in a thread of their own, for clients that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.support.hub import RunningHub, running_hub

T = TypeVar("T")


@contextmanager
def in_thread(start: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """Gives what `start` gives, whose event loop is in another thread; leaving ends it.

    What fails there, at the start or at the end, is raised here.
    """
    is_up = threading.Event()
    box: dict[str, Any] = {}

    async def run() -> None:
        async with start() as running:
            box["running"], box["loop"], box["stop"] = running, asyncio.get_running_loop(), asyncio.Event()
            is_up.set()
            await box["stop"].wait()

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            box["error"] = error
        finally:
            is_up.set()

    thread = threading.Thread(target=work, name="server")
    thread.start()
    assert is_up.wait(60), "the server did not start"
    if "running" not in box:
        raise box["error"]
    try:
        yield box["running"]
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(60)
    if "error" in box:
        raise box["error"]


@contextmanager
def hub_in_thread(data_dir: Path, **settings: Any) -> Iterator[RunningHub]:
    """Gives a running hub whose event loop is in another thread: use its address and keys, not its services."""
    with in_thread(lambda: running_hub(data_dir, **settings)) as hub:
        yield hub
