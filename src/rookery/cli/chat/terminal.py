"""The person's terminal while an answer is written into it: its size, its echo, and a sign of life."""

from __future__ import annotations

import os
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.status import Status

from rookery.cli.output import console

FALLBACK_SIZE = os.terminal_size((80, 24))
PATIENCE_S = 0.4
"""Seconds of silence before a spinner says that the bot is being waited for."""


def terminal_size() -> os.terminal_size:
    """Gives columns and lines of the terminal on standard output."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return FALLBACK_SIZE
    return size if size.columns > 1 and size.lines > 1 else FALLBACK_SIZE


@contextmanager
def muted_keyboard() -> Iterator[None]:
    """Keys typed meanwhile are not shown, so that they do not get mixed into the answer; they are not lost."""
    descriptor = _keyboard()
    if descriptor is None:
        yield
        return
    earlier = termios.tcgetattr(descriptor)
    muted = termios.tcgetattr(descriptor)
    muted[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSANOW, muted)
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, earlier)


def _keyboard() -> int | None:
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # closed, or replaced by something that is no file
        return None
    return descriptor if os.isatty(descriptor) else None


class Waiting:
    """A spinner that appears after some patience and leaves no trace. `start` and `stop` may be called repeatedly."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._status: Status | None = None

    def start(self) -> None:
        """Begins to be patient."""
        with self._lock:
            self._timer = threading.Timer(PATIENCE_S, self._show)
            self._timer.daemon = True
            self._timer.start()

    def _show(self) -> None:
        with self._lock:
            if self._timer is not None:
                self._status = console().status(f"[dim]{self._text}[/dim]", spinner_style="dim")
                self._status.start()

    def stop(self) -> None:
        """Removes the spinner; when this returns, nothing of it will be written any more."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._status is not None:
                self._status.stop()
                self._status = None
