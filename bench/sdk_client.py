"""The SDK's client beside the real `fastapi_poe`: events per second of a long reply, and calls per second.

One bot server on plain ASGI has a core of its own; the client has the other. Within a round both packages make the
same calls, one package after the other, so a machine that slows down slows both. Calls one after the other wait for
the server most of the time, and on a busy machine for their turn: the client's own CPU says more there. Targets:
design 10.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import fastapi_poe

import rookery
from bench.servers import process

ROUNDS = 7
EVENTS = 2000
HISTORY = 50
HISTORY_TEXT = "some words of a longer conversation " * 14
TOGETHER = 64

Work = Callable[[Any, str, int], Awaitable[int]]
"""Does something so many times with a package and the server's address; gives how many events or calls that was."""


def query(package: Any, messages: int) -> Any:
    """A query with that many messages, in the given package's own types."""
    texts = ["hi", *[HISTORY_TEXT] * (messages - 1)]
    return package.QueryRequest(
        version="1.2",
        type="query",
        query=[package.ProtocolMessage(role="user", content=text) for text in texts],
        user_id="u-1",
        conversation_id="c-1",
        message_id="m-1",
    )


async def read(package: Any, request: Any, address: str, events: int) -> int:
    """Calls a bot and reads its answer as an author does; gives the number of characters."""
    characters = 0
    async for message in package.stream_request(request, str(events), "K" * 32, base_url=f"{address}/"):
        characters += len(message.text)
    return characters


async def long_replies(package: Any, address: str, times: int, messages: int = 1) -> int:
    """One long reply after the other."""
    request = query(package, messages)
    for _ in range(times):
        if await read(package, request, address, EVENTS) != EVENTS * len("word "):
            raise RuntimeError("the reply is not complete")
    return times * EVENTS


async def long_replies_with_history(package: Any, address: str, times: int) -> int:
    """The same for a query with a long history."""
    return await long_replies(package, address, times, HISTORY)


async def final_responses(package: Any, address: str, times: int) -> int:
    """Long replies read with `get_final_response`."""
    request = query(package, 1)
    for _ in range(times):
        await package.get_final_response(request, str(EVENTS), "K" * 32, base_url=f"{address}/")
    return times * EVENTS


async def calls(package: Any, address: str, times: int) -> int:
    """Calls one after the other; each reply has one event."""
    request = query(package, 1)
    for _ in range(times):
        await read(package, request, address, 1)
    return times


async def calls_together(package: Any, address: str, times: int) -> int:
    """Calls, 64 at a time."""
    request = query(package, 1)

    async def caller() -> None:
        for _ in range(times):
            await read(package, request, address, 1)

    await asyncio.gather(*(caller() for _ in range(TOGETHER)))
    return times * TOGETHER


async def blocking_calls(package: Any, address: str, times: int) -> int:
    """Calls with `get_bot_response_sync`, each of which has an event loop of its own."""

    def work() -> int:
        messages = [package.ProtocolMessage(role="user", content="hi")]
        for _ in range(times):
            for _ in package.get_bot_response_sync(messages, "1", "K" * 32, base_url=f"{address}/"):
                pass
        return times

    return await asyncio.to_thread(work)


@dataclass
class Figures:
    """What one package reached, a value for each round."""

    rates: list[float] = field(default_factory=list)
    """Events or calls per second."""
    cpu_us: list[float] = field(default_factory=list)
    """CPU of the client's process for one event or call, in microseconds."""

    async def add(self, work: Work, package: Any, address: str, times: int) -> None:
        """Measures one round."""
        began, cpu_began = time.perf_counter(), time.process_time()
        count = await work(package, address, times)
        self.rates.append(count / (time.perf_counter() - began))
        self.cpu_us.append((time.process_time() - cpu_began) / count * 1e6)


ROWS: tuple[tuple[str, Work, int, int, int | None], ...] = (
    # label, work, times with fastapi_poe, times with ours, target ratio
    ("events/s, reply of 2,000 events", long_replies, 1, 8, 8),
    ("events/s, the same with a 50-message history", long_replies_with_history, 1, 8, 8),
    ("events/s, get_final_response", final_responses, 1, 8, None),
    ("calls/s, one after the other", calls, 8, 500, 60),
    ("calls/s, 64 at a time", calls_together, 1, 20, None),
    ("calls/s, get_bot_response_sync", blocking_calls, 4, 100, None),
)


async def main() -> None:
    """Measures and prints."""
    os.environ.pop("ROOKERY_URL", None)
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {0})
    print(f"{'SDK client':46}{'fastapi_poe':>14}{'ours':>12}{'ratio':>8}{'target':>8}{'CPU each, µs':>22}{'ratio':>8}")
    async with process("bot", 1) as bot:
        for label, work, theirs_times, ours_times, target in ROWS:
            theirs, ours = Figures(), Figures()
            for _ in range(ROUNDS):
                await theirs.add(work, fastapi_poe, bot.address, theirs_times)
                await ours.add(work, rookery, bot.address, ours_times)
            rates = statistics.median(theirs.rates), statistics.median(ours.rates)
            cpu_us = statistics.median(theirs.cpu_us), statistics.median(ours.cpu_us)
            wanted = f"≥ {target}" if target else ""
            print(
                f"  {label:44}{rates[0]:14,.0f}{rates[1]:12,.0f}{rates[1] / rates[0]:8.1f}{wanted:>8}"
                f"{cpu_us[0]:13,.1f}{cpu_us[1]:9,.1f}{cpu_us[0] / cpu_us[1]:8.1f}"
            )


if __name__ == "__main__":
    asyncio.run(main())
