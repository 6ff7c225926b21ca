"""How a bot can fail, as the hub sees it: one value for every hop, turned into one sentence.

A failure names what the bot did (a clause that fits after its name), what helps, and whether asking again may help.
It is raised by the adapters that talk to bots and by the relay, and shown to people and calling bots.
"""

from __future__ import annotations

from rookery.protocol.decoding import Problem
from rookery.protocol.responses import ErrorType


class BotFailure(Exception):
    """A bot did not give what it was asked for."""

    def __init__(
        self,
        code: str,
        clause: str,
        *,
        remedy: str = "",
        allow_retry: bool = False,
        problem: Problem | None = None,
        error_type: ErrorType | None = None,
    ) -> None:
        super().__init__(clause)
        self.code = code
        """Stable, for programs: `bot_unreachable`, `bot_timeout`, `bot_status`, `bot_protocol`, …"""
        self.clause = clause
        """Fits after the bot's name; no full stop."""
        self.remedy = remedy
        self.allow_retry = allow_retry
        self.error_type = error_type
        """For clients that show a notice of their own (protocol 3.11)."""
        self.problem = problem
        """The report to send to the bot, when the protocol asks for one (3.8)."""

    def sentence(self, bot_name: str) -> str:
        """Gives the text for people: who, what, and what to do."""
        return f"Bot '{bot_name}' {self.clause}. {self.remedy}".strip()
