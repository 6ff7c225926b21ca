"""Bots in SQL; see `bots.store`. Access keys are encrypted with the hub's secret on their way in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from rookery.hub.bots.model import Bot
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import bots
from rookery.hub.vault import Vault
from rookery.protocol.settings import SettingsResponse


class SqlBotStore:
    """Adapter of `BotStore`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def list_bots(self) -> list[Bot]:
        async with self._database.read() as connection:
            return [self._bot(row) for row in await connection.execute(select(bots))]

    async def add_bot(self, bot: Bot) -> None:
        statement = insert(bots).values(**self._columns(bot))
        await self._database.write(lambda connection: connection.execute(statement))

    async def update_bot(self, bot: Bot) -> None:
        statement = update(bots).where(bots.c.id == bot.id).values(**self._columns(bot))
        await self._database.write(lambda connection: connection.execute(statement))

    async def delete_bot(self, bot_id: str) -> None:
        statement = delete(bots).where(bots.c.id == bot_id)
        await self._database.write(lambda connection: connection.execute(statement))

    def _columns(self, bot: Bot) -> dict[str, Any]:
        return {
            "id": bot.id,
            "name": bot.name,
            "name_key": bot.key,
            "kind": bot.kind,
            "owner_id": bot.owner_id,
            "description": bot.description,
            "url": bot.url,
            "access_key_encrypted": self._vault.encrypt(bot.access_key) if bot.access_key else None,
            "model": bot.model,
            "rule": bot.rule,
            "wants_stand_ins": bot.wants_stand_ins,
            "settings": bot.settings.model_dump(mode="json") if bot.settings else None,
            "settings_read_at": bot.settings_read_at,
            "settings_error": bot.settings_error,
            "created_at": bot.created_at,
        }

    def _bot(self, row: Row[Any]) -> Bot:
        return Bot(
            id=row.id,
            name=row.name,
            kind=row.kind,
            owner_id=row.owner_id,
            created_at=row.created_at,
            description=row.description,
            url=row.url,
            access_key=self._vault.decrypt(row.access_key_encrypted) if row.access_key_encrypted else None,
            model=row.model,
            rule=row.rule,
            wants_stand_ins=row.wants_stand_ins,
            settings=SettingsResponse.model_validate(row.settings) if row.settings is not None else None,
            settings_read_at=row.settings_read_at,
            settings_error=row.settings_error,
        )
