"""A process that serves one bot with `fastapi_poe` or with `rookery`: the same class, the same uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

from bench.servers import Process

KEY = "k" * 32
IDLE_S = 3600.0


@contextlib.asynccontextmanager
async def sdk_process(package: str, core: int) -> AsyncIterator[Process]:
    """Starts `python -m bench.sdk_servers PACKAGE CORE`, which prints its port once it listens."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.sdk_servers", package, str(core), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        yield Process(child.pid, (await child.stdout.readline()).decode().strip())
    finally:
        child.terminate()
        await child.wait()


def build_app(package: str) -> Any:
    """Gives the app of the bench's bot. Its message says what to do: a kind and a number of events, `ready 200`."""
    os.environ["ROOKERY_SYNC_SETTINGS"] = "off"
    logging.disable(logging.WARNING)
    fp: Any = importlib.import_module(package)

    class Bench(fp.PoeBot):  # type: ignore[misc]
        async def get_response(self, request: Any) -> AsyncIterator[Any]:
            kind, number = request.query[-1].content.split()
            for _ in range(int(number)):
                if kind == "paced":
                    await asyncio.sleep(0.02)
                elif kind == "relayed":
                    await asyncio.sleep(0)
                yield fp.PartialResponse(text="word ")
            if kind == "idle":
                await asyncio.sleep(IDLE_S)

    return fp.make_app(Bench(), KEY)


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets=sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def main() -> None:
    """Entry of a server process."""
    package, core = sys.argv[1:]
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {int(core)})
    app = build_app(package)
    _Server(uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none")).run()


if __name__ == "__main__":
    main()
