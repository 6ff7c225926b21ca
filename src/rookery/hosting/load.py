"""A bot file becomes an app: prepares the interpreter for the author's code, runs it, and takes what it made.

Made for a process that does nothing else, because it changes the import system, the working directory and
`sys.argv`; `child` is that process. Call it before an event loop runs: `make_app` of the real SDK runs its own.

    1  import the file            →  Modal functions, then apps in variables
    2  nothing yet, and there is `if __name__ == "__main__"`:  execute it so, up to run() or uvicorn.run()
    3  nothing yet                →  bots and bot classes of the imported file
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from rookery.hosting.alias import AliasFinder
from rookery.hosting.control import LoadedBot
from rookery.hosting.faults import BotFileFault, explain
from rookery.hosting.find import FoundApp, find_app, find_modal_app, make_from_classes
from rookery.hosting.fresh_source import FreshSource, use_fresh_source
from rookery.hosting.import_hooks import ImportHooks
from rookery.hosting.modal_files import ModalFunctions
from rookery.hosting.model import BotFileError
from rookery.hosting.record import Recorder, Served, sdk_of
from rookery.hosting.redirect import Redirect
from rookery.hosting.sdk_choice import Sdk, is_fastapi_poe_installed
from rookery.hosting.user_folder import UserFolder

__all__ = ["LoadedFile", "load_bot_file"]


@dataclass(frozen=True, slots=True)
class LoadedFile:
    app: Any
    """ASGI app, ready to be served."""
    bots: tuple[LoadedBot, ...]
    """At least one; names and paths are different from each other."""
    sdk: Sdk
    """Which SDK the bots are made with: `rookery` also when `fastapi_poe` was offered and not used."""


def load_bot_file(file: Path, sdk: Sdk, *, hub_url: str) -> LoadedFile:
    """Run the file and find its bots.

    `sdk` is what `import fastapi_poe` means in it; `hub_url` is where its calls for Poe go. The environment holds
    POE_ACCESS_KEY, 32 characters. Raises `BotFileError` for everything that the file or its author can cause.
    """
    file = file.resolve()
    if not file.is_file():
        problem = "is a folder" if file.is_dir() else "does not exist"
        raise BotFileError(f"{file.name} {problem}.", remedy="Give the path of a Python file with a bot.", file=file)
    try:
        return _Loading(file, sdk, hub_url).load()
    except (Exception, SystemExit) as error:
        # The border to the author's code: it may raise anything, and may call exit().
        raise explain(error, file) from error


class _Loading:
    """One file being loaded."""

    def __init__(self, file: Path, sdk: Sdk, hub_url: str) -> None:
        self._file = file
        self._sdk = sdk
        self._redirect = Redirect(hub_url)
        self._key = os.environ.get("POE_ACCESS_KEY", "")
        self._recorder = Recorder(file.stem, self._key)
        self._modal = ModalFunctions()

    def load(self) -> LoadedFile:
        self._prepare()
        with self._recorder.recording():
            found = self._find()
        if found is None:
            raise BotFileFault("holds no bot: " + NO_BOT, FOUR_FORMS)
        bots = tuple(
            LoadedBot(placed.bot.bot_name or "", placed.bot.access_key or self._key, placed.path)
            for placed in found.bots
        )
        _check_names(bots)
        return LoadedFile(found.app, bots, sdk_of(found.bots[0].bot))

    def _prepare(self) -> None:
        folder = self._file.parent
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        sys.argv = [str(self._file)]
        use_fresh_source(UserFolder(folder))
        self._prepare_imports()

    def _prepare_imports(self) -> None:
        hooks = ImportHooks()
        hooks.install()
        hooks.when_imported("httpx", self._redirect.install)
        hooks.when_imported("modal", self._modal.wrap)
        hooks.when_imported("uvicorn", self._recorder.wrap_uvicorn)
        self._recorder.wrap_own_sdk()
        if self._sdk == "rookery":
            AliasFinder().install()
        elif not is_fastapi_poe_installed():
            raise BotFileFault(
                "is to run with fastapi_poe, which is not installed",
                "pip install fastapi-poe, or leave the SDK out to run it with Rookery's own.",
            )
        # In this order, so that `base` takes the function over from `client` when it is wrapped already.
        hooks.when_imported("fastapi_poe.client", self._recorder.wrap_sdk_module)
        hooks.when_imported("fastapi_poe.base", self._recorder.wrap_sdk_module)

    def _find(self) -> FoundApp | None:
        module = self._import()
        found = self._find_in(module)
        if found is None and _has_main_guard(self._file):
            self._recorder.forget()
            self._modal.forget()
            found = self._find_in(self._execute_as_main())
        if found is None and make_from_classes(module, self._recorder):
            found = find_app({}, self._recorder)
        return found

    def _find_in(self, module: ModuleType) -> FoundApp | None:
        apps = self._modal.open_apps(vars(module))
        return find_modal_app(apps, self._recorder) or find_app(vars(module), self._recorder)

    def _import(self) -> ModuleType:
        name = _module_name(self._file)
        spec = importlib.util.spec_from_file_location(name, self._file, loader=FreshSource(name, str(self._file)))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # Registered first and left there: annotations and pickles of the author's classes are resolved through it.
        sys.modules[name] = module
        with _until_served():
            spec.loader.exec_module(module)
        return module

    def _execute_as_main(self) -> ModuleType:
        module = ModuleType("__main__")
        module.__file__ = str(self._file)
        sys.modules["__main__"] = module
        code = FreshSource("__main__", str(self._file)).get_code("__main__")
        with _until_served():
            exec(code, vars(module))
        return module


NO_BOT = "it makes no app with make_app, calls no run, and defines no class derived from PoeBot"

FOUR_FORMS = (
    "Write one of: app = fp.make_app(MyBot()); or a Modal function under @asgi_app() that returns fp.make_app(…); "
    "or fp.run(MyBot()) under if __name__ == '__main__'; or just class MyBot(fp.PoeBot)."
)


@contextmanager
def _until_served() -> Iterator[None]:
    # A task group around the server wraps the exception, which `except*` takes as well.
    try:
        yield
    except* Served:
        pass


def _module_name(file: Path) -> str:
    """The stem, so that the author's other modules can import it; something else where that name is taken."""
    stem = file.stem
    if stem.isidentifier() and stem not in sys.modules and stem not in sys.stdlib_module_names:
        return stem
    return "rookery_bot_" + re.sub(r"\W", "_", stem)


def _has_main_guard(file: Path) -> bool:
    """Whether the file has a top-level `if __name__ == "__main__"`, either way round."""
    for statement in ast.parse(file.read_bytes()).body:
        match statement:
            case ast.If(test=ast.Compare(left=left, comparators=[right])):
                names = {node.id for node in (left, right) if isinstance(node, ast.Name)}
                values = {node.value for node in (left, right) if isinstance(node, ast.Constant)}
                if names == {"__name__"} and values == {"__main__"}:
                    return True
    return False


def _check_names(bots: tuple[LoadedBot, ...]) -> None:
    name, count = Counter(bot.name for bot in bots).most_common(1)[0]
    if count > 1:
        raise BotFileFault(f"names {count} bots '{name}'", "Give each bot a bot_name of its own.")
