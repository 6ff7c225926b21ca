"""Reports to bots (`report_error`, `report_feedback`, `report_reaction`), and the note of each with its query."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rookery.hub.bots.model import Bot
from rookery.hub.errors import HubError
from rookery.hub.relay.model import NoteKind, QueryRecord
from rookery.hub.relay.notes import Notebook
from rookery.hub.relay.ports import EndpointFinder
from rookery.hub.relay.store import RelayStore
from rookery.hub.relay.tree import LiveQuery
from rookery.protocol.version import PROTOCOL_VERSION

logger = logging.getLogger("rookery.hub.relay")


class Reports:
    """Sends reports. `find_live` takes the id of a query or of its answer."""

    def __init__(
        self,
        store: RelayStore,
        notes: Notebook,
        find_endpoint: EndpointFinder,
        find_live: Callable[[str], LiveQuery | None],
    ) -> None:
        self._store = store
        self._notes = notes
        self._find_endpoint = find_endpoint
        self._find_live = find_live

    async def send(self, bot: Bot, body: Mapping[str, Any]) -> None:
        """Sends a report of the hub's own, or of a person in one of its chats; never raises for the bot's trouble."""
        query = await self._find_query(_message_id(body))
        if query is not None and query.bot_id == bot.id:
            self._note(query, bot, body)
        await self._send(bot, body)

    async def pass_on(self, person_id: str | None, callers: Sequence[Bot], bot: Bot, body: Mapping[str, Any]) -> None:
        """Sends a caller's report (protocol 5.1.1): of a person, or of one of the bots that share an access key.

        It is noted with the query that it names, when that one is the person's, or was answered or called by such a
        bot.
        """
        query = await self._find_query(_message_id(body))
        if query is not None and await self._is_callers(query, person_id, {caller.id for caller in callers}):
            self._note(query, bot, body)
        await self._send(bot, body)

    async def _send(self, bot: Bot, body: Mapping[str, Any]) -> None:
        try:
            await self._find_endpoint(bot).send_report(bot, {"version": PROTOCOL_VERSION, **body})
        except HubError as error:
            logger.info("report:failed bot=%s reason=%s", bot.name, error.message)

    async def _find_query(self, message_id: str | None) -> QueryRecord | None:
        if not message_id:
            return None
        live = self._find_live(message_id)
        try:
            return live.record if live is not None else await self._store.find_query(message_id)
        except HubError as error:
            logger.info("report:query-not-found reason=%s", error.message)
            return None

    async def _is_callers(self, query: QueryRecord, person_id: str | None, caller_ids: set[str]) -> bool:
        if not caller_ids:
            return query.person_id == person_id
        if query.bot_id in caller_ids:
            return True
        parent = await self._find_query(query.parent_id)
        return parent is not None and parent.bot_id in caller_ids

    def _note(self, query: QueryRecord, bot: Bot, body: Mapping[str, Any]) -> None:
        said = next((body[key] for key in ("message", "reaction", "feedback_type") if body.get(key)), "")
        detail = {key: value for key, value in body.items() if key != "version"}
        kind = str(body.get("type", ""))[:64]
        self._notes.add(query.id, NoteKind.REPORT, str(said), code=kind, bot=bot.name, detail=detail)


def _message_id(body: Mapping[str, Any]) -> str | None:
    metadata = body.get("metadata")
    found = body.get("message_id") or (metadata.get("message_id") if isinstance(metadata, Mapping) else None)
    return found if isinstance(found, str) else None
