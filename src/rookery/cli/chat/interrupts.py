"""Ctrl-C at the right moments only.

While an answer streams, Ctrl-C stops it at the hub and what came is kept. Python would raise KeyboardInterrupt
between any two steps, also between taking an event and counting it; the gate lets it through only while waiting.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class InterruptGate:
    """Inside its `with` statement, Ctrl-C is kept back until the gate is open.

    Outside the main thread it changes nothing: Python delivers signals to the main thread only.
    """

    def __init__(self) -> None:
        self._is_open = False
        self._is_pending = False
        self._earlier: Any = None
        self._is_installed = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._earlier = signal.signal(signal.SIGINT, self._interrupted)
            self._is_installed = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_installed:
            signal.signal(signal.SIGINT, self._earlier)
            self._is_installed = False

    def _interrupted(self, _signal: int, _frame: FrameType | None) -> None:
        if self._is_open:
            raise KeyboardInterrupt
        self._is_pending = True

    @contextmanager
    def open(self) -> Iterator[None]:
        """Raises KeyboardInterrupt inside, for a Ctrl-C now or since the gate was last open."""
        self._is_open = True
        try:
            if self._is_pending:
                self._is_pending = False
                raise KeyboardInterrupt
            yield
        finally:
            self._is_open = False
