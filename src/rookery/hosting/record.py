"""Remembers which bots the author's file makes apps of, by either SDK, and keeps the file from serving by itself.

While a file is loaded, `make_app`, `run` and `sync_bot_settings` of an SDK, and `uvicorn.run`, behave like this;
afterwards they are what they were:

    make_app(bots)       fills in names and keys, calls the real one, remembers app and bots
    run(bots)            the same, then ends the file at this line (`Served`)
    uvicorn.run(app)     remembers the app, ends the file at this line
    sync_bot_settings()  does nothing: the hub does not know the bot yet, and asks for its settings when it does
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn, Protocol

from rookery.hosting.faults import BotFileFault
from rookery.hosting.sdk_choice import Sdk

__all__ = ["Bot", "MadeApp", "Recorder", "Served", "sdk_of"]

KEY_LENGTH = 32


class Bot(Protocol):
    """The part of `PoeBot` that both SDKs share and the hosting uses."""

    path: str
    access_key: str | None
    bot_name: str | None


@dataclass(frozen=True, slots=True)
class MadeApp:
    app: Any
    bots: tuple[Bot, ...]


class Served(BaseException):
    """The file has reached the point where it would serve. Not an `Exception`, so that no author catches it."""


class Recorder:
    """What a file made of its bots.

    `stem` names bots that have nothing better; `default_key` is for bots without a key that share an app (a bot
    alone finds it in the environment, see protocol.md 9.7.2).
    """

    def __init__(self, stem: str, default_key: str) -> None:
        self.made: list[MadeApp] = []
        self.served: Any = None
        """The app which the file wanted to serve by itself, if it came to that."""
        self._stem = stem
        self._default_key = default_key
        self._recording = False
        self._wrappers: dict[Any, Any] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record while inside."""
        self._recording = True
        try:
            yield
        finally:
            self._recording = False

    def forget(self) -> None:
        """Begin anew, for executing the file a second time."""
        self.made.clear()
        self.served = None

    def give_names(self, bots: Sequence[Bot], name_of_single: str = "") -> None:
        """Name the bots that have no name, unless `name_of_single` is the name of the only one."""
        taken = {bot.bot_name for made in self.made for bot in made.bots}
        taken |= {name_of_single, *(bot.bot_name for bot in bots)}
        for bot in bots:
            if not bot.bot_name and not name_of_single:
                bot.bot_name = _free_name(self._name_for(bot), taken)
                taken.add(bot.bot_name)

    def wrap_sdk_module(self, module: ModuleType) -> None:
        """Wrap those of the three functions which `module` has."""
        for name, wrap in self._sdk_wraps().items():
            function = vars(module).get(name)
            if callable(function):
                setattr(module, name, self._wrapper_of(function, wrap))

    def wrap_own_sdk(self, package: str = "rookery") -> None:
        """The same for our SDK, which is loaded already: wherever the public functions are bound in it."""
        root = importlib.import_module(package)
        for name, wrap in self._sdk_wraps().items():
            function = getattr(root, name, None)
            if callable(function):
                wrapper = self._wrapper_of(function, wrap)
                setattr(root, name, wrapper)
                for module in _modules_of(package):
                    _rebind(module, function, wrapper)

    def wrap_uvicorn(self, module: ModuleType) -> None:
        """Keep `uvicorn.run` and `uvicorn.Server.serve` (which `Server.run` calls) from serving."""
        uvicorn: Any = module
        uvicorn.run = self._wrapper_of(uvicorn.run, self._wrap_uvicorn_run)
        uvicorn.Server.serve = self._wrapper_of(uvicorn.Server.serve, self._wrap_server)

    def _sdk_wraps(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "make_app": self._wrap_make_app,
            "run": self._wrap_run,
            "sync_bot_settings": self._wrap_sync_bot_settings,
        }

    def _wrapper_of(self, function: Any, wrap: Callable[[Any], Any]) -> Any:
        """The same wrapper for the same function, under however many names it is known."""
        if function in self._wrappers.values():
            return function
        if function not in self._wrappers:
            self._wrappers[function] = wrap(function)
        return self._wrappers[function]

    def _wrap_make_app(self, make_app: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(make_app)

        @functools.wraps(make_app)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            if not self._recording:
                return make_app(*args, **kwargs)
            bots = self._prepare(signature.bind(*args, **kwargs).arguments)
            app = make_app(*args, **kwargs)
            self.made.append(MadeApp(app, bots))
            return app

        return recorded

    def _wrap_run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        package = run.__module__.partition(".")[0]

        @functools.wraps(run)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            if not self._recording:
                return run(*args, **kwargs)
            # `run` takes what `make_app` takes, in both SDKs; by now the package's own name is the wrapped one.
            return self._serve(importlib.import_module(package).make_app(*args, **kwargs))

        return recorded

    def _wrap_sync_bot_settings(self, sync: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(sync)
        def skipped(*args: Any, **kwargs: Any) -> Any:
            return None if self._recording else sync(*args, **kwargs)

        return skipped

    def _wrap_uvicorn_run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(run)
        def recorded(app: Any, *args: Any, **kwargs: Any) -> Any:
            return self._serve(app) if self._recording else run(app, *args, **kwargs)

        return recorded

    def _wrap_server(self, serve: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(serve)
        async def recorded(server: Any, *args: Any, **kwargs: Any) -> Any:
            return self._serve(server.config.app) if self._recording else await serve(server, *args, **kwargs)

        return recorded

    def _serve(self, app: Any) -> NoReturn:
        # "main:app" names a variable of a module, which is found by looking at the module.
        self.served = None if isinstance(app, str) else app
        raise Served

    def _prepare(self, arguments: Mapping[str, Any]) -> tuple[Bot, ...]:
        """Check what `make_app` was given, and complete its bots. Gives the bots."""
        given = arguments["bot"]
        if isinstance(given, type):
            name = given.__name__
            raise BotFileFault(f"gives the class {name} where a bot is needed", f"Write {name}().")
        together = isinstance(given, Sequence)
        bots: tuple[Bot, ...] = tuple(given) if together else (given,)
        _check_paths(bots)
        _check_key(arguments.get("access_key") or arguments.get("api_key"))
        self.give_names(bots, arguments.get("bot_name") or "")
        if together:
            for bot in bots:
                bot.access_key = bot.access_key or self._default_key
        return bots

    def _name_for(self, bot: Bot) -> str:
        own_class = type(bot).__name__
        # A plain PoeBot gets its name from the file, because every such bot would have the same one otherwise.
        words = self._stem if own_class == "PoeBot" else own_class
        return re.sub(r"[^A-Za-z0-9._-]+", "-", words).strip("-") or "bot"


def sdk_of(bot: Bot) -> Sdk:
    """Which SDK a bot is made with, by the classes it inherits from."""
    packages = {base.__module__.partition(".")[0] for base in type(bot).__mro__}
    return "fastapi_poe" if "fastapi_poe" in packages else "rookery"


def _free_name(name: str, taken: set[str | None]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name}-{number}"
        number += 1
    return free


def _check_paths(bots: Sequence[Bot]) -> None:
    by_path: dict[str, str] = {}
    for bot in bots:
        own = type(bot).__name__
        if bot.path in by_path:
            # The SDK's own error shows the bots with their access keys.
            raise BotFileFault(
                f"puts two bots on the path '{bot.path}': {by_path[bot.path]} and {own}",
                f"Give each bot a path of its own: {own}(path='/{own}').",
            )
        by_path[bot.path] = own


def _check_key(key: str | None) -> None:
    if key and len(key) != KEY_LENGTH:
        raise BotFileFault(
            f"gives an access key of {len(key)} characters; a key has {KEY_LENGTH}",
            "Leave access_key out: here the bot gets one through POE_ACCESS_KEY.",
        )


def _modules_of(package: str) -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name == package or name.startswith(f"{package}.")]


def _rebind(module: ModuleType, function: Any, wrapper: Any) -> None:
    for name, value in list(vars(module).items()):
        if value is function:
            setattr(module, name, wrapper)
