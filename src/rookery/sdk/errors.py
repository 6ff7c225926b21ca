"""What the SDK raises. The names are those of `fastapi_poe` (protocol 9.5), so existing `except` clauses keep working.

    Exception
    ├── BotError                 a called bot failed; asking again may help
    │   └── BotErrorNoRetry      asking again will not help
    ├── AttachmentUploadError    a file could not be stored
    ├── CostRequestError         a cost could not be authorized or captured, for another reason than funds
    ├── InsufficientFundError    the person who asked has not enough points
    ├── InvalidParameterError    a call is incomplete: no key, no file name, no query to charge
    └── InvalidBotSettings       never raised; kept for `except` clauses

A `BotError` or `InsufficientFundError` that a handler does not catch reaches the person as what it is; every other
exception becomes a fixed sentence (`replies.error_event_for`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rookery.protocol.decoding import cut
from rookery.protocol.responses import ErrorType

SHOWN_CHARACTERS = 2_000
"""How much of an exception goes into `raw_response`, in characters."""


class BotError(Exception):
    """A called bot failed. `str(error)` is a sentence for the person.

    Where it differs from `fastapi_poe`: there the text is the raw JSON of the `error` event, which is `raw` here.
    """

    _allows_retry: ClassVar[bool] = True

    def __init__(
        self,
        message: str = "",
        *,
        text: str | None = None,
        error_type: ErrorType | None = None,
        allow_retry: bool | None = None,
        bot_name: str | None = None,
        raw: str | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.text = text
        """What the called bot said in its `error` event; None when it said nothing or sent no such event."""
        self.error_type = error_type
        """Why, when the called bot gave a known reason (protocol 3.11)."""
        self.allow_retry = self._allows_retry if allow_retry is None else allow_retry
        self.bot_name = bot_name
        """Name of the called bot; None when unknown."""
        self.raw = raw
        """The `error` event's JSON, or the start of another answer's body, as it came."""
        self.http_status = http_status
        """Status of an answer that was no event stream."""
        self.retry_after_s: float | None = None
        """Seconds after which the called side wants to be asked again, when it said so (`Retry-After`)."""


class BotErrorNoRetry(BotError):
    """A called bot failed, and asking again will not help."""

    _allows_retry = False


class AttachmentUploadError(Exception):
    """A file could not be stored."""


class CostRequestError(Exception):
    """A cost could not be authorized or captured."""


class InsufficientFundError(Exception):
    """The person who asked has not enough points."""


class InvalidParameterError(Exception):
    """A call is incomplete."""


class InvalidBotSettings(Exception):
    """Never raised; `fastapi_poe` has it."""


def mask_secrets(text: str, secrets: Iterable[str | None]) -> str:
    """Gives the text with every given secret replaced by three asterisks; empty and None secrets are skipped."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return text


def describe_exception(error: BaseException, secrets: Iterable[str | None] = ()) -> str:
    """Gives class name and message of an exception, like its `repr`, without secrets and bounded in length.

    For the author's eyes (`raw_response`, protocol 3.9.8); never raises, whatever the exception's `repr` does.
    """
    try:
        text = repr(error)
    except Exception:
        text = f"{type(error).__name__}(...)"
    return cut(mask_secrets(text, secrets), SHOWN_CHARACTERS)
