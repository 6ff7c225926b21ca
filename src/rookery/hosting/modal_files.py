"""Files written for Modal: finds the functions that Modal would serve, and calls them for their app.

Modal's own objects do not tell web functions from others by public means, so its four decorators are wrapped before
the file sees them. Nothing here talks to Modal: no account, no network. What Modal would supply around the function
(packages, environment and secrets of its image, volumes) is not supplied here.

    @app.function()  @asgi_app()  def fastapi_app(): …       call it
    @app.cls()  class Model:  @asgi_app()  def web(self): …  Model().web.local(), which runs @modal.enter() first
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from rookery.hosting.faults import BotFileFault

__all__ = ["ModalFunctions"]

DECORATORS = ("asgi_app", "wsgi_app", "fastapi_endpoint", "web_endpoint", "web_server")


@dataclass(frozen=True, slots=True)
class _WebFunction:
    kind: str
    target: Any
    """What was decorated: a function, a method, or what another Modal decorator made of one."""


class ModalFunctions:
    """The web functions of a file."""

    def __init__(self) -> None:
        self._found: list[_WebFunction] = []
        self._function_class: type | None = None

    def wrap(self, modal: ModuleType) -> None:
        """Record what is decorated with one of `modal`'s web decorators. Call before the file can import them."""
        self._function_class = modal.Function
        for kind in DECORATORS:
            if kind in vars(modal):
                setattr(modal, kind, self._recording(kind, vars(modal)[kind]))

    def forget(self) -> None:
        """Begin anew, for executing the file a second time."""
        self._found.clear()

    def open_apps(self, namespace: Mapping[str, Any]) -> list[Any]:
        """The ASGI apps of the file whose globals are `namespace`; the author's functions run to make them.

        None when nothing was decorated. Raises `BotFileFault` for a file with only other kinds of web functions.
        """
        apps = [self._open(found.target, namespace) for found in self._found if found.kind == "asgi_app"]
        if self._found and not apps:
            kind = self._found[0].kind
            raise BotFileFault(
                f"serves with @modal.{kind}, which cannot hold a Poe-protocol bot here",
                "Use @modal.asgi_app() on a function that returns make_app(…).",
            )
        return apps

    def _recording(self, kind: str, decorator: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(decorator)
        def configured(*args: Any, **kwargs: Any) -> Any:
            decorate = decorator(*args, **kwargs)

            def record(target: Any) -> Any:
                decorated = decorate(target)
                self._found.append(_WebFunction(kind, target))
                return decorated

            return record

        return configured

    def _open(self, target: Any, namespace: Mapping[str, Any]) -> Any:
        if not inspect.isfunction(target):
            return self._open_only_function(namespace)
        owner, _, name = target.__qualname__.rpartition(".")
        if not owner or owner.endswith("<locals>"):
            # Not through modal.Function.local(), which warns of the volumes that are not there.
            return target()
        return getattr(_find_class(target.__module__, owner)(), name).local()

    def _open_only_function(self, namespace: Mapping[str, Any]) -> Any:
        # @asgi_app() above another decorator saw that one's result, which does not tell its function. The variable
        # that holds the finished modal.Function does, when it is the only one.
        assert self._function_class is not None
        functions = [value for value in namespace.values() if isinstance(value, self._function_class)]
        if len(functions) != 1:
            raise BotFileFault(
                "has @asgi_app() above another decorator, so that its function cannot be told",
                "Put @asgi_app() directly above the function.",
            )
        (function,) = functions
        return function.local()  # type: ignore[attr-defined]


def _find_class(module: str, qualname: str) -> Any:
    found: Any = sys.modules[module]
    for name in qualname.split("."):
        found = getattr(found, name)
    return found
