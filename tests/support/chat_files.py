"""Files for chats without the hub's file store: kept in memory, with links that a test can read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rookery.hub.errors import NotFound
from rookery.hub.files.model import StoredFile
from rookery.hub.vault import new_identifier

BASE = "http://files.test/files/"


@dataclass
class MemoryFiles:
    """Implements `chats.ports.ChatFiles`."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)
    """Holder to the ids of its files."""
    links: int = 0

    def keep(self, owner_id: str, name: str, content_type: str, data: bytes) -> StoredFile:
        file = StoredFile(
            new_identifier("f"), owner_id, name, content_type, len(data), hashlib.sha256(data).hexdigest(),
            datetime(2026, 11, 23, tzinfo=UTC),
        )  # fmt: skip
        self.files[file.id] = file
        return file

    async def get(self, file_id: str) -> StoredFile:
        if file_id not in self.files:
            raise NotFound("unknown_file", f"There is no file '{file_id}' on this hub.")
        return self.files[file_id]

    async def resolve(self, url: str, person_id: str) -> StoredFile | None:
        if not url.startswith(BASE):
            return None
        return await self.get(url.removeprefix(BASE).partition("/")[0])

    def link(self, file: StoredFile) -> str:
        self.links += 1
        return f"{BASE}{file.id}/{file.name}?fresh={self.links}"

    async def hold(self, holder: str, file_ids: Sequence[str]) -> None:
        self.held.setdefault(holder, set()).update(file_ids)

    async def let_go(self, holders: Sequence[str]) -> None:
        for holder in holders:
            self.held.pop(holder, None)
