"""Do something to a module the moment it has been imported, and nothing when it never is.

The loader changes a few public functions of other packages (`fastapi_poe`, `modal`, `httpx`). Importing those
packages just in case would cost every start a second; waiting here means `from modal import asgi_app` in the user's
file already gets the changed function, while a file without Modal never loads it.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["ImportHooks"]

OnImport = Callable[[ModuleType], None]


class ImportHooks(importlib.abc.MetaPathFinder):
    """Finder that finds nothing itself: it asks the others, and runs the hooks after the module's own code."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[OnImport]] = {}

    def install(self) -> None:
        """Begin to see imports."""
        sys.meta_path.insert(0, self)

    def when_imported(self, name: str, call: OnImport) -> None:
        """Call `call(module)` right after the module `name` is imported; at once when it already is."""
        module = sys.modules.get(name)
        if module is not None:
            call(module)
        else:
            self._waiting.setdefault(name, []).append(call)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._waiting:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                self._call_after(spec)
                return spec
        return None

    def _call_after(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if loader is None or not hasattr(loader, "exec_module"):
            return
        run_module = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run_module(module)
            for call in self._waiting.pop(spec.name, ()):
                call(module)

        # A loader serves one module, so changing the instance touches nobody else; a wrapper class would have to
        # pass on the optional loader methods (source, resources, package data) one by one.
        loader.exec_module = exec_module  # type: ignore[method-assign]
