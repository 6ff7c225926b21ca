"""Running bot files in tests: write one, start it, ask its bots, wait for events and for the end of processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx

from rookery.hosting import BotFileError, BotLaunch, BotProcess, HostedBot, HostedFile, HostEvent, Output, Ready, Sdk

KEY = "k" * 32
NO_HUB = "http://127.0.0.1:9"
"""Nothing listens there."""

WAIT_S = 15.0
"""Nothing in these tests takes long; a busy machine may make a start slow."""

ECHO = """
    import fastapi_poe as fp

    class Echo(fp.PoeBot):
        async def get_response(self, request):
            yield fp.PartialResponse(text="{reply}")

    app = fp.make_app(Echo())
"""

Event = TypeVar("Event")


def write_bot(folder: Path, source: str, name: str = "main.py") -> Path:
    """A file with the dedented source. Replaced in one step, as editors do."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder / ".new"
    fresh.write_text(textwrap.dedent(source), encoding="utf-8")
    fresh.rename(file)
    return file


def echo_bot(reply: str) -> str:
    return ECHO.replace("{reply}", reply)


def hide_package(name: str, folder: Path) -> Path:
    """A folder for PYTHONPATH with which Python does not find an installed package."""
    return write_bot(
        folder,
        f"""
        import sys
        from importlib.machinery import PathFinder

        class Without(PathFinder):
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                return None if name == "{name}" else PathFinder.find_spec(name, path, target)

        sys.meta_path[sys.meta_path.index(PathFinder)] = Without
        """,
        "sitecustomize.py",
    ).parent


class OutputLog:
    """Lines of a process, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._added = asyncio.Condition()

    async def __call__(self, output: Output) -> None:
        async with self._added:
            self.lines.append(output.line)
            self._added.notify_all()

    async def value_of(self, name: str) -> str:
        """What follows `name=` on a line, once there is one."""
        async with asyncio.timeout(WAIT_S), self._added:
            while True:
                for line in self.lines:
                    if line.startswith(f"{name}="):
                        return line.removeprefix(f"{name}=")
                await self._added.wait()


@asynccontextmanager
async def started(
    file: Path,
    *,
    sdk: Sdk | None = "rookery",
    hub_url: str = NO_HUB,
    log: OutputLog | None = None,
    grace_s: float = 5.0,
) -> AsyncIterator[tuple[BotProcess, list[HostedBot]]]:
    """A process that serves `file`. Killed at the end, which is quicker than being stopped."""
    launch = BotLaunch(file, hub_url, KEY, sdk=sdk, grace_s=grace_s)
    process = await BotProcess.start(launch, on_output=log or OutputLog())
    try:
        yield process, await process.ready(WAIT_S)
    finally:
        if process.running:
            os.killpg(process.pid, signal.SIGKILL)
        await process.stop()


async def load_error(file: Path, *, sdk: Sdk | None = "rookery", log: OutputLog | None = None) -> BotFileError:
    """The error that serving `file` ends with."""
    try:
        async with started(file, sdk=sdk, log=log) as (_, bots):
            raise AssertionError(f"{file.name} was served: {bots}")
    except BotFileError as error:
        return error


async def ask(bot: HostedBot, text: str = "hi") -> list[tuple[str, Any]]:
    """The events, as (name, data), of the bot's answer."""
    async with httpx.AsyncClient(timeout=WAIT_S) as client:
        response = await client.post(bot.url, json=query(text), headers=authorization(bot))
    assert response.status_code == 200, response.text
    return parse_events(response.text)


async def reply_of(bot: HostedBot, text: str = "hi") -> str:
    """The text of the bot's answer."""
    return "".join(data["text"] for name, data in await ask(bot, text) if name == "text")


def authorization(bot: HostedBot) -> dict[str, str]:
    return {"Authorization": f"Bearer {bot.access_key}"}


def query(text: str) -> dict[str, Any]:
    return {
        "version": "1.2",
        "type": "query",
        "query": [{"role": "user", "content": text, "content_type": "text/markdown", "timestamp": 0}],
        "user_id": "u-1",
        "conversation_id": "c-1",
        "message_id": "m-1",
        "bot_query_id": "q-1",
    }


def parse_events(body: str) -> list[tuple[str, Any]]:
    """Events of a finished stream."""
    events = []
    for block in body.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


class EventLog:
    """Events of a hosted file; a test takes them in order."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[HostEvent] = asyncio.Queue()
        self.seen: list[HostEvent] = []

    async def __call__(self, event: HostEvent) -> None:
        self.seen.append(event)
        self._events.put_nowait(event)

    async def next(self, kind: type[Event]) -> Event:
        """The next event of this kind; those before it are skipped."""
        async with asyncio.timeout(WAIT_S):
            while True:
                event = await self._events.get()
                if isinstance(event, kind):
                    return event

    def kinds(self) -> list[str]:
        """Names of the events so far, without output."""
        return [type(event).__name__ for event in self.seen if not isinstance(event, Output)]

    def pids(self) -> list[int]:
        return [event.pid for event in self.seen if isinstance(event, Ready)]


@asynccontextmanager
async def hosted(hosted_file: HostedFile) -> AsyncIterator[asyncio.Task[None]]:
    """`run` as a task; cancelled and awaited at the end."""
    task = asyncio.create_task(hosted_file.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def ended(pid: int, within_s: float = WAIT_S) -> None:
    """Wait until a process, not necessarily a child of ours, has ended. Fails when it goes on."""
    async with asyncio.timeout(within_s):
        if hasattr(os, "pidfd_open"):
            await _ended_by_descriptor(pid)
        else:
            while is_running(pid):
                await asyncio.sleep(0.05)


async def _ended_by_descriptor(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    has_ended = asyncio.Event()
    loop.add_reader(descriptor, has_ended.set)
    try:
        await has_ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
