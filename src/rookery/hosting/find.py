"""Finds the app to serve, and the bots in it, among what an executed file left behind. Nothing is imported here.

Order: what the file itself wanted to serve, its variable `app`, its other variables, an app it made and only passed
on; then, in `make_from_classes`, bots and bot classes of which no app was made.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount

from rookery.hosting.faults import BotFileFault
from rookery.hosting.record import Bot, Recorder

__all__ = ["FoundApp", "PlacedBot", "find_app", "find_modal_app", "make_from_classes"]

SDK_PACKAGES = ("fastapi_poe", "rookery")

ONE_APP = "Give all bots to one make_app([…]), each with a path of its own, or keep one bot per file."


@dataclass(frozen=True, slots=True)
class PlacedBot:
    path: str
    """Path in the app that is served: the bot's own, below where its app is mounted."""
    bot: Bot


@dataclass(frozen=True, slots=True)
class FoundApp:
    app: Any
    bots: tuple[PlacedBot, ...]


def find_app(namespace: Mapping[str, Any], recorder: Recorder) -> FoundApp | None:
    """The app to serve of an executed file, or None when it made no bot. Raises `BotFileFault` for several apps."""
    if not recorder.made:
        return None
    preferred = [app for app in (recorder.served, namespace.get("app")) if app is not None]
    for app in preferred:
        if bots := list(_bots_inside(app, recorder)):
            return FoundApp(app, tuple(bots))
    for app in preferred:
        if _is_opaque_asgi(app):
            return FoundApp(app, _all_bots(recorder))
    in_variables = choose_app(list(namespace.values()), recorder)
    return in_variables or choose_app([made.app for made in recorder.made], recorder)


def choose_app(candidates: Sequence[Any], recorder: Recorder) -> FoundApp | None:
    """The one app with bots among `candidates`; an app mounted in another one does not count."""
    found = {id(app): FoundApp(app, tuple(bots)) for app in candidates if (bots := list(_bots_inside(app, recorder)))}
    inner = {id(app) for one in found.values() for app in _mounted_in(one.app)}
    outer = [one for key, one in found.items() if key not in inner]
    if len(outer) > 1:
        names = " and ".join(_names(one) for one in outer)
        raise BotFileFault(f"makes {len(outer)} apps, and one process serves one: {names}", ONE_APP)
    return outer[0] if outer else None


def find_modal_app(apps: Sequence[Any], recorder: Recorder) -> FoundApp | None:
    """The app to serve among those which the Modal functions of a file returned; None when there are none."""
    if not apps:
        return None
    found = choose_app(apps, recorder)
    if found is None and recorder.made and len(apps) == 1 and _is_opaque_asgi(apps[0]):
        found = FoundApp(apps[0], _all_bots(recorder))
    if found is None:
        raise BotFileFault(
            "has an @asgi_app() function that returns an app without a bot",
            "Return what make_app(bot) gives.",
        )
    return found


def make_from_classes(module: ModuleType, recorder: Recorder) -> bool:
    """Make an app of the bots, or else the bot classes, that `module` defines; the recorder sees it being made.

    False when there are none. A single bot keeps its path; several get `/Name` unless they have one already.
    Raises `BotFileFault` for a class that needs arguments.
    """
    bots = _bots_in(module) or [_instantiate(bot_class) for bot_class in _bot_classes_in(module)]
    if not bots:
        return False
    recorder.give_names(bots)
    if len(bots) > 1:
        for bot in bots:
            bot.path = f"/{bot.bot_name}" if bot.path == "/" else bot.path
    _make_app_of(bots[0])(bots[0] if len(bots) == 1 else bots)
    return True


def _bots_inside(app: Any, recorder: Recorder) -> Iterator[PlacedBot]:
    for made in recorder.made:
        if made.app is app:
            yield from (PlacedBot(bot.path, bot) for bot in made.bots)
    for mount in _mounts(app):
        for inner in _bots_inside(mount.app, recorder):
            yield PlacedBot(mount.path + inner.path, inner.bot)


def _mounts(app: Any) -> list[Mount]:
    if not isinstance(app, Starlette):
        return []
    return [route for route in app.routes if isinstance(route, Mount)]


def _mounted_in(app: Any) -> Iterator[Any]:
    for mount in _mounts(app):
        yield mount.app
        yield from _mounted_in(mount.app)


def _is_opaque_asgi(app: Any) -> bool:
    """Whether this may be an app around another one, whose inside cannot be seen: a middleware, for instance."""
    if isinstance(app, Starlette | type) or not callable(app):
        return False
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)


def _all_bots(recorder: Recorder) -> tuple[PlacedBot, ...]:
    return tuple(PlacedBot(bot.path, bot) for made in recorder.made for bot in made.bots)


def _names(found: FoundApp) -> str:
    return ", ".join(placed.bot.bot_name or type(placed.bot).__name__ for placed in found.bots)


def _base_classes() -> tuple[type, ...]:
    """`PoeBot` of every SDK that the file has imported; a class of the file can have no other as its base."""
    modules = [sys.modules[name] for name in SDK_PACKAGES if name in sys.modules]
    return tuple({base for module in modules if isinstance(base := getattr(module, "PoeBot", None), type)})


def _bots_in(module: ModuleType) -> list[Any]:
    found = {id(value): value for value in vars(module).values() if isinstance(value, _base_classes())}
    return list(found.values())


def _bot_classes_in(module: ModuleType) -> list[type]:
    """Bot classes defined in the file, without those which others in it build upon."""
    own = {
        value: None
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and issubclass(value, _base_classes())
        and not value.__name__.startswith("_")
        and not inspect.isabstract(value)
    }
    built_upon = {base for bot_class in own for base in bot_class.__mro__[1:]}
    return [bot_class for bot_class in own if bot_class not in built_upon]


def _instantiate(bot_class: type) -> Any:
    try:
        inspect.signature(bot_class).bind()
    except TypeError as error:
        name = bot_class.__name__
        raise BotFileFault(
            f"defines {name}, which cannot be made without arguments ({error})",
            f"Make the bot in the file: app = fp.make_app({name}(…)).",
        ) from None
    return bot_class()


def _make_app_of(bot: Any) -> Any:
    sdk = next(base for base in type(bot).__mro__ if base in _base_classes())
    return next(
        sys.modules[name].make_app
        for name in SDK_PACKAGES
        if name in sys.modules and getattr(sys.modules[name], "PoeBot", None) is sdk
    )
