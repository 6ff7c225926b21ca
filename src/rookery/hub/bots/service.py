"""Rules of the registry: creating, finding, replacing and deleting bots.

All bots are held in memory and written through to the store, because every query and call looks some up. That holds
for one process (decision 0003).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rookery.hub.accounts.model import Person
from rookery.hub.bots.model import Bot, BotKind, check_access_key, check_model, check_name, name_key
from rookery.hub.bots.store import BotStore
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, Conflict, NotAllowed, NotFound
from rookery.hub.vault import Vault, new_access_key, new_identifier
from rookery.protocol.settings import SettingsResponse

UrlCheck = Callable[[str], None]
"""Raises BadInput for an address at which no bot may live."""


@dataclass(frozen=True, slots=True)
class BotDraft:
    """What somebody asks for when creating a bot."""

    name: str
    kind: BotKind
    url: str | None = None
    access_key: str | None = None
    model: str | None = None
    rule: str | None = None
    description: str = ""
    introduction: str = ""
    """What a bot that has no server to be asked for settings says first in a new chat."""
    wants_stand_ins: bool = False
    replace: bool = False
    """Take the place of an existing bot of that name and owner (its id and settings stay)."""


class BotService:
    """The registry."""

    def __init__(self, store: BotStore, vault: Vault, clock: Clock, check_url: UrlCheck) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._check_url = check_url
        self._by_key: dict[str, Bot] = {}
        self._by_access_hash: dict[str, list[str]] = {}
        self._changes = asyncio.Lock()

    async def start(self) -> None:
        """Loads the registry."""
        for bot in await self._store.list_bots():
            self._remember(bot)

    def list_bots(self) -> list[Bot]:
        """Gives all bots by name."""
        return sorted(self._by_key.values(), key=lambda bot: bot.key)

    def find_bot(self, name: str) -> Bot | None:
        """Gives the bot of that name (case does not matter) or None."""
        return self._by_key.get(name_key(name))

    def get_bot(self, name: str) -> Bot:
        """Gives the bot of that name; raises NotFound."""
        bot = self.find_bot(name)
        if bot is None:
            raise unknown_bot(name)
        return bot

    def find_by_access_key(self, access_key: str) -> list[Bot]:
        """Gives the bots that share this key: usually one, several when a file gives all its bots one key."""
        keys = self._by_access_hash.get(self._vault.hash_credential(access_key), [])
        return [self._by_key[key] for key in keys]

    async def create_bot(self, owner_id: str, draft: BotDraft) -> Bot:
        """Adds a bot, or replaces one when the draft says so; a stand-in always gives way.

        Raises BadInput for an unusable name, key or address, Conflict when the name is taken, NotAllowed when the
        bot to replace is somebody else's.
        """
        check_name(draft.name)
        async with self._changes:
            existing = self.find_bot(draft.name)
            bot = self._build(owner_id, draft, existing)
            if existing is None:
                await self._store.add_bot(bot)
            else:
                self._check_replaceable(owner_id, draft, existing)
                await self._store.update_bot(bot)
                self._forget(existing)
            self._remember(bot)
        return bot

    def _build(self, owner_id: str, draft: BotDraft, existing: Bot | None) -> Bot:
        access_key = None
        if draft.kind == "server":
            if not draft.url:
                raise BadInput("missing_url", f"The server bot '{draft.name}' needs the address of its server.")
            self._check_url(draft.url)
            access_key = check_access_key(draft.access_key) if draft.access_key else None
            access_key = access_key or (existing.access_key if existing else None) or new_access_key()
        if draft.kind == "model":
            check_model(draft.model or "")
        keeps = existing is not None and existing.kind == draft.kind
        return Bot(
            id=existing.id if existing else new_identifier("bot"),
            name=draft.name,
            kind=draft.kind,
            owner_id=owner_id,
            created_at=existing.created_at if existing else self._clock.now(),
            description=draft.description or (existing.description if existing and keeps else ""),
            url=draft.url,
            access_key=access_key,
            model=draft.model if draft.kind == "model" else None,
            rule=draft.rule,
            wants_stand_ins=draft.wants_stand_ins,
            settings=_first_settings(draft) or (existing.settings if existing and keeps else None),
            settings_read_at=existing.settings_read_at if existing and keeps else None,
        )

    def _check_replaceable(self, owner_id: str, draft: BotDraft, existing: Bot) -> None:
        if existing.owner_id != owner_id:
            raise NotAllowed("not_your_bot", f"The bot '{existing.name}' belongs to somebody else.")
        if not draft.replace and existing.kind != "stand-in":
            raise Conflict(
                "name_taken",
                f"There is already a bot '{existing.name}' ({existing.kind}).",
                f"Choose another name, or: rookery bots delete {existing.name}",
            )

    async def store_settings(self, changed: Bot) -> Bot:
        """Saves a bot whose settings fields changed; the rest is taken from the registry as it is now.

        Raises NotFound when the bot has been deleted meanwhile.
        """
        async with self._changes:
            current = self.get_bot(changed.name)
            bot = replace(
                current,
                settings=changed.settings,
                settings_read_at=changed.settings_read_at,
                settings_error=changed.settings_error,
            )
            await self._store.update_bot(bot)
            self._remember(bot)
        return bot

    async def delete_bot(self, person: Person, name: str) -> Bot:
        """Removes a bot; raises NotFound, or NotAllowed when it is somebody else's."""
        async with self._changes:
            bot = self.get_bot(name)
            if bot.owner_id != person.id and person.role != "owner":
                raise NotAllowed("not_your_bot", f"The bot '{bot.name}' belongs to somebody else.")
            await self._store.delete_bot(bot.id)
            self._forget(bot)
        return bot

    async def person_removed(self, person: Person, heir: Person) -> None:
        """Gives a removed person's bots to the heir: bots of other people may call them."""
        async with self._changes:
            for bot in [bot for bot in self._by_key.values() if bot.owner_id == person.id]:
                inherited = replace(bot, owner_id=heir.id)
                await self._store.update_bot(inherited)
                self._remember(inherited)

    def _remember(self, bot: Bot) -> None:
        known = self._by_key.get(bot.key)
        if known is not None:
            self._forget(known)
        self._by_key[bot.key] = bot
        if bot.access_key is not None:
            self._by_access_hash.setdefault(self._vault.hash_credential(bot.access_key), []).append(bot.key)

    def _forget(self, bot: Bot) -> None:
        self._by_key.pop(bot.key, None)
        if bot.access_key is None:
            return
        access_hash = self._vault.hash_credential(bot.access_key)
        keys = [key for key in self._by_access_hash.get(access_hash, []) if key != bot.key]
        if keys:
            self._by_access_hash[access_hash] = keys
        else:
            self._by_access_hash.pop(access_hash, None)


def _first_settings(draft: BotDraft) -> SettingsResponse | None:
    return SettingsResponse(introduction_message=draft.introduction) if draft.introduction else None


def unknown_bot(name: str) -> NotFound:
    """Builds the refusal for a name that no bot has."""
    return NotFound("unknown_bot", f"There is no bot '{name[:100]}' on this hub.", "See: rookery bots list")


def describe_age(moment: datetime | None, now: datetime) -> str:
    """Gives how long ago settings were read, for sentences: `never`, `3 s ago`, `5 min ago`."""
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 120:
        return f"{seconds} s ago"
    if seconds < 7200:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago"
