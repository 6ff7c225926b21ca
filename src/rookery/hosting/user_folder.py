"""Which files are the author's own: those beside the bot file, without what tools keep there."""

from __future__ import annotations

from pathlib import Path

__all__ = ["UserFolder"]

NOT_THE_AUTHORS = frozenset(
    {".rookery", ".venv", "venv", "site-packages", "dist-packages", "__pycache__", ".git", "node_modules"}
)


class UserFolder:
    """The folder of a bot file. `path in folder` says whether a file in it, at any depth, is the author's own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __contains__(self, path: Path) -> bool:
        try:
            inner = path.relative_to(self.path)
        except ValueError:
            return False
        # Only the part below the folder counts: bundled bots live inside somebody's site-packages themselves.
        return NOT_THE_AUTHORS.isdisjoint(inner.parts)

    def relative_name(self, path: Path) -> str:
        """A short name for messages: `main.py`, `tools/weather.py`; the whole path for a file elsewhere."""
        return str(path.relative_to(self.path)) if path in self else str(path)
