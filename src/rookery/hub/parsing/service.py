"""Reading attached files: at most once for the same bytes, never on the event loop, never with an exception.

    TextReader.read(file, open)      ──┐                      ┌── kept finding
    PictureReader.read(file, open)   ──┴─► FindingService ────┤
                                                              └── copy to a temporary file ──► WorkerPool ──► kept

Whoever asks for bytes that are being read just then waits for the same reading.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, TypeAlias

from rookery.hub.clock import Clock
from rookery.hub.errors import HubError
from rookery.hub.files.model import StoredFile
from rookery.hub.parsing import documents
from rookery.hub.parsing.facts import describe_facts, facts_from_json
from rookery.hub.parsing.forms import HTML, PICTURE, PLAIN, form_of
from rookery.hub.parsing.model import Finding, ParseLimits, ReadPicture, ReadText, failed
from rookery.hub.parsing.plain import NEEDED_BYTES
from rookery.hub.parsing.pool import WorkerPool
from rookery.hub.parsing.store import FindingStore, KeptFinding
from rookery.hub.tasks import Tasks

logger = logging.getLogger("rookery.hub.parsing")

Open: TypeAlias = Callable[[StoredFile], AsyncIterator[bytes]]
"""Gives the bytes of a file, in pieces."""

TRY_AGAIN_AFTER = timedelta(minutes=10)
"""How long a file that took too much time or memory, or broke its reader, is left alone: it comes again with every
message of its chat."""

GONE = failed("hub", "the hub does not have its bytes any more")
NO_ROOM = failed("hub", "the hub could not make a temporary copy of it")
FAILED = failed("hub", "the hub failed over it; its log says how")
CLOSING = failed("hub", "the hub is shutting down")
NO_FORM = "it is no kind of file that the hub finds text in ({content_type})"
NO_PICTURE = "it is no picture ({content_type})"


class FindingService:
    """Findings about files, shared by the readers below. `start` before use, `aclose` after."""

    def __init__(self, store: FindingStore, clock: Clock, folder: Path, limits: ParseLimits) -> None:
        """folder: for temporary copies; made when it is missing, emptied at the start."""
        self._store = store
        self._clock = clock
        self._folder = folder
        self._limits = limits
        self._pool = WorkerPool(limits)
        self._tasks = Tasks()
        self._running: dict[tuple[str, str], asyncio.Task[Finding]] = {}
        self._is_closed = False

    @property
    def pool(self) -> WorkerPool:
        """The processes that parse."""
        return self._pool

    async def start(self) -> None:
        """Removes the copies that a killed hub left."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def aclose(self) -> None:
        """Ends what is being read; those who wait get the reason."""
        self._is_closed = True
        await self._tasks.aclose()
        await self._pool.aclose()

    async def find(self, file: StoredFile, form: str, open: Open) -> Finding:
        """What is in the file, read as this form. Never raises for the file's, the worker's or the store's trouble."""
        key = (file.digest, form)
        if (running := self._running.get(key)) is None:
            if self._is_closed:
                return CLOSING
            running = self._tasks.spawn(self._find(file, form, open), f"parsing-{file.digest[:12]}")
            self._running[key] = running
            running.add_done_callback(lambda _: self._running.pop(key, None))
        # Asked for by several: one who gives up does not end it for the others.
        await asyncio.wait([running])
        if running.cancelled():
            return CLOSING
        # A mistake of ours; `Tasks` has logged it. The message goes on without this file's text.
        return FAILED if running.exception() is not None else running.result()

    async def forget(self, digests: Collection[str]) -> None:
        """Removes what is kept about bytes that the hub has deleted. Raises StorageFailed."""
        await self._store.forget(digests)

    async def _find(self, file: StoredFile, form: str, open: Open) -> Finding:
        kept = await self._kept(file.digest, form)
        if kept is not None:
            return kept
        # The copy is written while the worker starts.
        self._pool.warm()
        finding = await self._read(file, form, open)
        if finding.is_final or finding.is_costly:
            try:
                await self._store.keep(file.digest, form, KeptFinding(finding, self._clock.now()))
            except HubError:
                logger.warning("parsing:not_kept digest=%s", file.digest[:12], exc_info=True)
        return finding

    async def _kept(self, digest: str, form: str) -> Finding | None:
        try:
            kept = await self._store.find(digest, form)
        except HubError:
            logger.warning("parsing:cache_unreadable digest=%s", digest[:12], exc_info=True)
            return None
        if kept is None:
            return None
        is_fresh = kept.finding.is_final or self._clock.now() - kept.read_at < TRY_AGAIN_AFTER
        return kept.finding if is_fresh else None

    async def _read(self, file: StoredFile, form: str, open: Open) -> Finding:
        # Of a text no more is needed than can be shown; a page's tags may take any share of it.
        most = NEEDED_BYTES if form == PLAIN else None
        try:
            copy = await asyncio.to_thread(_new_copy, self._folder)
        except OSError:
            logger.exception("parsing:no_temporary_file")
            return NO_ROOM
        try:
            try:
                await _fill(copy, open(file), most)
            except HubError:
                return GONE
            except OSError:
                logger.exception("parsing:copy_failed digest=%s", file.digest[:12])
                return NO_ROOM
            return await self._pool.read(copy.name, form)
        finally:
            _remove(copy)


