"""Files without a file service: bytes, a value that describes them, and readers over a real database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rookery.hub.clock import Clock, SystemClock
from rookery.hub.files.model import StoredFile
from rookery.hub.parsing.model import ParseLimits, ReadPicture, ReadText
from rookery.hub.parsing.service import FindingService, PictureReader, TextReader
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.parsing import SqlFindingStore

MOMENT = datetime(2026, 11, 23, tzinfo=UTC)
PIECE = 65_536


def stored(name: str, data: bytes, content_type: str) -> StoredFile:
    return StoredFile(f"f-{name}", "p-1", name, content_type, len(data), hashlib.sha256(data).hexdigest(), MOMENT)


@dataclass
class Reading:
    """Readers, and how often the bytes of a file were asked for."""

    findings: FindingService
    texts: TextReader
    pictures: PictureReader
    opened: list[str] = field(default_factory=list)

    def opener(self, data: bytes) -> Callable[[StoredFile], AsyncIterator[bytes]]:
        async def pieces(file: StoredFile) -> AsyncIterator[bytes]:
            self.opened.append(file.name)
            for start in range(0, len(data), PIECE):
                yield data[start : start + PIECE]

        return pieces

    async def text(self, name: str, data: bytes, content_type: str = "text/plain") -> ReadText:
        return await self.texts.read(stored(name, data, content_type), self.opener(data))

    async def picture(self, name: str, data: bytes, content_type: str = "image/png") -> ReadPicture:
        return await self.pictures.read(stored(name, data, content_type), self.opener(data))


@asynccontextmanager
async def reading(folder: Path, clock: Clock | None = None, **limits: Any) -> AsyncIterator[Reading]:
    database = Database(f"sqlite:///{folder / 'test.db'}")
    await database.start()
    store = SqlFindingStore(database)
    findings = FindingService(store, clock or SystemClock(), folder / "parsing", ParseLimits(**limits))
    await findings.start()
    try:
        yield Reading(findings, TextReader(findings), PictureReader(findings))
    finally:
        await findings.aclose()
        await database.aclose()


async def until(condition: Callable[[], object]) -> None:
    """Lets the loop run until something holds that is no event of ours: a process was started, or ended."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)
