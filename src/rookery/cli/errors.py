"""Errors of the command line: one sentence, what to do, and the exit code.

    CommandError
    ├── HubUnreachable     nobody answers at the hub's address, or the connection broke
    ├── HubRefusal         the hub said no; has its status and stable code
    │   └── SignInNeeded   … because of the API key
    └── AnswerFailed       a bot's answer ended with an error; its text is already printed

`border.command_border` is the one place that prints them. Usage errors are Typer's own (exit code 2).
"""

from __future__ import annotations


class CommandError(Exception):
    """Ends the command with a sentence and a remedy on standard error."""

    def __init__(self, message: str, remedy: str = "", *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    @property
    def sentence(self) -> str:
        """Message and remedy in one text."""
        return f"{self.message} {self.remedy}".strip()


class HubUnreachable(CommandError):
    """Nobody answers at the hub's address, or the connection to it broke."""


class HubRefusal(CommandError):
    """The hub answered with an error."""

    def __init__(self, status: int, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.status = status
        """HTTP status."""
        self.code = code
        """The hub's stable name for the reason, such as `unknown_bot`; empty when it gave none."""


class SignInNeeded(HubRefusal):
    """The API key is missing, or the hub does not accept it."""


class AnswerFailed(CommandError):
    """A bot's answer ended with an error."""
