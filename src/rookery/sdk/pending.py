"""Files that a handler attached and that wait for the next place in the stream (protocol 9.7.3, 10.1 S10).

They belong to one reply, not to the bot object: whatever runs on behalf of the handler finds its reply by a context
variable; code outside of it (a worker task of the author) by the message id.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rookery.protocol.events import FileEvent


class PendingFiles:
    """The waiting files of one reply."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        self.is_waiting = False
        """True when there is something to take."""
        self._files: list[FileEvent] = []

    def add(self, file: FileEvent) -> None:
        """Queues a file."""
        self._files.append(file)
        self.is_waiting = True

    def take(self) -> list[FileEvent]:
        """Gives the waiting files, oldest first, and forgets them."""
        if not self._files:
            return []
        files, self._files = self._files, []
        self.is_waiting = False
        return files


_current: ContextVar[PendingFiles | None] = ContextVar("rookery_pending_files", default=None)
_running: dict[str, list[PendingFiles]] = {}


@contextmanager
def collect_files(message_id: str) -> Iterator[PendingFiles]:
    """Opens the place where files of the reply with this id are put; use it around one reply, in one task."""
    pending = PendingFiles(message_id)
    outer = _current.get()
    _current.set(pending)
    _running.setdefault(message_id, []).append(pending)
    try:
        yield pending
    finally:
        _current.set(outer)  # not reset(token): an abandoned reply may be closed from another context
        same_id = _running[message_id]
        same_id.remove(pending)
        if not same_id:
            del _running[message_id]


def queue_file(message_id: str, file: FileEvent) -> bool:
    """Queues a file for the running reply with this id; False when there is none.

    When one id is answered twice at the same time, the reply on whose behalf this is called wins, else the newest.
    """
    pending = _current.get()
    if pending is None or pending.message_id != message_id:
        same_id = _running.get(message_id)
        if not same_id:
            return False
        pending = same_id[-1]
    pending.add(file)
    return True
