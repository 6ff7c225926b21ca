"""Ends a bot's process when its parent is gone, however the parent went: also by `kill -9`.

Parent and child hold the two ends of a socket pair. The parent never writes; the kernel closes its end when the
parent dies, and the child reads the end of the stream. A thread does the reading, because the author's code may
block the event loop for as long as it likes.

    parent dies ── while loading ── kill the process group
                └─ while serving ── SIGTERM to ourselves ── HARD_EXIT_S later at the latest ── kill the group
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from typing import NoReturn

__all__ = ["Lifeline"]

HARD_EXIT_S = 5.0


class Lifeline:
    """Our end of the socket pair; `send` reports to the parent."""

    def __init__(self, parent: socket.socket) -> None:
        self._parent = parent
        # Programs started by the bot must not hold it.
        self._parent.set_inheritable(False)
        self._gone = threading.Event()
        self._serving = threading.Event()

    def watch(self) -> None:
        """Begin to notice the parent's end."""
        threading.Thread(target=self._wait_for_end, name="rookery-lifeline", daemon=True).start()

    def send(self, line: bytes) -> None:
        """Report to the parent. Does nothing when it is gone; `watch` sees to that."""
        try:
            self._parent.sendall(line)
        except OSError:
            self._gone.set()

    def begin_serving(self) -> None:
        """From now on a SIGTERM to this process is a graceful stop."""
        self._serving.set()

    def end(self) -> None:
        """Call last: when the parent is gone, nobody else cleans up what the bot has started."""
        if self._gone.is_set():
            kill_own_group()

    def _wait_for_end(self) -> None:
        try:
            while self._parent.recv(1024):
                pass
        except OSError:
            # A reset connection is an end, too.
            pass
        self._gone.set()
        if self._serving.is_set():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(HARD_EXIT_S)
        kill_own_group()


def kill_own_group() -> NoReturn:
    """Kill this process and what it started. Only itself where the group is not its own, as when run by hand."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
