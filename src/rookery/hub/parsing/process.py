"""One worker process, from the hub's side: started, given a file, killed. No rules about files here."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from typing import IO, Any

from rookery.hub.parsing.model import TEXT_CHARACTERS, Finding, ParseLimits, failed

START_S = 30.0
"""Seconds that a worker may take to start, on a busy machine."""
END_S = 2.0
"""Seconds that a worker which closed its output may take to end by itself."""
ANSWER_BYTES = TEXT_CHARACTERS * 6 + 65_536
"""Bytes of the longest answer: six for an escaped character."""

MODULE = "rookery.hub.parsing.worker"

CRASHED = failed("crash", "the program that reads such files broke down over it")
KILLED = failed("killed", "the program that reads such files was ended from outside")
NOT_STARTED = failed("hub", "the hub could not start the program that reads such files")


def out_of_time(limits: ParseLimits) -> Finding:
    """The finding about a file that takes too long."""
    return failed("time", f"reading it took more than the {limits.time_s:g} seconds that the hub allows")


def out_of_memory(limits: ParseLimits) -> Finding:
    """The finding about a file that needs too much."""
    return failed("memory", f"reading it took more than the {limits.memory_mb} MiB of memory that the hub allows")


class Worker:
    """A running worker process; made by `start_worker`, ended by `end`. Reads one file at a time."""

    def __init__(self, process: Process, errors: IO[bytes], limits: ParseLimits) -> None:
        self._process = process
        self._errors = errors
        self._limits = limits
        self._last_words = b""
        self._is_killed = False

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs and may be given a file, as far as is known."""
        return self._process.returncode is None and not self._is_killed

    async def read(self, path: str, form: str) -> Finding:
        """What the worker finds in the file. Never raises; a worker that failed or took too long has been ended."""
        task = json.dumps({"path": path, "form": form}).encode() + b"\n"
        try:
            async with asyncio.timeout(self._limits.time_s):
                answer = await self._exchange(task)
        except TimeoutError:
            await self.end()
            return out_of_time(self._limits)
        except asyncio.CancelledError:
            self.kill()
            raise
        except (OSError, EOFError, ValueError):
            await self._wait_for_its_end()
            return self._why_it_ended()
        if answer["cause"] == "memory":
            # What Python could not allocate may have left the libraries in any state.
            await self.end()
            return out_of_memory(self._limits)
        return Finding(**answer)

    async def wait_until_ready(self) -> None:
        """Returns when the worker can take a file. Raises OSError, EOFError, ValueError or TimeoutError."""
        async with asyncio.timeout(START_S):
            await self._answer()

    async def _exchange(self, task: bytes) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(task)
        await self._process.stdin.drain()
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the worker ended")
        # A megabyte of JSON takes milliseconds: too long for the event loop.
        value = await asyncio.to_thread(json.loads, line) if len(line) > 10_000 else json.loads(line)
        if not isinstance(value, dict):
            raise ValueError("the worker answered something else than an object")
        return value

    def kill(self) -> None:
        """Ends the process at once, without waiting for it."""
        self._is_killed = True
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """Ends the process at once and waits for its end. May be called again."""
        self.kill()
        await self._process.wait()
        if not self._errors.closed:
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - 4096))
            self._last_words = self._errors.read().lower()
            self._errors.close()

    async def _wait_for_its_end(self) -> None:
        # It closes its output before it ends; killed in between, it could not say what it died of.
        self._is_killed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await self._process.wait()
        await self.end()

    def _why_it_ended(self) -> Finding:
        if self._process.returncode == -signal.SIGXCPU:
            return out_of_time(self._limits)
        if self._process.returncode == -signal.SIGKILL:
            return KILLED
        if any(words in self._last_words for words in (b"memory allocation", b"out of memory", b"memoryerror")):
            return out_of_memory(self._limits)
        return CRASHED


async def start_worker(limits: ParseLimits) -> Worker:
    """Starts a process and returns when it is ready. Raises OSError, EOFError, ValueError or TimeoutError."""
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
    try:
        process = await _spawn(errors, limits)
    except BaseException:
        errors.close()
        raise
    worker = Worker(process, errors, limits)
    try:
        await worker.wait_until_ready()
    except BaseException:
        await worker.end()
        raise
    return worker


async def _spawn(errors: IO[bytes], limits: ParseLimits) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # modules come from where the hub's come from, never from the folder it was started in
        "-m",
        MODULE,
        str(limits.time_s),
        str(limits.memory_mb),
        stdin=PIPE,
        stdout=PIPE,
        stderr=errors,
        # Nothing of the hub's environment: parsers of hostile files need no secrets. One thread and one arena each,
        # because every further one takes address space that the limit counts.
        env={
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTHONIOENCODING": "utf-8",
            "MALLOC_ARENA_MAX": "1",
            "RAYON_NUM_THREADS": "1",
            "TOKIO_WORKER_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        },
        limit=ANSWER_BYTES,
        # Ctrl-C in the terminal is the hub's to handle: it ends its workers itself.
        start_new_session=True,
    )
