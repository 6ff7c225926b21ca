"""The hub's files for stand-ins: what they make is kept, what they look at is opened."""

from __future__ import annotations

from rookery.hub.errors import HubError
from rookery.hub.files.service import FileService
from rookery.hub.relay.ports import BotCall
from rookery.hub.standins.model import MadeFile
from rookery.protocol.events import FileEvent


class StandInFiles:
    """Adapter of `stand_in.KeepFile` and `stand_in.OpenAttachment`; files belong to the stand-in's owner."""

    def __init__(self, files: FileService) -> None:
        self._files = files

    async def keep(self, call: BotCall, made: MadeFile) -> FileEvent:
        file = await self._files.keep_bytes(call.bot.owner_id, made.name, made.data)
        return FileEvent(self._files.link(file), file.content_type, file.name, inline_ref=made.inline_ref)

    async def open(self, url: str, call: BotCall) -> bytes | None:
        try:
            file = await self._files.resolve(url, call.bot.owner_id)
            return None if file is None else await self._files.read(file, self._files.max_bytes)
        except HubError:
            return None
