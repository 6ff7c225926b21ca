"""`rookery up` and `rookery dev` as a person starts them: real processes, watched by what they print."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.serving import free_port

ROOKERY = str(Path(sys.executable).with_name("rookery"))
START_S = 40.0
"""A bound for starting several Python processes on a busy machine; usually two seconds."""


@dataclass
class RunningPlatform:
    """A started `up` or `dev`."""

    process: asyncio.subprocess.Process
    url: str
    config_dir: Path
    lines: list[str] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Collects what it prints until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._news:
                self.lines.append(line.decode().rstrip())
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def until(self, text: str, *, after: int = 0) -> str:
        """Waits for a line that holds the text; gives it."""

        def found() -> str | None:
            return next((line for line in self.lines[after:] if text in line), None)

        async with asyncio.timeout(START_S), self._news:
            await self._news.wait_for(lambda: found() is not None or self.process.returncode is not None)
        line = found()
        assert line is not None, "\n".join(self.lines)
        return line

    async def command(self, *arguments: str) -> tuple[int, str, str]:
        """Runs another `rookery` command against this hub; gives status, output, errors."""
        return await run(self.config_dir.parent, *arguments, "--hub", self.url)

    async def chat(self, bot: str, message: str) -> dict[str, Any]:
        """Asks a bot by `rookery chat --json`."""
        _, out, err = await self.command("chat", "--json", bot, message)
        assert out, err
        answer: dict[str, Any] = json.loads(out)
        return answer

    async def terminate(self) -> float:
        """Sends SIGTERM and waits; gives the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            await self.process.wait()
        return loop.time() - began


async def run(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs a `rookery` command to its end; gives status, output, errors."""
    process = await asyncio.create_subprocess_exec(
        ROOKERY, *arguments, env=environment(tmp_path / "config"), cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(START_S):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def environment(config_dir: Path, **more: str) -> dict[str, str]:
    # Surroundings that forbid bytecode caches would have every process compile everything anew.
    left_out = ("ROOKERY_", "POE_", "COV", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "ROOKERY_CONFIG_DIR": str(config_dir), "ROOKERY_STAND_IN_PAUSE_S": "0", "NO_COLOR": "1", **more}


@asynccontextmanager
async def platform(tmp_path: Path, *arguments: str, **more: str) -> AsyncIterator[RunningPlatform]:
    """Starts `rookery ARGUMENTS` on a free port and waits until the hub is up; ends it, whatever happens."""
    config_dir = tmp_path / "config"
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        ROOKERY, *arguments, "--port", str(port), env=environment(config_dir, **more), cwd=tmp_path,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    running = RunningPlatform(process, f"http://127.0.0.1:{port}", config_dir)
    reading = asyncio.create_task(running.read())
    try:
        await running.until("Stop   Ctrl-C")
        yield running
    finally:
        if process.returncode is None:
            await running.terminate()
        await reading


async def processes_of(tmp_path: Path) -> list[str]:
    """Gives the command lines of processes that have to do with this folder, without this test's own."""
    return [line for line in await command_lines() if str(tmp_path) in line and "pytest" not in line]


async def command_lines() -> list[str]:
    """Gives the command line of every process; a minimal Linux has no `ps`, macOS no `/proc`."""
    if Path("/proc/self/cmdline").exists():
        return [text.replace("\0", " ") for path in Path("/proc").glob("[0-9]*/cmdline") if (text := _read(path))]
    finder = await asyncio.create_subprocess_exec("ps", "-axo", "args", stdout=subprocess.PIPE)
    out, _ = await finder.communicate()
    return out.decode().splitlines()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""  # it ended meanwhile


async def until_no_process_of(tmp_path: Path) -> None:
    """Waits until none is left, at most ten seconds."""
    async with asyncio.timeout(10):
        while await processes_of(tmp_path):
            pass
