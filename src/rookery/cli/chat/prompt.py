"""Typing messages: line editing and history where the terminal allows them, and messages of several lines.

one line                  the message
a line ending in \\        goes on in the next line
\"\"\" … \"\"\"               everything between, line feeds included
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from rookery.cli.private_files import config_folder, open_private

try:
    import readline
except ImportError:  # Windows, and Pythons built without it
    readline = None  # type: ignore[assignment]

PROMPT = "> "
CONTINUATION = ". "
FENCE = '"""'
HISTORY_FILE = "chat-history"
HISTORY_LINES = 1000

ReadLine = Callable[[str], str | None]
"""Gives the next line for a prompt, without its end; None when there is no more."""


def read_message(read_line: ReadLine) -> str | None:
    """Gives the next message, which may be empty; None when there is no more."""
    line = read_line(PROMPT)
    if line is None:
        return None
    if line.lstrip().startswith(FENCE):
        return _read_fenced(line.lstrip().removeprefix(FENCE), read_line)
    lines = []
    while line is not None and line.endswith("\\"):
        lines.append(line[:-1])
        line = read_line(CONTINUATION)
    return "\n".join([*lines, line or ""]).strip()


def _read_fenced(line: str | None, read_line: ReadLine) -> str:
    lines = []
    while line is not None and not line.rstrip().endswith(FENCE):
        lines.append(line)
        line = read_line(CONTINUATION)
    if line is not None:
        lines.append(line.rstrip().removesuffix(FENCE))
    return "\n".join(lines).strip("\n")


class Prompt:
    """The person's keyboard, or lines of a file or pipe. Its `with` statement keeps the history of lines."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdin.isatty()
        self._has_editing = readline is not None and self.is_terminal and sys.stdout.isatty()
        self._history = config_folder() / HISTORY_FILE

    def __enter__(self) -> Self:
        if self._has_editing:
            readline.set_history_length(HISTORY_LINES)
            with suppress(OSError):
                readline.read_history_file(self._history)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._has_editing:
            with suppress(OSError):  # a history that cannot be kept is no reason to complain when somebody leaves
                open_private(self._history)
                readline.write_history_file(self._history)

    def read(self) -> str | None:
        """Gives the next message; None at the end (Ctrl-D). Raises KeyboardInterrupt for Ctrl-C."""
        return read_message(self._read_line)

    def _read_line(self, prompt: str) -> str | None:
        if self._has_editing:
            with suppress(EOFError):
                return input(prompt)
            return None
        if self.is_terminal:
            sys.stderr.write(prompt)  # standard output takes the answers
            sys.stderr.flush()
        line = sys.stdin.readline()
        return line.removesuffix("\n") if line else None
