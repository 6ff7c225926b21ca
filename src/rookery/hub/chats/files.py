"""Files of messages: finding what a person attaches, keeping what a bot's answer carries, fresh links."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from rookery.hub.chats.model import MessageFile
from rookery.hub.chats.ports import ChatFiles
from rookery.hub.errors import BadInput, HubError, NotAllowed, NotFound
from rookery.hub.files.model import StoredFile
from rookery.protocol.events import FileEvent

logger = logging.getLogger("rookery.hub.chats")

UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class FileDraft:
    """What somebody attaches: a file of the hub by id, or an address (of the hub or foreign)."""

    file_id: str | None = None
    url: str | None = None
    name: str | None = None
    """Only of a foreign address."""
    content_type: str | None = None
    """Only of a foreign address."""


async def find_files(
    files: ChatFiles, person_id: str, drafts: Sequence[FileDraft], *, scope: str | None = None
) -> tuple[MessageFile, ...]:
    """Gives the attached files; a key with a scope has links to show, not the person's right to their files.

    Raises NotFound, NotAllowed, or BadInput for an address that is none.
    """
    return tuple([await _find_file(files, person_id, draft, scope) for draft in drafts])


async def _find_file(files: ChatFiles, person_id: str, draft: FileDraft, scope: str | None) -> MessageFile:
    if draft.file_id is not None:
        if scope is not None:
            raise NotAllowed(
                "key_scope",
                f"This API key reaches the bot '{scope}' only, and files by their links, not by their ids.",
                "Attach the file by the 'url' that its upload gave.",
            )
        file = await files.get(draft.file_id)
        if file.owner_id != person_id:
            raise NotFound("unknown_file", f"There is no file '{draft.file_id[:60]}' of yours on this hub.")
        return stored(file)
    url = draft.url or ""
    found = await files.resolve(url, person_id if scope is None else "")
    if found is not None:
        return stored(found)
    return _foreign(url, draft.name, draft.content_type)


def _foreign(url: str, name: str | None, content_type: str | None) -> MessageFile:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise BadInput("invalid_url", "An attachment's url must begin with http:// or https://.")
    shown = name or unquote(parts.path.rsplit("/", 1)[-1])[:200] or parts.hostname or "file"
    shown = "".join(character if character.isprintable() else "_" for character in shown)
    return MessageFile(shown, content_type or mimetypes.guess_type(shown)[0] or UNKNOWN_TYPE, url=url)


async def keep_files(files: ChatFiles, events: Iterable[FileEvent]) -> tuple[MessageFile, ...]:
    """Gives the files of an answer; what is not on this hub, or not to be had, stays an address."""
    kept = []
    for event in events:
        file = await _find_kept(files, event.url)
        kept.append(
            MessageFile(
                file.name if file else event.file_name,
                file.content_type if file else event.content_type,
                file=file,
                url=None if file else event.url,
                inline_ref=event.inline_ref,
            )
        )
    return tuple(kept)


async def _find_kept(files: ChatFiles, url: str) -> StoredFile | None:
    try:
        # As nobody: an expired link that a bot kept is not renewed by the right of the person who asked it.
        return await files.resolve(url, "")
    except HubError as error:
        logger.info("chat:file-not-kept reason=%s", error.message)
        return None


def stored(file: StoredFile) -> MessageFile:
    """Gives a file of the hub as one of a message."""
    return MessageFile(file.name, file.content_type, file=file)


def link_to(files: ChatFiles, file: MessageFile) -> str:
    """Gives an address under which the file can be had now."""
    return files.link(file.file) if file.file is not None else file.url or ""


def held_ids(attachments: Iterable[MessageFile]) -> list[str]:
    """Gives the ids of those files that the hub keeps."""
    return [file.file.id for file in attachments if file.file is not None]
