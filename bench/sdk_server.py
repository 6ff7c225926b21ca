"""The SDK's server against the real `fastapi_poe`: events, short replies, CPU, memory, import time.

Both serve the same bot with the same uvicorn on a core of their own; the load, on the other core, speaks HTTP over
plain sockets so that it costs little. Rounds take turns; each figure is a median. Targets: design 10.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.sdk_servers import KEY, sdk_process
from bench.servers import Process

ROUNDS = 5
PACKAGES = ("fastapi_poe", "rookery")
LONG = 200
IDLE = 300


def request_bytes(order: str) -> bytes:
    """Gives a query as a platform sends it, whose message is `order`."""
    query = {
        "version": "1.2",
        "type": "query",
        "query": [
            {
                "role": "user",
                "content": order,
                "content_type": "text/markdown",
                "timestamp": 1,
                "message_id": f"m-{'1' * 32}",
                "feedback": [],
                "attachments": [],
            }
        ],
        "user_id": f"u-{'1' * 32}",
        "conversation_id": f"c-{'1' * 32}",
        "message_id": f"m-{'2' * 32}",
        "metadata": f"d-{'1' * 32}",
        "api_key": "",
        "access_key": "",
        "temperature": 0.7,
        "language_code": "en",
        "bot_query_id": f"bq-{'1' * 32}",
    }
    body = json.dumps(query).encode()
    head = f"POST / HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
    return b"%bContent-Length: %d\r\n\r\n%b" % (head.encode(), len(body), body)


class Caller(asyncio.Protocol):
    """One connection that asks again and again; an answer ends with the last chunk of HTTP."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[bytes] | None = None
        self._first: asyncio.Future[None] | None = None
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._first is not None and not self._first.done() and b"event: text" in self._got:
            self._first.set_result(None)
        if self._answer is not None and self._got.endswith(b"\r\n0\r\n\r\n"):
            self._answer.set_result(bytes(self._got))
            self._answer = None

    async def ask(self, request: bytes, events: int) -> None:
        """Asks once and reads the whole answer."""
        self._got.clear()
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        answer = await self._answer
        if answer.count(b"event: text") != events or b"event: done" not in answer:
            raise RuntimeError(answer.decode()[:2000])

    async def open(self, request: bytes) -> None:
        """Asks and waits for the first event only."""
        self._first = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._first


async def connect(server: Process, count: int) -> list[Caller]:
    """Opens connections."""
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(Caller, "127.0.0.1", int(server.address)) for _ in range(count)]
    return [caller for _, caller in pairs]


async def load(server: Process, kind: str, events: int, streams: int, replies: int) -> tuple[float, float]:
    """Asks for `replies` answers, `streams` at a time; gives events per second and CPU microseconds per event."""
    callers = await connect(server, streams)
    request = request_bytes(f"{kind} {events}")

    async def work(caller: Caller) -> None:
        for _ in range(replies // streams):
            await caller.ask(request, events)

    began, cpu = time.perf_counter(), server.cpu_s()
    await asyncio.gather(*map(work, callers))
    taken, used = time.perf_counter() - began, server.cpu_s() - cpu
    for caller in callers:
        caller.transport.close()
    total = replies // streams * streams * events
    return total / taken, used / total * 1e6


async def idle_kib(server: Process) -> float:
    """KiB of memory per stream that is open and silent."""
    callers = await connect(server, IDLE)
    before = server.resident_bytes()
    await asyncio.gather(*(caller.open(request_bytes("idle 1")) for caller in callers))
    await asyncio.sleep(0.3)
    used = server.resident_bytes() - before
    for caller in callers:
        caller.transport.close()
    await asyncio.sleep(0.3)
    return used / IDLE / 1024


def import_ms(package: str) -> float:
    """Milliseconds for `import` and the first use of PoeBot, less those of an empty process."""

    def run(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - began) * 1000

    return run(f"import {package} as fp\nclass Bot(fp.PoeBot): pass\nBot()") - run("pass")


@dataclass(frozen=True)
class Load:
    """One kind of load, with the targets for its rate and for its CPU."""

    name: str
    kind: str
    events: int
    streams: int
    replies: int
    rate_target: str = ""
    cpu_target: str = ""


LOADS = (
    Load("200 events, 16 streams", "ready", LONG, 16, 320, "≥ 5"),
    Load("200 events, 64 streams", "ready", LONG, 64, 320, "≥ 5"),
    Load("1 event, 64 at a time", "ready", 1, 64, 1600, "≥ 5"),
    Load("200 events, the loop turns after each", "relayed", LONG, 16, 80),
    Load("20 ms between events, 50 streams", "paced", 60, 50, 50, "", "≤ 0.5"),
)


async def main() -> None:
    """Measures and prints."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {0})
    print(f"{'SDK, server':58}{PACKAGES[0]:>14}{PACKAGES[1]:>14}   ratio")

    def show(name: str, figures: dict[str, list[float]], target: str) -> None:
        theirs, ours = (statistics.median(figures[package]) for package in PACKAGES)
        wanted = f"  (target {target})" if target else ""
        print(f"{name:58}{theirs:14.1f}{ours:14.1f}{ours / theirs:8.2f}{wanted}", flush=True)

    async with sdk_process(PACKAGES[0], 1) as theirs, sdk_process(PACKAGES[1], 1) as ours:
        servers = dict(zip(PACKAGES, (theirs, ours), strict=True))
        for server in servers.values():
            await load(server, "ready", LONG, 16, 160)  # warm
        for each in LOADS:
            rates: dict[str, list[float]] = {package: [] for package in PACKAGES}
            cpu: dict[str, list[float]] = {package: [] for package in PACKAGES}
            for _ in range(ROUNDS):
                for package, server in servers.items():
                    rate, used = await load(server, each.kind, each.events, each.streams, each.replies)
                    rates[package].append(rate)
                    cpu[package].append(used)
            if each.kind != "paced":
                show(f"{each.name}: events/s", rates, each.rate_target)
            show(f"{each.name}: CPU µs per event", cpu, each.cpu_target)
    memory: dict[str, list[float]] = {package: [] for package in PACKAGES}
    for _ in range(3):
        for package in PACKAGES:
            async with sdk_process(package, 1) as fresh:
                await load(fresh, "ready", LONG, 16, 160)
                memory[package].append(await idle_kib(fresh))
    show("memory per idle open stream, KiB", memory, "≤ 0.5")
    imports = {package: [import_ms(package) for _ in range(7)] for package in PACKAGES}
    show("import and first use of PoeBot, ms", imports, "≤ 0.7")


if __name__ == "__main__":
    asyncio.run(main())
