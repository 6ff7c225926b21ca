"""Preparing the files of one query, right before it goes to the bot (protocol 5.1.6, 7.6).

    link of this hub ──► the file ──► a fresh link ──► its text, or what a picture shows, if the bot wants that
    any other link   ──► as it is; fetched and kept only when the bot wants its text

What a caller wrote into `parsed_content` does not count: the hub reads every file itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from rookery.hub.attachments.rules import (
    PARSED_CHARACTERS,
    is_picture,
    messages_with_files,
    picture_content,
    wants_description,
    wants_text,
)
from rookery.hub.errors import BadInput, HubError
from rookery.hub.files.model import StoredFile
from rookery.hub.parsing.model import ReadText
from rookery.hub.relay.ports import PreparedQuery
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.settings import BotSettings

FETCHED = 1000
"""Addresses elsewhere whose file is remembered; a restart forgets them."""

OpenFile = Callable[[StoredFile], AsyncIterator[bytes]]
Attachment = dict[str, Any]


class Files(Protocol):
    """What is needed of the hub's files; see `files.service.FileService`."""

    async def resolve(self, url: str, person_id: str) -> StoredFile | None: ...

    async def find(self, file_id: str) -> StoredFile | None: ...

    async def keep_url(self, owner_id: str, url: str, name: str | None = None) -> StoredFile: ...

    def link(self, file: StoredFile) -> str: ...

    def open(self, file: StoredFile, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...


class Texts(Protocol):
    """Reads the text of a file; see `parsing.service.TextReader`."""

    async def read(self, file: StoredFile, open: OpenFile) -> ReadText: ...


DescribePicture = Callable[[LiveQuery, StoredFile], Awaitable[ReadText]]
"""Says what a picture shows, for the query that asks."""


@dataclass(slots=True)
class _Work:
    """One query while its files are prepared."""

    live: LiveQuery
    settings: BotSettings
    notices: list[str] = field(default_factory=list)
    characters: int = 0

    @property
    def person_id(self) -> str:
        return self.live.tree.person.id


class AttachmentPreparer:
    """Adapter of `relay.ports.QueryPreparer`."""

    def __init__(self, files: Files, texts: Texts, describe: DescribePicture) -> None:
        self._files = files
        self._texts = texts
        self._describe = describe
        self._fetched: dict[tuple[str, str], str] = {}
        """Person and address to the id of the file that was fetched from there; the oldest go first."""

    async def prepare(self, live: LiveQuery) -> PreparedQuery:
        """Gives the body with usable attachments, and sentences for the person on what the bot does not get.

        Raises HubError when a file of the message to be answered cannot be given to the bot at all.
        """
        body = deepcopy(live.record.request)
        work = _Work(live, live.bot.resolved)
        last = body["query"][-1]
        for message in messages_with_files(body):
            message["attachments"] = await self._prepare_message(work, message, is_last=message is last)
        return PreparedQuery(body, work.notices)

    async def _prepare_message(self, work: _Work, message: dict[str, Any], *, is_last: bool) -> list[Attachment]:
        if message["role"] == "user" and not work.settings.allow_attachments:
            # Persons are refused before it comes to this; a bot that hands its conversation on is not. Its own files,
            # those of its answers, a bot always gets back.
            if is_last:
                work.notices.append(f"Bot '{work.live.bot.name}' takes no files; those of the message were left out.")
            return []
        prepared = []
        for attachment in message["attachments"]:
            try:
                prepared.append(await self._prepare_one(work, attachment, is_persons=message["role"] == "user"))
            except HubError as error:
                if is_last:
                    raise BadInput(error.code, f"'{_name(attachment)}': {error.message}", error.remedy) from None
                work.notices.append(f"'{_name(attachment)}' was left out of the history: {error.message}")
        return prepared

    async def _prepare_one(self, work: _Work, attachment: Attachment, *, is_persons: bool) -> Attachment:
        # A bot hands links on as nobody: with one that has expired it must not reach a file by the person's right.
        has_right = is_persons and work.live.is_from_person and work.live.tree.renews_links
        person_id = work.person_id if has_right else ""
        file = await self._files.resolve(attachment["url"], person_id)
        if file is None:
            return await self._prepare_foreign(work, attachment)
        known = {**attachment, "url": self._files.link(file), "content_type": file.content_type}
        return {**known, "parsed_content": await self._content(work, file, _name(attachment))}

    async def _prepare_foreign(self, work: _Work, attachment: Attachment) -> Attachment:
        """Keeps a link to elsewhere as it is; what is behind it is fetched when the bot wants to read it."""
        as_it_is = {**attachment, "parsed_content": None}
        kind = attachment["content_type"]
        if not (wants_text(work.settings, kind) or wants_description(work.settings, kind)):
            return as_it_is
        try:
            file = await self._fetch(work.person_id, attachment)
        except HubError as error:
            work.notices.append(_unread(work, _name(attachment), error.message))
            return as_it_is
        return {**as_it_is, "parsed_content": await self._content(work, file, _name(attachment))}

    async def _fetch(self, person_id: str, attachment: Attachment) -> StoredFile:
        # The same address stands in every later query of a conversation; what was fetched a moment ago will do.
        key = (person_id, attachment["url"])
        known = self._fetched.get(key)
        if known is not None and (file := await self._files.find(known)) is not None:
            return file
        file = await self._files.keep_url(person_id, attachment["url"], _name(attachment))
        while len(self._fetched) >= FETCHED:
            del self._fetched[next(iter(self._fetched))]
        self._fetched[key] = file.id
        return file

    async def _content(self, work: _Work, file: StoredFile, name: str) -> str | None:
        if wants_description(work.settings, file.content_type):
            read = await self._describe(work.live, file)
            text = picture_content(name, read.text) if read.text else None
        elif wants_text(work.settings, file.content_type) and _may_have_text(file):
            read = await self._texts.read(file, self._files.open)
            text = read.text
        else:
            return None
        if text is None:
            if read.reason:
                work.notices.append(_unread(work, name, read.reason))
            return None
        work.characters += len(text)
        if work.characters > PARSED_CHARACTERS:
            limit = f"the files of one conversation give at most {PARSED_CHARACTERS:,} characters".replace(",", " ")
            work.notices.append(_unread(work, name, f"{limit}."))
            return None
        return text


def _name(attachment: Attachment) -> str:
    return str(attachment["name"])[:100]


def _may_have_text(file: StoredFile) -> bool:
    return not (is_picture(file.content_type) or file.content_type.startswith(("audio/", "video/")))


def _unread(work: _Work, name: str, reason: str) -> str:
    return f"Bot '{work.live.bot.name}' gets '{name}' without what is in it: {reason}"
