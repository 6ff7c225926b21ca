"""Rules of files: how they come in, who may reach them, how long they stay.

    chunks ──► incoming (temporary file, hash) ──► sniff ──► blob under its digest, once ──► record
    record ──► link (signed, expires) ──► whoever has it          holders ──► clean: what nobody holds goes

A record is one person's file; two records with the same bytes share one blob. The lock of a digest keeps an upload
and the deletion of the same bytes apart; it holds for one process, as the data folder does (decision 0003).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from weakref import WeakValueDictionary

from rookery.hub.address import PublicAddress
from rookery.hub.clock import Clock
from rookery.hub.errors import HubError, NotAllowed, NotFound, TooLarge
from rookery.hub.files.blobs import BlobStore
from rookery.hub.files.incoming import PIECE_BYTES, Received, check_size, receive
from rookery.hub.files.links import LinkSigner
from rookery.hub.files.model import FileLink, StoredFile
from rookery.hub.files.names import clean_name
from rookery.hub.files.ports import Downloader
from rookery.hub.files.sniff import sniff
from rookery.hub.files.store import FileStore
from rookery.hub.vault import new_identifier
from rookery.protocol.identifiers import is_identifier

logger = logging.getLogger("rookery.hub.files")

CLEAN_INTERVAL_S = 3600.0
RENEWAL = "Ask for a fresh link: GET /api/files/{id} with your API key."


class FileService:
    """The hub's files. `start` before use."""

    def __init__(
        self,
        store: FileStore,
        blobs: BlobStore,
        downloader: Downloader,
        signer: LinkSigner,
        address: PublicAddress,
        clock: Clock,
        *,
        incoming_folder: Path,
        max_bytes: int,
        link_s: float,
        grace_s: float,
        forget: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`forget` is told the digest of bytes that are gone, so that what was read in them goes too."""
        self._store = store
        self._blobs = blobs
        self._downloader = downloader
        self._signer = signer
        self._address = address
        self._clock = clock
        self._incoming = incoming_folder
        self.max_bytes = max_bytes
        """Bytes of one file."""
        self._lifetime = timedelta(seconds=link_s)
        self._grace = timedelta(seconds=grace_s)
        self._forget = forget
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self) -> None:
        """Makes the folder for incoming files and empties it of what a killed hub left. Raises OSError."""
        await asyncio.to_thread(_empty_folder, self._incoming)

    async def keep(self, owner_id: str, name: str, chunks: AsyncIterator[bytes]) -> StoredFile:
        """Keeps a file as it streams in; nothing is kept when it does not come to its end.

        Raises TooLarge as soon as the limit for one file is passed, StorageFailed for a full disk; what the chunks
        raise passes through.
        """
        async with receive(chunks, self._incoming, self.max_bytes) as received:
            shown = clean_name(name)
            is_whole = received.size == len(received.head)
            content_type = await asyncio.to_thread(sniff, received.head, shown, is_whole=is_whole)
            return await self._save(owner_id, shown, content_type, received)

    async def keep_bytes(self, owner_id: str, name: str, data: bytes) -> StoredFile:
        """Keeps bytes that are in memory already; raises as `keep` does."""
        return await self.keep(owner_id, name, _pieces(data))

    async def keep_url(self, owner_id: str, url: str, name: str | None = None, *, renews: bool = True) -> StoredFile:
        """Fetches a file and keeps it; `name` wins over what its server calls it.

        `renews` says whether expired links to the owner's files are good, as they are for the owner in person.

        A link of this hub is read without HTTP: it becomes a record of the new owner's with the same bytes. Raises
        Unprocessable when the address may not be called or gives no file, TooLarge, StorageFailed, and for links of
        this hub what `resolve` raises.
        """
        own = await self.resolve(url, owner_id if renews else "")
        if own is not None:
            return await self._copy(owner_id, name or own.name, own)
        async with self._downloader.fetch(url) as download:
            if download.size is not None:
                check_size(download.size, self.max_bytes)
            return await self.keep(owner_id, name or download.name, download.chunks)

    async def find(self, file_id: str) -> StoredFile | None:
        """Gives a file's record; None when there is none. Asks nobody whose it is."""
        return await self._store.find_file(file_id) if is_identifier(file_id) else None

    async def get(self, file_id: str) -> StoredFile:
        """Gives a file's record; raises NotFound. Asks nobody whose it is."""
        file = await self.find(file_id)
        if file is None:
            raise unknown_file()
        return file

    async def get_own(self, person_id: str, file_id: str) -> StoredFile:
        """Gives a person's own file; raises NotFound for others' files as for none, so that ids tell nothing."""
        file = await self.get(file_id)
        if file.owner_id != person_id:
            raise unknown_file()
        return file

    def link(self, file: StoredFile) -> str:
        """Gives an absolute link that opens the file for whoever has it, until it expires."""
        return self.fresh_link(file)[0]

    def fresh_link(self, file: StoredFile) -> tuple[str, FileLink]:
        """Gives a link as `link` does, and what it says."""
        expires_at = (self._clock.now() + self._lifetime).replace(microsecond=0)
        url = self._signer.build_link(self._address.base, file.id, file.name, expires_at)
        return url, FileLink(file.id, expires_at, is_genuine=True)

    def read_link(self, url: str) -> FileLink | None:
        """Gives what a URL says; None when it is not a link of this hub. Looks nothing up."""
        return self._signer.parse_link(self._address.base, url)

    def read_query(self, file_id: str, expires: str | None, signature: str | None) -> FileLink:
        """Gives what the parts of a link that was followed say."""
        return self._signer.read_query(file_id, expires, signature)

    def is_expired(self, link: FileLink) -> bool:
        """Tells whether a link's time is over."""
        return self._clock.now() >= link.expires_at

    def seconds_left(self, link: FileLink) -> int:
        """Gives the whole seconds until a link expires; 0 when it has."""
        return max(0, int((link.expires_at - self._clock.now()).total_seconds()))

    async def resolve(self, url: str, person_id: str) -> StoredFile | None:
        """Gives the file behind a link that somebody handed in; None for a URL of somewhere else.

        Raises NotAllowed for a forged link, or an expired one to somebody else's file; NotFound when the file is gone.
        """
        link = self.read_link(url)
        if link is None:
            return None
        if not link.is_genuine:
            raise NotAllowed("wrong_link", "This link to a file was not signed by this hub.", RENEWAL)
        file = await self.get(link.file_id)
        if self.is_expired(link) and file.owner_id != person_id:
            raise NotAllowed("expired_link", f"This link to a file expired on {link.expires_at.isoformat()}.", RENEWAL)
        return file

    async def open(self, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yields a file's bytes from `start` up to `end` (exclusive), in pieces; raises NotFound before the first."""
        stop = file.size if end is None else min(end, file.size)
        if start < stop:
            async for piece in self._blobs.open(file.digest, start, stop):
                yield piece

    async def read(self, file: StoredFile, max_bytes: int) -> bytes:
        """Gives all of a file's bytes; raises TooLarge when there are more than `max_bytes`."""
        if file.size > max_bytes:
            raise TooLarge("file_too_large", f"'{file.name}' has {file.size} bytes; {max_bytes} are read here at most.")
        return b"".join([piece async for piece in self.open(file)])

    async def hold(self, holder: str, file_ids: Sequence[str]) -> None:
        """Keeps files from being deleted for as long as the holder (a message's id) needs them.

        Raises NotFound, and holds nothing, when one of them is gone.
        """
        if file_ids and await self._store.hold(holder, file_ids):
            raise unknown_file()

    async def let_go(self, holders: Iterable[str]) -> None:
        """Says that these holders are gone; files that nobody holds are deleted by `clean`."""
        await self._store.let_go(holders)

    async def discard(self, file: StoredFile) -> None:
        """Undoes an upload whose request failed afterwards; without effect when somebody holds it already."""
        await self._store.delete_unheld_file(file.id)
        await self._delete_if_unused(file.digest)

    async def clean(self) -> int:
        """Deletes files that nobody holds and that are older than the grace time, then bytes that no file needs.

        Gives the number of files deleted.
        """
        count = await self._store.delete_unheld(self._clock.now() - self._grace)
        async for digests in self._blobs.iter_digests():
            used = await self._store.find_used_digests(digests)
            for digest in digests:
                if digest not in used:
                    await self._delete_if_unused(digest)
        return count

    async def clean_forever(self, interval_s: float = CLEAN_INTERVAL_S) -> None:
        """Cleans now and at every interval; trouble is logged and tried again."""
        while True:
            try:
                if count := await self.clean():
                    logger.info("files:cleaned count=%d", count)
            except HubError as error:
                logger.warning("files:not-cleaned reason=%s", error)
            await asyncio.sleep(interval_s)

    async def _save(self, owner_id: str, name: str, content_type: str, received: Received) -> StoredFile:
        async with self._lock(received.digest):
            if await self._blobs.find_size(received.digest) != received.size:
                await self._blobs.put(received.digest, received.path)
            return await self._add(owner_id, name, content_type, received.size, received.digest)

    async def _copy(self, owner_id: str, name: str, file: StoredFile) -> StoredFile:
        async with self._lock(file.digest):
            if await self._blobs.find_size(file.digest) is None:
                raise unknown_file()
            return await self._add(owner_id, clean_name(name), file.content_type, file.size, file.digest)

    async def _add(self, owner_id: str, name: str, content_type: str, size: int, digest: str) -> StoredFile:
        file = StoredFile(new_identifier("f"), owner_id, name, content_type, size, digest, self._clock.now())
        await self._store.save_file(file)
        return file

    async def _delete_if_unused(self, digest: str) -> None:
        async with self._lock(digest):
            if not await self._store.find_used_digests([digest]):
                await self._blobs.delete(digest)
                if self._forget is not None:
                    await self._forget(digest)

    def _lock(self, digest: str) -> asyncio.Lock:
        return self._locks.setdefault(digest, asyncio.Lock())


def unknown_file() -> NotFound:
    """Builds the refusal for a file that does not exist, or not for this person."""
    return NotFound("unknown_file", "There is no such file, or not any more.")


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), PIECE_BYTES):
        yield data[start : start + PIECE_BYTES]


def _empty_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.glob("*.part"):
        path.unlink(missing_ok=True)