class TextReader:
    """Text of attached files (`expand_text_attachments`, protocol 7.6)."""

    def __init__(self, findings: FindingService) -> None:
        self._findings = findings

    async def read(self, file: StoredFile, open: Open) -> ReadText:
        """The file's text, at most `TEXT_CHARACTERS` long, or one sentence why there is none.

        open: gives the file's bytes; only asked when they were not read before.
        """
        form = form_of(file.content_type, file.name)
        if form is None or form == PICTURE:
            finding = failed("file", NO_FORM.format(content_type=_shown(file.content_type)))
        elif form not in (PLAIN, HTML) and not documents.is_installed():
            finding = documents.MISSING
        else:
            finding = await self._findings.find(file, form, open)
        return ReadText(finding.text, _sentence(file, finding))

    def warm(self) -> None:
        """Starts a worker in the background: a file that will be read is about to come."""
        self._findings.pool.warm()


class PictureReader:
    """Facts about pictures, for bots without eyes where no vision bot is configured (protocol 7.6)."""

    def __init__(self, findings: FindingService) -> None:
        self._findings = findings

    async def read(self, file: StoredFile, open: Open) -> ReadPicture:
        """Facts and a description that says that no vision model made it, or one sentence why there are none."""
        if form_of(file.content_type, file.name) == PICTURE:
            finding = await self._findings.find(file, PICTURE, open)
        else:
            finding = failed("file", NO_PICTURE.format(content_type=_shown(file.content_type)))
        if finding.facts is None:
            return ReadPicture(None, None, _sentence(file, finding))
        facts = facts_from_json(finding.facts)
        return ReadPicture(facts, describe_facts(facts), None)


def _sentence(file: StoredFile, finding: Finding) -> str | None:
    return f"'{file.name}' could not be read: {finding.trouble}." if finding.trouble is not None else None


def _shown(content_type: str) -> str:
    return content_type.partition(";")[0].strip() or "of unknown type"


def _new_copy(folder: Path) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.NamedTemporaryFile(dir=folder, delete=False)


async def _fill(copy: IO[bytes], chunks: AsyncIterator[bytes], most: int | None) -> None:
    """Writes the bytes, or the first `most` of them, a piece at a time and off the event loop."""
    written = 0
    try:
        async for chunk in chunks:
            await asyncio.to_thread(copy.write, chunk)
            written += len(chunk)
            if most is not None and written >= most:
                break
        await asyncio.to_thread(copy.flush)
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def _remove(copy: IO[bytes]) -> None:
    with suppress(OSError):
        copy.close()
    with suppress(OSError):
        Path(copy.name).unlink()
