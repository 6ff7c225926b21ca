"""What a picture shows, for a bot without eyes: said by the configured bot, else measured (protocol 7.6)."""

from __future__ import annotations

from collections.abc import Callable

from rookery.hub.files.model import StoredFile
from rookery.hub.files.service import FileService
from rookery.hub.parsing.model import ReadText
from rookery.hub.parsing.service import PictureReader
from rookery.hub.relay.helpers import HelperBots
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.messages import Attachment


class PictureDescriber:
    """Describes pictures; `find_helpers` gives the bots that the hub itself asks."""

    def __init__(self, files: FileService, pictures: PictureReader, find_helpers: Callable[[], HelperBots]) -> None:
        self._files = files
        self._pictures = pictures
        self._find_helpers = find_helpers

    async def describe(self, live: LiveQuery, file: StoredFile) -> ReadText:
        """Gives a description, or one sentence why there is none; the query waits for it."""
        helpers = self._find_helpers()
        if helpers.describes(live):
            picture = Attachment(url=self._files.link(file), content_type=file.content_type, name=file.name)
            text = await helpers.describe(live, picture)
            return ReadText(text or None, None if text else f"'{file.name}' was not described: no answer came.")
        read = await self._pictures.read(file, self._files.open)
        return ReadText(read.text, read.reason)
