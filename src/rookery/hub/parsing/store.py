"""What parsing needs from storage: findings, kept by the bytes they are about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rookery.hub.parsing.model import Finding


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding and when it was made."""

    finding: Finding
    read_at: datetime


class FindingStore(Protocol):
    """Findings, one for each pair of digest and form."""

    async def find(self, digest: str, form: str) -> KeptFinding | None:
        """Gives what is kept; None when nothing is."""
        ...

    async def keep(self, digest: str, form: str, kept: KeptFinding) -> None:
        """Keeps the finding, in place of an older one."""
        ...

    async def forget(self, digests: Collection[str]) -> None:
        """Removes everything about these bytes."""
        ...
