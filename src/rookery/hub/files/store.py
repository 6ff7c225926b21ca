"""What files need from storage: their records, and who holds them. The bytes: `blobs`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from rookery.hub.files.model import StoredFile


class FileStore(Protocol):
    """Records of files, kept."""

    async def save_file(self, file: StoredFile) -> None:
        """Adds a record."""
        ...

    async def find_file(self, file_id: str) -> StoredFile | None:
        """Gives a record; None when there is none."""
        ...

    async def hold(self, holder: str, file_ids: Sequence[str]) -> list[str]:
        """Notes that the holder needs these files; those it holds already stay held.

        All or none: gives the ids of files that do not exist, and holds nothing when there are any.
        """
        ...

    async def let_go(self, holders: Iterable[str]) -> None:
        """Ends everything that these holders hold."""
        ...

    async def delete_unheld(self, created_before: datetime) -> int:
        """Deletes the records that nobody holds and that are older; gives their number."""
        ...

    async def delete_unheld_file(self, file_id: str) -> None:
        """Deletes one record, unless somebody holds it."""
        ...

    async def find_used_digests(self, digests: Sequence[str]) -> set[str]:
        """Gives those of the digests that some record names."""
        ...
