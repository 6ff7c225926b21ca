"""The test kit for bot authors: ask a bot in process, script the bots that it calls, look at what it did.

    async with BotUnderTest(MyBot()) as bot:
        bot.dependency("GPT-3.5-Turbo").replies("Hello!")
        reply = await bot.ask("hi")
        assert reply.text == "Hello!"

The bot's app is run in the test's own event loop; what it sends to the platform (calls to other bots, costs, uploads)
is answered by a small server on loopback. Nothing reaches the network. Guide: docs/guides/testing-bots.md.

Names are imported when they are first used: the pytest plugin lives below this package and is loaded with every run
of pytest, also of projects that do not use it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rookery.testing.bot import BotUnderTest, run_ask
    from rookery.testing.costs import Costs
    from rookery.testing.dependency import Answer, Dependency, Failure
    from rookery.testing.errors import BotRefused, ExchangeDiffers, ProtocolBroken, WrongCalls
    from rookery.testing.exchange import Exchange, RecordedCall, load_exchange
    from rookery.testing.files import Upload
    from rookery.testing.reply import BotReply, Call

__all__ = [
    "Answer",
    "BotRefused",
    "BotReply",
    "BotUnderTest",
    "Call",
    "Costs",
    "Dependency",
    "Exchange",
    "ExchangeDiffers",
    "Failure",
    "ProtocolBroken",
    "RecordedCall",
    "Upload",
    "WrongCalls",
    "load_exchange",
    "run_ask",
]

_ROOMS = {
    "Answer": "dependency",
    "BotRefused": "errors",
    "BotReply": "reply",
    "BotUnderTest": "bot",
    "Call": "reply",
    "Costs": "costs",
    "Dependency": "dependency",
    "Exchange": "exchange",
    "ExchangeDiffers": "errors",
    "Failure": "dependency",
    "ProtocolBroken": "errors",
    "RecordedCall": "exchange",
    "Upload": "files",
    "WrongCalls": "errors",
    "load_exchange": "exchange",
    "run_ask": "bot",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _ROOMS:
            raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
