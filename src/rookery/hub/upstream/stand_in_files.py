"""The hub's files for stand-ins: what they make is kept, what they are shown is measured."""

from __future__ import annotations

from rookery.hub.errors import HubError
from rookery.hub.files.service import FileService
from rookery.hub.parsing.facts import list_facts
from rookery.hub.parsing.service import PictureReader
from rookery.hub.relay.ports import BotCall
from rookery.hub.standins.model import MadeFile
from rookery.protocol.events import FileEvent


class StandInFiles:
    """Adapter of `stand_in.KeepFile` and `stand_in.MeasureAttachment`; files belong to the stand-in's owner."""

    def __init__(self, files: FileService, pictures: PictureReader) -> None:
        self._files = files
        self._pictures = pictures

    async def keep(self, call: BotCall, made: MadeFile) -> FileEvent:
        file = await self._files.keep_bytes(call.bot.owner_id, made.name, made.data)
        return FileEvent(self._files.link(file), file.content_type, file.name, inline_ref=made.inline_ref)

    async def measure(self, url: str, call: BotCall) -> str | None:
        try:
            file = await self._files.resolve(url, call.bot.owner_id)
        except HubError:
            return None
        if file is None:
            return None
        read = await self._pictures.read(file, self._files.open)
        return f"'{file.name}': {list_facts(read.facts)}." if read.facts is not None else read.reason
