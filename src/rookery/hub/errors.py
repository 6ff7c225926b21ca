"""Errors of the hub. A `HubError` is safe to show: a stable code, a sentence, what to do.

    HubError
    ├── NotSignedIn        401  no key, or one that is not accepted
    ├── NotAllowed         403  a good key without the right
    ├── NotFound           404  no such bot, key, query
    ├── Conflict           409  the name is taken
    ├── BadInput           400  a body or value that cannot be used
    ├── TooLarge           413  more bytes than the hub reads
    ├── TooMany            429  more attempts than the hub takes for now
    ├── StorageFailed      503  the database cannot be read or written
    ├── UpstreamFailed     502  a bot server did not give what was asked
    └── UpstreamTimeout    504  … or not in time

`http.py` is the one place that turns them into bodies.
"""

from __future__ import annotations

from math import ceil
from typing import ClassVar


class HubError(Exception):
    """Base of everything the hub refuses."""

    status: ClassVar[int] = 500

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """Message and remedy in one text."""
        return f"{self.message} {self.remedy}".strip()


class NotSignedIn(HubError):
    """No credential, or one that is not accepted."""

    status = 401


class NotAllowed(HubError):
    """The credential is good, the right is missing."""

    status = 403


class NotFound(HubError):
    """The named thing does not exist, or not for this person."""

    status = 404


class Conflict(HubError):
    """The name is taken."""

    status = 409


class BadInput(HubError):
    """A body or value that cannot be used."""

    status = 400


class TooLarge(HubError):
    """More bytes than the hub reads."""

    status = 413


class TooMany(HubError):
    """More attempts than the hub takes for now."""

    status = 429

    def __init__(self, code: str, message: str, remedy: str = "", *, retry_after_s: float = 1.0) -> None:
        super().__init__(code, message, remedy)
        self.retry_after_s = max(1, ceil(retry_after_s))
        """Whole seconds after which it is worth another try; sent as `Retry-After`."""


class UpstreamFailed(HubError):
    """A bot server did not give what was asked."""

    status = 502


class UpstreamTimeout(HubError):
    """A bot server did not answer in time."""

    status = 504


class StorageFailed(HubError):
    """The database cannot be read or written: full disk, lost connection, damaged file."""

    status = 503
