"""Fixtures for pytest: `bot_under_test` (a factory) and `ask_bot` (one question). Found by pytest by itself.

Imports of the kit wait until a fixture is used: this module is loaded with every run of pytest in the environment.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

async_fixture: Any
try:
    from pytest_asyncio import fixture as async_fixture
except ImportError:  # anyio runs plain async fixtures; others use the class itself
    async_fixture = pytest.fixture

if TYPE_CHECKING:
    from rookery.testing.bot import BotUnderTest
    from rookery.testing.reply import BotReply

__all__ = ["ask_bot", "bot_under_test"]


@async_fixture  # type: ignore[untyped-decorator]
async def bot_under_test() -> AsyncGenerator[Callable[..., Awaitable[BotUnderTest]], None]:
    """Starts bots that run until the test ends: `bot = await bot_under_test(MyBot())`; arguments as `BotUnderTest`."""
    from rookery.testing.bot import BotUnderTest  # noqa: PLC0415 - see the module's docstring

    async with AsyncExitStack() as stack:

        async def start(target: Any, **options: Any) -> BotUnderTest:
            return await stack.enter_async_context(BotUnderTest(target, **options))

        yield start


@pytest.fixture
def ask_bot() -> Callable[..., Awaitable[BotReply]]:
    """Asks a bot once: `reply = await ask_bot(MyBot(), "hi", dependencies={"GPT-3.5-Turbo": "Hello"})`.

    Further arguments are those of `BotUnderTest.ask`.
    """
    from rookery.testing.bot import BotUnderTest  # noqa: PLC0415 - see the module's docstring

    async def ask(target: Any, text: str, *, dependencies: Any = None, **options: Any) -> BotReply:
        async with BotUnderTest(target, dependencies=dependencies) as bot:
            return await bot.ask(text, **options)

    return ask
