"""Bots in SQL; see `bots.store`. Access keys are encrypted with the hub's secret on their way in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from rookery.hub.bots.changes import KEPT_CHANGES, Difference, SettingsChange
from rookery.hub.bots.model import Bot
from rookery.hub.storage.sql.database import Database
from rookery.hub.storage.sql.tables import bot_shares, bots, settings_changes
from rookery.hub.vault import Vault
from rookery.protocol.settings import SettingsResponse


class SqlBotStore:
    """Adapter of `BotStore`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def list_bots(self) -> list[Bot]:
        async with self._database.read() as connection:
            shares: dict[str, set[str]] = {}
            for share in await connection.execute(select(bot_shares)):
                shares.setdefault(share.bot_id, set()).add(share.person_id)
            return [self._bot(row, shares.get(row.id, set())) for row in await connection.execute(select(bots))]

    async def add_bot(self, bot: Bot, change: SettingsChange | None = None) -> None:
        columns = self._columns(bot)

        def operation(connection: Connection) -> None:
            connection.execute(insert(bots).values(**columns))
            _write_shares(connection, bot)
            _write_change(connection, change)

        await self._database.write(operation)

    async def update_bot(self, bot: Bot, change: SettingsChange | None = None) -> None:
        columns = self._columns(bot)

        def operation(connection: Connection) -> None:
            connection.execute(update(bots).where(bots.c.id == bot.id).values(**columns))
            connection.execute(delete(bot_shares).where(bot_shares.c.bot_id == bot.id))
            _write_shares(connection, bot)
            _write_change(connection, change)

        await self._database.write(operation)

    async def delete_bot(self, bot_id: str) -> None:
        def operation(connection: Connection) -> None:
            connection.execute(delete(bot_shares).where(bot_shares.c.bot_id == bot_id))
            connection.execute(delete(settings_changes).where(settings_changes.c.bot_id == bot_id))
            connection.execute(delete(bots).where(bots.c.id == bot_id))

        await self._database.write(operation)

    async def list_changes(self, bot_id: str, limit: int) -> list[SettingsChange]:
        statement = _changes_of(bot_id).limit(limit)
        async with self._database.read() as connection:
            return [_change(row) for row in await connection.execute(statement)]

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
            "base_bot": bot.base_bot,
            "prompt": bot.prompt,
            "prompt_visibility": bot.prompt_visibility,
            "suggests_replies": bot.suggests_replies,
            "visibility": bot.visibility,
        }

    def _bot(self, row: Row[Any], shared_with: set[str]) -> Bot:
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
            base_bot=row.base_bot,
            prompt=row.prompt,
            prompt_visibility=row.prompt_visibility,
            suggests_replies=row.suggests_replies,
            visibility=row.visibility,
            shared_with=frozenset(shared_with),
        )


def _write_shares(connection: Connection, bot: Bot) -> None:
    if bot.shared_with:
        rows = [{"bot_id": bot.id, "person_id": person_id} for person_id in sorted(bot.shared_with)]
        connection.execute(insert(bot_shares), rows)


def _write_change(connection: Connection, change: SettingsChange | None) -> None:
    if change is None:
        return
    connection.execute(
        insert(settings_changes).values(
            bot_id=change.bot_id,
            changed_at=change.changed_at,
            source=change.source,
            differences=[[each.path, each.before, each.after] for each in change.differences],
        )
    )
    oldest = connection.scalars(_changes_of(change.bot_id).with_only_columns(settings_changes.c.number)).all()
    if old := oldest[KEPT_CHANGES:]:
        connection.execute(delete(settings_changes).where(settings_changes.c.number.in_(old)))


def _changes_of(bot_id: str) -> Select[Any]:
    return (
        select(settings_changes).where(settings_changes.c.bot_id == bot_id).order_by(settings_changes.c.number.desc())
    )


def _change(row: Row[Any]) -> SettingsChange:
    return SettingsChange(row.bot_id, row.changed_at, row.source, [Difference(*each) for each in row.differences])
