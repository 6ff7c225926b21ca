"""A hub and scripted bots in an event loop of their own thread, so that tests of the command stay plain functions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from tests.support.hub import RunningHub, running_hub
from tests.support.scripted_bot import Script, ScriptedBot, scripted_bot

Value = TypeVar("Value")

WAIT_S = 5.0
"""Bound of every wait; nothing here takes long."""


class World:
    """Runs coroutines in its own loop; what was entered is left, last first, by `close`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="world")
        self._thread.start()
        self._stack = AsyncExitStack()

    def run(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        """Gives the result of a coroutine."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(3 * WAIT_S)

    def call(self, function: Callable[[], object]) -> None:
        """Calls a function in the loop, without waiting for it."""
        self._loop.call_soon_threadsafe(function)

    def enter(self, context: AbstractAsyncContextManager[Value]) -> Value:
        """Enters a context manager until the world ends."""
        return self.run(self._stack.enter_async_context(context))

    def close(self) -> None:
        self.run(self._stack.aclose())
        self.run(self._loop.shutdown_asyncgens())  # which closes the connections of bots that ran here
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_S)
        self._loop.close()


class Home:
    """A running hub as tests of the command see it."""

    def __init__(self, world: World, data_dir: Path) -> None:
        self.world = world
        self.hub: RunningHub = world.enter(running_hub(data_dir))
        self.url = self.hub.url
        self.api_key = self.hub.api_key

    def add_stand_in(self, name: str, rule: str = "echo") -> str:
        """Creates a stand-in; gives its name."""
        return self.world.run(self.hub.stand_in(name, rule)).name

    def add_bot(self, name: str, script: Script, **settings: Any) -> ScriptedBot:
        """Runs a scripted bot server and registers it."""
        bot: ScriptedBot = self.world.enter(scripted_bot(script, **settings))
        self.world.run(self.hub.register(name, bot.url, replace=True))
        return bot

    def key_for(self, name: str) -> str:
        """Makes one more API key of the owner."""
        _, key = self.world.run(self.hub.hub.accounts.create_key(self.hub.hub.owner, name))
        return key
