"""What use leaves behind in the hub's process: memory and open files, before and after much of it.

Chats with messages, answers at the same time, and single queries, by real HTTP; the hub is a process of its own. The
numbers after the second round count: the first fills caches and allocators. Growth from round to round is a leak.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from bench.servers import Process, process

CHATS = 200
MESSAGES = 20
QUERIES = 2000
AT_ONCE = 20
ROUNDS = 2
MB = 1024 * 1024


def open_files(hub: Process) -> int:
    """Open descriptors of the process (Linux)."""
    return sum(1 for _ in Path(f"/proc/{hub.pid}/fd").iterdir())


class Talk:
    """One person's way to the hub."""

    def __init__(self, http: aiohttp.ClientSession, hub: Process, key: str) -> None:
        self._http = http
        self._hub = hub
        self._headers = {"Authorization": f"Bearer {key}"}

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        url = self._hub.address + path
        async with self._http.request(method, url, json=body, headers=self._headers) as response:
            if response.status >= 300:
                raise RuntimeError(await response.text())
            return await response.json() if response.content_type == "application/json" else await response.text()

    async def chat(self, _: int) -> None:
        """Begins a chat and sends its messages, each after the answer to the one before."""
        chat_id = (await self._call("POST", "/api/chats", {"bot": "Bench1"}))["chat"]["id"]
        for number in range(MESSAGES):
            sent = await self._call("POST", f"/api/chats/{chat_id}/messages", {"content": f"message {number}"})
            await self._call("GET", f"/api/queries/{sent['query_id']}/events")
        await self._call("GET", f"/api/chats/{chat_id}")

    async def query(self, _: int) -> None:
        """Asks a bot once and reads the answer."""
        await self._call("POST", "/bot/Bench1", {"query": [{"role": "user", "content": "x"}]})


async def repeat(work: Callable[[int], Awaitable[None]], count: int) -> float:
    """Does it so often, some at the same time; gives the seconds."""
    numbers = iter(range(count))

    async def some() -> None:
        for number in numbers:
            await work(number)

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


async def measure(folder: str) -> list[str]:
    """Measures with a hub that keeps its data in the folder; gives the rows of the table."""
    found = []

    async with process("bot", 0) as bot, process("hub", 1, bot.address, folder) as running:
        address, key = running.address.split()
        hub = Process(running.pid, address)

        def note(what: str, seconds: float, count: int) -> None:
            rate = count / seconds if seconds else 0
            found.append(f"  {what:38}{rate:8.0f}{hub.resident_bytes() / MB:14.1f}{open_files(hub):12}")

        for number in range(1, ROUNDS + 1):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
                talk = Talk(http, hub, key)
                await repeat(talk.query, AT_ONCE)
                note(f"round {number}, before", 0, 0)
                seconds = await repeat(talk.chat, CHATS)
                note(f"{CHATS} chats of {MESSAGES} messages", seconds, CHATS * MESSAGES)
                seconds = await repeat(talk.query, QUERIES)
                note(f"{QUERIES} queries, {AT_ONCE} at once", seconds, QUERIES)
            await asyncio.sleep(1)
            note(f"round {number}, connections closed", 0, 0)
    return found


async def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="rookery-bench-") as folder:
        rows = await measure(folder)
    print("Growth                                   messages/s    memory (MB)  open files")
    print("\n".join(rows))


if __name__ == "__main__":
    asyncio.run(main())
