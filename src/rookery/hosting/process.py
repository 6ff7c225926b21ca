"""One child process of one bot file, seen from its parent: start, wait until ready, forward output, stop.

The child leads a process group of its own, and whatever it starts belongs to it: when the child ends, by itself or by
`stop`, what is left of the group is killed. No policy here: restarting and reloading is `supervisor`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rookery.hosting.control import ReadyReport, decode_report
from rookery.hosting.environment import build_environment
from rookery.hosting.lines import LineSplitter
from rookery.hosting.model import BotFileError, HostedBot, Output
from rookery.hosting.sdk_choice import Sdk

__all__ = ["BotLaunch", "BotProcess"]

OnOutput = Callable[[Output], Awaitable[None]]

KEY_LENGTH = 32
REPORT_LIMIT_BYTES = 4 * 1024 * 1024
READ_BYTES = 64 * 1024
LAST_LINES = 20
DRAIN_S = 1.0
"""How long the output of a process is read after its end. Longer only if a process escaped from the group."""
KILL_MARGIN_S = 1.0
"""Between the child's own limit for replies in progress and the kill."""


@dataclass(frozen=True, slots=True)
class BotLaunch:
    """What to start."""

    file: Path
    hub_url: str
    access_key: str = field(repr=False)
    """For bots that bring none of their own; 32 characters."""
    sdk: Sdk | None = None
    """None: the real `fastapi_poe` where it is installed."""
    host: str = "127.0.0.1"
    port: int = 0
    """0: any free port."""
    grace_s: float = 5.0
    """For replies in progress when the process is stopped."""

    def __post_init__(self) -> None:
        if len(self.access_key) != KEY_LENGTH:
            raise ValueError(f"an access key has {KEY_LENGTH} characters, not {len(self.access_key)}")

    def command(self, control_fd: int) -> list[str]:
        """-P keeps the working directory off the import path until our own modules are loaded."""
        return [
            *(sys.executable, "-P", "-m", "rookery.hosting.child", str(self.file.absolute())),
            *("--hub-url", self.hub_url, "--control-fd", str(control_fd)),
            *("--host", self.host, "--port", str(self.port), "--grace-s", str(self.grace_s)),
            *(("--sdk", self.sdk) if self.sdk else ()),
        ]


@dataclass(frozen=True, slots=True)
class _Channel:
    """One stream from the child."""

    reader: asyncio.StreamReader
    transport: asyncio.BaseTransport
    """Owns our end."""
    child_end: int
    """File descriptor for the child; closed on our side once the child has it."""


