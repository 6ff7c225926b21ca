"""Which saves matter to a bot file, and waiting for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from watchfiles import Change, awatch

from rookery.hosting.user_folder import UserFolder

__all__ = ["ChangeFeed"]

SETTINGS_SUFFIXES = frozenset({".env", ".toml"})
"""Only directly beside the bot file. Texts are left out: bots and shells write logs and notes there, and a bot that
is started anew by its own output never stops starting."""

QUIET_MS = 50
"""A save is complete when nothing has happened for this long; editors write in several steps."""
LONGEST_MS = 500
"""Changes that never pause are reported after this long."""


class ChangeFeed:
    """Changes near a bot file since they were last taken. `follow` must run as a task while it is used."""

    def __init__(self, file: Path) -> None:
        self._folder = UserFolder(file.resolve().parent)
        self._paths: set[Path] = set()
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Collect changes until cancelled."""
        async for changes in awatch(self._folder.path, watch_filter=self._matters, step=QUIET_MS, debounce=LONGEST_MS):
            self._paths.update(Path(path) for _, path in changes)
            self._changed.set()

    async def changed(self) -> None:
        """Wait until there is something to take; at once when there already is."""
        await self._changed.wait()

    def take(self) -> tuple[Path, ...]:
        """The changed files, sorted; empty when there are none."""
        taken = tuple(sorted(self._paths))
        self._paths.clear()
        self._changed.clear()
        return taken

    def _matters(self, change: Change, name: str) -> bool:
        path = Path(name)
        if path not in self._folder:
            return False
        beside = path.parent == self._folder.path
        if beside and (path.name == ".env" or path.name.startswith(".env.")):
            return True
        if path.name.startswith("."):
            # Swap and lock files of editors.
            return False
        is_requirements = path.suffix == ".txt" and path.stem.startswith("requirements")
        return path.suffix == ".py" or (beside and (path.suffix in SETTINGS_SUFFIXES or is_requirements))
