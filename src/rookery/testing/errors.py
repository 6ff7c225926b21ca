"""How a test fails. All are AssertionErrors, so that a runner shows them as failed checks and not as crashes.

AssertionError
├── ProtocolBroken    the bot's answer breaks the protocol; the text names the clause
├── BotRefused        the bot's server did not answer 200
├── WrongCalls        the bot called other bots than the test expects
└── ExchangeDiffers   a replayed exchange went otherwise than the recorded one
"""

from __future__ import annotations

__all__ = ["BotRefused", "ExchangeDiffers", "ProtocolBroken", "WrongCalls"]


class ProtocolBroken(AssertionError):
    """The bot sent something that a platform cannot or need not read (protocol 3.9 to 3.12)."""


class BotRefused(AssertionError):
    """The bot's server answered another status than 200; `status` and `body` say what."""

    def __init__(self, text: str, status: int, body: bytes) -> None:
        super().__init__(text)
        self.status = status
        self.body = body


class WrongCalls(AssertionError):
    """The calls to other bots are not the expected ones."""


class ExchangeDiffers(AssertionError):
    """A replay differs from its recording; the text is a line-by-line difference."""