class BotProcess:
    """A running child. Made by `start`; the caller ends it with `stop`."""

    def __init__(
        self,
        launch: BotLaunch,
        process: asyncio.subprocess.Process,
        channels: dict[str, _Channel],
        on_output: OnOutput,
    ) -> None:
        self._launch = launch
        self._process = process
        self._channels = channels
        self._on_output = on_output
        self._last_errors: deque[str] = deque(maxlen=LAST_LINES)
        self._pumps = {asyncio.create_task(self._pump("stdout")), asyncio.create_task(self._pump("stderr"))}
        self._life = asyncio.create_task(self._live())
        self.sdk: Sdk = "rookery"
        """Which SDK the bots are made with; known after `ready`."""

    @classmethod
    async def start(cls, launch: BotLaunch, *, on_output: OnOutput) -> BotProcess:
        """Start the child. Every line it prints is given to `on_output`; what that raises ends the process."""
        with contextlib.ExitStack() as our_ends, contextlib.ExitStack() as child_ends:
            channels: dict[str, _Channel] = {}
            for name, open_channel in (("control", _open_socket), ("stdout", _open_pipe), ("stderr", _open_pipe)):
                channel = channels[name] = await open_channel()
                our_ends.callback(channel.transport.close)
                child_ends.callback(os.close, channel.child_end)
            control_fd = channels["control"].child_end
            # Pipes of our own: with asyncio's, `wait` would not return (3.11) while a grandchild holds them.
            process = await asyncio.create_subprocess_exec(
                *launch.command(control_fd),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=channels["stdout"].child_end,
                stderr=channels["stderr"].child_end,
                env=build_environment(os.environ, hub_url=launch.hub_url, access_key=launch.access_key),
                pass_fds=(control_fd,),
                start_new_session=True,
            )
            our_ends.pop_all()
        return cls(launch, process, channels, on_output)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return not self._life.done() and self._process.returncode is None

    async def ready(self, timeout_s: float = 30.0) -> list[HostedBot]:
        """Wait until the child accepts requests. Gives its bots, at least one.

        Raises `BotFileError` when the file cannot be served, the child ends, or nothing is heard for `timeout_s`
        seconds; the child has ended then, and its output has been handed on.
        """
        try:
            async with asyncio.timeout(timeout_s):
                line = await self._channels["control"].reader.readline()
            if not line.endswith(b"\n"):
                raise await self._describe_early_end()
            report = decode_report(line)
        except TimeoutError:
            await self.stop(grace_s=0)
            raise self._error(
                f"is still being loaded after {timeout_s:g} seconds",
                "Move slow work (downloads, models, waiting loops) out of the module, into the bot's first reply.",
            ) from None
        except BotFileError:
            await self.stop(grace_s=0)
            raise
        self.sdk = report.sdk
        return self._hosted(report)

    async def wait(self) -> int:
        """Wait for the end of the child, of what it started, and of its output.

        Gives the exit status, negative for a signal. Raises what `on_output` raised.
        """
        return await asyncio.shield(self._life)

    async def stop(self, grace_s: float | None = None) -> None:
        """End the child and everything it started: SIGTERM, and SIGKILL after `grace_s` (default: the launch's).

        Returns when nothing is left. Cancelling it kills at once.
        """
        grace = self._launch.grace_s if grace_s is None else grace_s
        try:
            if not self._life.done():
                self._signal(signal.SIGTERM)
                await asyncio.wait({self._life}, timeout=grace + KILL_MARGIN_S)
        finally:
            if not self._life.done():
                self._signal(signal.SIGKILL)
            await asyncio.wait({self._life})
        # Looked at, so that asyncio does not report as lost what `wait` raises for those who ask.
        self._life.exception()

    async def _live(self) -> int:
        end = asyncio.create_task(self._process.wait())
        waiting: set[asyncio.Task[int] | asyncio.Task[None]] = {end, *self._pumps}
        while not end.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if any(task.exception() for task in done):
                self._signal(signal.SIGKILL)
        # The leader is gone; what it started and left behind must not outlive it.
        self._signal(signal.SIGKILL)
        await self._drain()
        return end.result()

    async def _drain(self) -> None:
        _, late = await asyncio.wait(self._pumps, timeout=DRAIN_S)
        for pump in late:
            pump.cancel()
        results = await asyncio.gather(*self._pumps, return_exceptions=True)
        for channel in self._channels.values():
            channel.transport.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _pump(self, stream: Literal["stdout", "stderr"]) -> None:
        reader = self._channels[stream].reader
        lines = LineSplitter()
        while chunk := await reader.read(READ_BYTES):
            for line in lines.feed(chunk):
                await self._put_out(stream, line)
        for line in lines.flush():
            await self._put_out(stream, line)

    async def _put_out(self, stream: Literal["stdout", "stderr"], line: str) -> None:
        if stream == "stderr":
            self._last_errors.append(line)
        await self._on_output(Output(stream, line))

    def _signal(self, number: signal.Signals) -> None:
        # macOS answers EPERM for a group of which only zombies are left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _describe_early_end(self) -> BotFileError:
        # The end of the stream comes a moment before the exit status, or without one if the file closed it.
        await asyncio.wait({self._life}, timeout=KILL_MARGIN_S)
        await self.stop(grace_s=0)
        code = self._process.returncode or 0
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return self._error(
            f"ended its process while it was being loaded ({how})",
            "Look at its last output; a kill without any is often the system running out of memory.",
        )

    def _error(self, problem: str, remedy: str) -> BotFileError:
        return BotFileError(
            f"{self._launch.file.name} {problem}.",
            remedy=remedy,
            file=self._launch.file,
            details="\n".join(self._last_errors),
        )

    def _hosted(self, report: ReadyReport) -> list[HostedBot]:
        host = f"[{self._launch.host}]" if ":" in self._launch.host else self._launch.host
        root = f"http://{host}:{report.port}"
        return [HostedBot(bot.name, bot.access_key, bot.path, root + bot.path) for bot in report.bots]


async def _open_socket() -> _Channel:
    ours, theirs = socket.socketpair()
    reader = asyncio.StreamReader(limit=REPORT_LIMIT_BYTES)
    transport, _ = await asyncio.get_running_loop().create_connection(
        lambda: asyncio.StreamReaderProtocol(reader), sock=ours
    )
    return _Channel(reader, transport, theirs.detach())


async def _open_pipe() -> _Channel:
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours, "rb", buffering=0)
    )
    return _Channel(reader, transport, theirs)
