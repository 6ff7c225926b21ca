"""What files need from outside the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Download:
    """A file that is being fetched."""

    name: str
    """As its server or its address names it; empty when neither does. Untrusted."""
    size: int | None
    """Bytes that its server announces; None when it does not. Untrusted."""
    chunks: AsyncIterator[bytes]
    """May be endless: whoever reads counts. Raises Unprocessable when the transfer breaks off or takes too long."""


class Downloader(Protocol):
    """Fetches files from addresses that people and bots name."""

    def fetch(self, url: str) -> AbstractAsyncContextManager[Download]:
        """Opens the address; leaving closes it.

        Raises Unprocessable for an address that may not be called, cannot be reached, or gives no file.
        """
        ...
