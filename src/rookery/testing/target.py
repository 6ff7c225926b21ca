"""What is tested: a bot, several bots, or an ASGI app; seen as one app and the bots that it serves."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from rookery.protocol.limits import ACCESS_KEY_LENGTH
from rookery.sdk.app import make_app
from rookery.sdk.bot import PoeBot
from rookery.testing.asgi import App

__all__ = ["BotLike", "ServedBot", "Target", "build_app", "describe"]


@runtime_checkable
class BotLike(Protocol):
    """An instance of `PoeBot`, ours or that of `fastapi_poe`."""

    path: str
    access_key: str | None
    bot_name: str | None


Target: TypeAlias = BotLike | Sequence[BotLike] | App


@dataclass(frozen=True, slots=True)
class ServedBot:
    """A bot as the platform knows it."""

    name: str
    path: str
    access_key: str


def describe(target: Target, *, name: str, path: str, access_key: str) -> list[ServedBot]:
    """Gives the bots of `target`, the first being the one to ask; bots without a key get one, which they keep.

    For an app, `name`, `path` and `access_key` say what cannot be seen from outside (the key: `POE_ACCESS_KEY` when
    not given). Raises TypeError for anything that is no bot, list of bots or app.
    """
    bots = _bots_in(target)
    if bots is None:
        key = access_key or os.environ.get("POE_ACCESS_KEY") or secrets.token_hex(ACCESS_KEY_LENGTH // 2)
        return [ServedBot(name or "BotUnderTest", path, key)]
    for bot in bots:
        bot.access_key = bot.access_key or secrets.token_hex(ACCESS_KEY_LENGTH // 2)
    return [ServedBot(bot.bot_name or type(bot).__name__, bot.path, bot.access_key or "") for bot in bots]


async def build_app(target: Target) -> App:
    """Gives the app of `target`, made by the SDK of its bots. Raises ValueError for what `make_app` refuses."""
    bots = _bots_in(target)
    if bots is None:
        return cast("App", target)
    return await _make_app(bots[0], bots if isinstance(target, Sequence) else bots[0])


def _bots_in(target: Target) -> list[BotLike] | None:
    # None: an app.
    if isinstance(target, Sequence):
        bots = list(target)
        if not bots or not all(isinstance(bot, BotLike) for bot in bots):
            raise TypeError("a list under test holds instances of PoeBot, at least one")
        return bots
    if isinstance(target, BotLike):
        if isinstance(target, type):
            raise TypeError(f"{target.__name__} is a class; pass an instance: {target.__name__}()")
        return [target]
    if not callable(target):
        raise TypeError(f"a bot under test is a PoeBot, a list of them or an ASGI app, not {type(target).__name__}")
    return None


async def _make_app(first: BotLike, given: BotLike | list[BotLike]) -> App:
    if isinstance(first, PoeBot):
        return cast("App", make_app(cast("Any", given)))
    for base in type(first).__mro__:
        foreign: Callable[[Any], App] | None = getattr(sys.modules.get(base.__module__), "make_app", None)
        if base.__name__ == "PoeBot" and foreign is not None:
            # In a thread, because the real package syncs settings by `asyncio.run`, which a running loop refuses.
            return await asyncio.to_thread(foreign, given)
    raise TypeError(f"{type(first).__name__} is no subclass of PoeBot")
