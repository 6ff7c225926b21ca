"""What the hub adds: time to the first event, CPU per event, memory per open stream.

One bot server on plain ASGI, asked directly and through the hub in turns; the hub has a core of its own, bot server
and load share the other. Targets: design 10.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time

import aiohttp

from bench.servers import Process, process

ROUNDS = 5
REQUESTS = 200
STREAMS = 8
LONG = 2000
IDLE = 500
QUERY = {"version": "1.2", "type": "query", "query": [{"role": "user", "content": "hi"}]}


async def first_event_ms(http: aiohttp.ClientSession, url: str, key: str) -> float:
    """Milliseconds from sending a query to the first bytes of its answer."""
    began = time.perf_counter()
    async with http.post(url, json=QUERY, headers={"Authorization": f"Bearer {key}"}) as response:
        data = await response.content.readany()
        taken = time.perf_counter() - began
        while await response.content.readany():
            pass
    if b"event: text" not in data:
        raise RuntimeError(data.decode())
    return taken * 1000


async def read_events(http: aiohttp.ClientSession, url: str, key: str) -> int:
    """Reads a whole answer; gives its number of text events."""
    count = 0
    async with http.post(url, json=QUERY, headers={"Authorization": f"Bearer {key}"}) as response:
        async for chunk in response.content.iter_any():
            count += chunk.count(b"event: text")
    return count


async def streamed(http: aiohttp.ClientSession, url: str, key: str, hub: Process) -> tuple[float, float]:
    """Events per second over several streams, and the hub's CPU microseconds per event."""
    began, cpu = time.perf_counter(), hub.cpu_s()
    counts = await asyncio.gather(*(read_events(http, url, key) for _ in range(STREAMS)))
    taken, used = time.perf_counter() - began, hub.cpu_s() - cpu
    return sum(counts) / taken, used / sum(counts) * 1e6


async def idle_kib(http: aiohttp.ClientSession, url: str, key: str, hub: Process) -> float:
    """KiB of the hub's memory per stream that is open and silent."""
    before = hub.resident_bytes()
    responses = []
    for _ in range(IDLE):
        response = await http.post(url, json=QUERY, headers={"Authorization": f"Bearer {key}"})
        await response.content.readany()
        responses.append(response)
    used = hub.resident_bytes() - before
    for response in responses:
        response.close()
    return used / IDLE / 1024


async def main() -> None:
    """Measures and prints."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {0})
    async with process("bot", 0) as bot, process("hub", 1, bot.address) as running:
        address, key = running.address.split()
        hub = Process(running.pid, address)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as http:
            direct_ms, hub_ms, direct_rate, hub_rate, hub_cpu = [], [], [], [], []
            for _ in range(ROUNDS):
                direct_ms += [await first_event_ms(http, f"{bot.address}/1", key) for _ in range(REQUESTS)]
                hub_ms += [await first_event_ms(http, f"{hub.address}/bot/Bench1", key) for _ in range(REQUESTS)]
                direct_rate.append((await streamed(http, f"{bot.address}/{LONG}", key, hub))[0])
                rate, cpu = await streamed(http, f"{hub.address}/bot/Bench{LONG}", key, hub)
                hub_rate.append(rate)
                hub_cpu.append(cpu)
            idle = await idle_kib(http, f"{hub.address}/bot/Benchidle", key, hub)
    direct, through = statistics.median(direct_ms), statistics.median(hub_ms)
    rate_direct, rate_through = statistics.median(direct_rate), statistics.median(hub_rate)
    cpu = statistics.median(hub_cpu)
    print("Hub                                direct   through the hub")
    print(f"  first event, median ms      {direct:11.2f}   {through:11.2f}   added {through - direct:.2f} (target ≤ 1)")
    print(f"  streamed events per second  {rate_direct:11.0f}   {rate_through:11.0f}")
    print(
        f"  hub CPU per event, µs                     {cpu:11.1f}   {1e6 / cpu:.0f} events/s a core (target ≥ 80 000)"
    )
    print(f"  memory per idle stream, KiB               {idle:11.1f}   (target ≤ 40)")
