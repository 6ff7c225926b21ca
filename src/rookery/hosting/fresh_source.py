"""The author's modules are compiled from their text on every start.

Python trusts a cached `.pyc` when size and modification time agree, and it keeps the time in whole seconds: two saves
within a second, with texts of equal length, would bring the older code back. It also keeps `__pycache__` out of the
author's folder. Installed packages go on using their caches.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from types import CodeType

from rookery.hosting.user_folder import UserFolder

__all__ = ["FreshSource", "use_fresh_source"]


class FreshSource(SourceFileLoader):
    """Loads a source file without looking at or leaving a cache."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def use_fresh_source(folder: UserFolder) -> None:
    """From now on import everything inside `folder` with `FreshSource`."""

    def find_in(path: str) -> FileFinder:
        if Path(path) not in folder or not Path(path).is_dir():
            raise ImportError(f"{path} is not a folder of the bot's author")
        return FileFinder(
            path,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (FreshSource, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        )

    sys.path_hooks.insert(0, find_in)
    for path in [path for path in sys.path_importer_cache if Path(path) in folder]:
        del sys.path_importer_cache[path]
