"""What the hosting tells its caller: the bots it found, what is wrong with a bot file, and the events of a hosted file.

Values only. How a file is loaded is in `load`, how a process is kept running in `supervisor`.

    Starting ─┬─ Ready ──── Output … Changed ─ Starting …        (a save, with reload)
              │        └─── Exited ─ Starting …                  (the process ended by itself)
              └─ Failed                                          (the file holds no working bot)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rookery.hosting.sdk_choice import Sdk

__all__ = [
    "BotFileError",
    "Changed",
    "Exited",
    "Failed",
    "HostEvent",
    "HostedBot",
    "Output",
    "Ready",
    "Starting",
]


@dataclass(frozen=True, slots=True)
class HostedBot:
    """One bot that answers at `url`."""

    name: str
    """Never empty: the bot's own name, else its class, else its file."""
    access_key: str = field(repr=False)
    """What the bot expects in `Authorization: Bearer`; 32 characters unless the author set another on the bot."""
    path: str
    """Path of the bot within its server, beginning with a slash."""
    url: str
    """Where to POST, on loopback. Another one after every reload and restart."""


class BotFileError(Exception):
    """A bot file cannot be run, for a reason its author can mend.

    `sentence` says what happened and where, `remedy` what to do about it. `file` and `line` point at the deepest
    place in the author's own folder, and are None where there is no such place. `details` is a traceback with
    only the author's frames, or the last lines the file printed; it may be empty.
    """

    def __init__(
        self, sentence: str, *, remedy: str, file: Path | None = None, line: int | None = None, details: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedy = remedy
        self.file = file
        self.line = line
        self.details = details


@dataclass(frozen=True, slots=True)
class Starting:
    """A process is about to be started for the file."""

    file: Path


@dataclass(frozen=True, slots=True)
class Ready:
    """The process accepts requests. An older process of the same file is stopped only after this event is handled."""

    bots: tuple[HostedBot, ...]
    sdk: Sdk
    """Which SDK the bots are made with."""
    pid: int
    duration_ms: int
    """From starting the process until it accepted requests."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A start failed."""

    error: BotFileError
    still_serving: bool
    """True when the process started from an earlier state of the file goes on answering."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The serving process ended although nobody asked it to."""

    returncode: int
    """Exit status; negative for a signal, as in `subprocess`."""
    restart_in_s: float


@dataclass(frozen=True, slots=True)
class Changed:
    """Files were saved; a new process follows."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """One line the bot's process wrote, without its line ending."""

    stream: Literal["stdout", "stderr"]
    line: str


HostEvent = Starting | Ready | Failed | Exited | Changed | Output
