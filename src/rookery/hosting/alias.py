"""`import fastapi_poe` without the package: the name, and every submodule of it, means our SDK.

A finder that comes first, rather than entries in `sys.modules`: those would cover only submodules known beforehand,
and `from fastapi_poe.types import QueryRequest` would load the file a second time, with classes that are not equal.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["AliasFinder"]


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves imports of `alias` and `alias.x` with the module objects of `target` and `target.x`."""

    def __init__(self, alias: str = "fastapi_poe", target: str = "rookery") -> None:
        self._alias = alias
        self._target = target
        self._own_specs: dict[str, ModuleSpec | None] = {}

    def install(self) -> None:
        """Answer imports from now on. Install before anything has imported the real package under that name."""
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._alias and not fullname.startswith(f"{self._alias}."):
            return None
        if importlib.util.find_spec(self._real_name(fullname)) is None:
            # Not ours either: the import then fails under the name which the author wrote.
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._real_name(spec.name))
        self._own_specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The code ran when `target` was imported. The import system has just put the alias' spec on the module;
        # with its own one back, `importlib.reload`, pickling and relative imports work as if there were no alias.
        spec = module.__spec__
        assert spec is not None
        module.__spec__ = self._own_specs.pop(spec.name)

    def _real_name(self, fullname: str) -> str:
        return self._target + fullname.removeprefix(self._alias)
