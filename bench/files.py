"""Files through the hub: speed, and what they cost of its memory (they must not pass through it).

A thousand files of 1 MB, each with bytes of its own, then one of 50 MB, uploaded and fetched by real HTTP; the hub is a
process of its own. Its memory is read from the system, the highest value included.
"""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
import time
from pathlib import Path

import aiohttp

from bench.servers import Process, process

FILES = 1000
MB = 1024 * 1024
AT_ONCE = 4
WARM_UP = 200
"""Files before the memory is read for the first time: threads and allocators have then taken what they take."""

LARGE_MB = 50


def peak_bytes(hub: Process) -> int:
    """Highest resident memory since the start or the last `forget_peak` (Linux)."""
    line = next(line for line in Path(f"/proc/{hub.pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def forget_peak(hub: Process) -> None:
    """Makes the present memory the highest one (Linux)."""
    Path(f"/proc/{hub.pid}/clear_refs").write_text("5")


async def upload(http: aiohttp.ClientSession, hub: Process, key: str, data: bytes) -> str:
    """Uploads bytes; gives the link."""
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="file.bin")
    headers = {"Authorization": f"Bearer {key}"}
    async with http.post(f"{hub.address}/api/files", data=form, headers=headers) as response:
        if response.status != 201:
            raise RuntimeError(await response.text())
        url: str = (await response.json())["url"]
        return url


async def fetch(http: aiohttp.ClientSession, hub: Process, url: str) -> int:
    """Reads a file to its end; gives its length in bytes."""
    size = 0
    async with http.get(hub.address + url[url.index("/files/") :]) as response:
        async for chunk in response.content.iter_any():
            size += len(chunk)
    return size


async def many(http: aiohttp.ClientSession, hub: Process, key: str, count: int) -> tuple[float, float]:
    """Uploads so many files, then fetches them; gives the seconds of each."""
    rest = os.urandom(MB - 8)
    numbers, links = iter(range(count)), list[str]()

    async def upload_some() -> None:
        for number in numbers:
            links.append(await upload(http, hub, key, number.to_bytes(8, "big") + rest))

    async def fetch_some() -> None:
        while links:
            if await fetch(http, hub, links.pop()) != MB:
                raise RuntimeError("a file came back with another length")

    began = time.perf_counter()
    await asyncio.gather(*(upload_some() for _ in range(AT_ONCE)))
    uploaded = time.perf_counter()
    await asyncio.gather(*(fetch_some() for _ in range(AT_ONCE)))
    return uploaded - began, time.perf_counter() - uploaded


async def measure(folder: str) -> list[str]:
    """Measures with a hub that keeps its files in the folder; gives the rows of the table."""
    async with process("bot", 0) as bot, process("hub", 1, bot.address, folder) as running:
        address, key = running.address.split()
        hub = Process(running.pid, address)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
            await many(http, hub, key, WARM_UP)
            forget_peak(hub)
            before = hub.resident_bytes()
            up_s, down_s = await many(http, hub, key, FILES)
            after, peak = hub.resident_bytes(), peak_bytes(hub)
            forget_peak(hub)
            before_large = hub.resident_bytes()
            began = time.perf_counter()
            url = await upload(http, hub, key, os.urandom(LARGE_MB * MB))
            large_up_s, large_peak = time.perf_counter() - began, peak_bytes(hub)
            began = time.perf_counter()
            await fetch(http, hub, url)
            large_down_s, large_after = time.perf_counter() - began, hub.resident_bytes()
            highest = max(large_peak, peak_bytes(hub))
    return [
        f"  {FILES} files of 1 MB, MB/s       {FILES / up_s:8.0f}  {FILES / down_s:8.0f}"
        f"                {before / MB:10.1f}{peak / MB:10.1f}{after / MB:8.1f}",
        f"  one file of {LARGE_MB} MB, MB/s          {LARGE_MB / large_up_s:8.0f}  {LARGE_MB / large_down_s:8.0f}"
        f"                {before_large / MB:10.1f}{highest / MB:10.1f}{large_after / MB:8.1f}",
    ]


async def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory(prefix="rookery-bench-") as folder:
        rows = await measure(folder)
    print("Files                                   in       out   hub's memory: before   highest   after (MB)")
    print("\n".join(rows))


if __name__ == "__main__":
    asyncio.run(main())
