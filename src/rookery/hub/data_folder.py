"""The data folder belongs to one hub process at a time (decision 0003); a kill ends the lock too."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DataFolderInUse(OSError):
    """Another process serves this data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        by = f" (process {holder})" if holder else ""
        super().__init__(f"another hub{by} is using {folder}")


class DataFolderLock:
    """Takes the folder on creation; `release` gives it back."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder when it is missing. Raises DataFolderInUse, or OSError when the folder cannot be used."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(folder / "hub.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise DataFolderInUse(folder, holder) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Gives the folder back; calling it again does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
