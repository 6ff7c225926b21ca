"""A hub in a thread of its own, for clients that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.hub import RunningHub, running_hub


@contextmanager
def hub_in_thread(data_dir: Path, **settings: Any) -> Iterator[RunningHub]:
    """Gives a running hub whose event loop is in another thread: use its address and keys, not its services."""
    is_up = threading.Event()
    box: dict[str, Any] = {}

    async def run() -> None:
        async with running_hub(data_dir, **settings) as hub:
            box["hub"], box["loop"], box["stop"] = hub, asyncio.get_running_loop(), asyncio.Event()
            is_up.set()
            await box["stop"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="hub")
    thread.start()
    assert is_up.wait(20), "the hub did not start"
    try:
        yield box["hub"]
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(20)
