"""Rules of the registry: creating, finding, replacing and deleting bots.

All bots are held in memory and written through to the store, because every query and call looks some up. That holds
for one process (decision 0003).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from rookery.hub.accounts.model import Person
from rookery.hub.bots.changes import KEPT_CHANGES, ChangeSource, SettingsChange, change_of_settings
from rookery.hub.bots.drafts import BotDraft, BotEdit
from rookery.hub.bots.model import (
    DESCRIPTION_CHARACTERS,
    PROMPT_CHARACTERS,
    Bot,
    Visibility,
    check_access_key,
    check_model,
    check_name,
    check_text,
    name_key,
)
from rookery.hub.bots.parameters import usable_base_chain
from rookery.hub.bots.store import BotStore
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, Conflict, NotAllowed, NotFound
from rookery.hub.vault import Vault, new_access_key, new_identifier

UrlCheck = Callable[[str], None]
"""Raises BadInput for an address at which no bot may live."""


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
        self._hub_owner_id = ""

    async def start(self, hub_owner_id: str) -> None:
        """Loads the registry."""
        self._hub_owner_id = hub_owner_id
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

    def list_usable(self, person: Person) -> list[Bot]:
        """Gives the bots that a person may use, by name."""
        return [bot for bot in self.list_bots() if bot.is_usable_by(person)]

    def get_usable(self, person: Person, name: str) -> Bot:
        """Gives the bot of that name; raises NotFound, the same for a bot that the person may not use."""
        bot = self.find_bot(name)
        if bot is None or not bot.is_usable_by(person):
            raise unknown_bot(name)
        return bot

    def get_managed(self, person: Person, name: str) -> Bot:
        """Gives the bot of that name to change it; raises NotFound, or NotAllowed when it is somebody else's."""
        bot = self.get_usable(person, name)
        if not bot.is_managed_by(person):
            raise NotAllowed("not_your_bot", f"The bot '{bot.name}' belongs to somebody else.")
        return bot

    def may_call(self, caller: Bot, callee: Bot, person: Person) -> bool:
        """Whether a bot may call another: its owner may use it, or the person whose message it answers."""
        return callee.is_usable_by(person) or self._is_usable_by_owner_of(caller, callee)

    def may_ask(self, caller: Bot, other: Bot) -> bool:
        """Whether a bot may learn of another by itself, answering nobody: its owner may use it."""
        return self._is_usable_by_owner_of(caller, other)

    def find_base(self, bot: Bot) -> Bot | None:
        """Gives the bot that a prompt bot stands on; None when it is gone, or not for the prompt bot's owner."""
        base = self.find_bot(bot.base_bot or "")
        return base if base is not None and self._is_usable_by_owner_of(bot, base) else None

    def _is_usable_by_owner_of(self, bot: Bot, other: Bot) -> bool:
        return bot.owner_id == self._hub_owner_id or other.is_open_to(bot.owner_id)

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
        check_text("description", draft.description, DESCRIPTION_CHARACTERS)
        async with self._changes:
            existing = self.find_bot(draft.name)
            if existing is not None:
                self._check_replaceable(owner_id, draft, existing)
            bot = self._with_base(self._build(owner_id, draft, existing))
            change = change_of_settings(
                bot.id, self._clock.now(), "registration", existing.settings if existing else None, bot.settings
            )
            if existing is None:
                await self._store.add_bot(bot, change)
            else:
                await self._store.update_bot(bot, change)
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
        if draft.kind == "prompt":
            _check_prompt(draft.prompt)
        is_prompt = draft.kind == "prompt"
        keeps = existing is not None and existing.kind == draft.kind
        kept = existing if keeps else None
        return Bot(
            id=existing.id if existing else new_identifier("bot"),
            name=draft.name,
            kind=draft.kind,
            owner_id=owner_id,
            created_at=existing.created_at if existing else self._clock.now(),
            description=draft.description or (kept.description if kept else ""),
            url=draft.url,
            access_key=access_key,
            model=draft.model if draft.kind == "model" else None,
            rule=draft.rule,
            base_bot=draft.base_bot if is_prompt else None,
            prompt=draft.prompt if is_prompt else "",
            prompt_visibility=draft.prompt_visibility if is_prompt else "private",
            suggests_replies=is_prompt and draft.suggests_replies,
            visibility=draft.visibility or (kept.visibility if kept else self._first_visibility(owner_id, draft)),
            shared_with=kept.shared_with if kept else frozenset(),
            wants_stand_ins=draft.wants_stand_ins,
            settings=draft.first_settings or (kept.settings if kept else None),
            settings_read_at=kept.settings_read_at if kept else None,
        )

    def _first_visibility(self, owner_id: str, draft: BotDraft) -> Visibility:
        is_for_all = draft.kind == "stand-in" or owner_id == self._hub_owner_id
        return "public" if is_for_all else "private"

    def _with_base(self, bot: Bot) -> Bot:
        # Gives a prompt bot with its base's name as that is written; raises when it cannot stand on that.
        if bot.kind != "prompt":
            return bot
        if not bot.base_bot:
            raise BadInput("missing_base", f"The prompt bot '{bot.name}' needs a base bot, which answers.")
        if name_key(bot.base_bot) == bot.key:
            raise BadInput("base_is_itself", f"Bot '{bot.name}' cannot stand on itself.", "Choose another base bot.")
        base = self.find_base(bot)
        if base is None:
            raise unknown_bot(bot.base_bot)
        bot = replace(bot, base_bot=base.name)
        names = {bot.key: bot}
        # The bot is not in the registry yet, or in its earlier form.
        usable_base_chain(bot, lambda above: names.get(name_key(above.base_bot or "")) or self.find_base(above))
        return bot

    def _check_replaceable(self, owner_id: str, draft: BotDraft, existing: Bot) -> None:
        if existing.owner_id != owner_id:
            if owner_id != self._hub_owner_id and not existing.is_open_to(owner_id):
                # Names are one for the whole hub; more than that this one is taken is not to be learned.
                raise Conflict("name_taken", f"The name '{draft.name}' is taken.", "Choose another name.")
            raise NotAllowed("not_your_bot", f"The bot '{existing.name}' belongs to somebody else.")
        if not draft.replace and existing.kind != "stand-in":
            raise Conflict(
                "name_taken",
                f"There is already a bot '{existing.name}' ({existing.kind}).",
                f"Choose another name, or: rookery bots delete {existing.name}",
            )

    async def store_settings(self, changed: Bot, source: ChangeSource = "pull") -> Bot:
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
            await self._store.update_bot(
                bot, change_of_settings(bot.id, self._clock.now(), source, current.settings, bot.settings)
            )
            self._remember(bot)
        return bot

    async def edit_bot(self, person: Person, name: str, edit: BotEdit) -> Bot:
        """Changes what a person may change about a bot of theirs; what the edit leaves at None stays.

        Raises NotFound and NotAllowed as `get_managed` does, BadInput for a value that cannot be used or that this
        kind of bot does not have.
        """
        async with self._changes:
            current = self.get_managed(person, name)
            bot = edit.apply(current)
            check_text("description", bot.description, DESCRIPTION_CHARACTERS)
            if bot.kind == "prompt":
                _check_prompt(bot.prompt)
                if bot.base_bot != current.base_bot:
                    bot = self._with_base(bot)
            if bot != current:
                change = change_of_settings(bot.id, self._clock.now(), "edit", current.settings, bot.settings)
                await self._store.update_bot(bot, change)
                self._remember(bot)
        return bot

    async def list_changes(self, bot: Bot, limit: int = KEPT_CHANGES) -> list[SettingsChange]:
        """Gives the changes of a bot's settings, newest first."""
        return await self._store.list_changes(bot.id, limit)

    async def delete_bot(self, person: Person, name: str) -> Bot:
        """Removes a bot; raises NotFound, or NotAllowed when it is somebody else's."""
        async with self._changes:
            bot = self.get_managed(person, name)
            await self._store.delete_bot(bot.id)
            self._forget(bot)
        return bot

    async def person_removed(self, person: Person, heir: Person) -> None:
        """Gives a removed person's bots to the heir, because others may call them, and takes back what was shared."""
        async with self._changes:
            for current in self.list_bots():
                owner_id = heir.id if current.owner_id == person.id else current.owner_id
                bot = replace(current, owner_id=owner_id, shared_with=current.shared_with - {person.id})
                if bot != current:
                    await self._store.update_bot(bot)
                    self._remember(bot)

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


def _check_prompt(prompt: str) -> None:
    check_text("prompt", prompt, PROMPT_CHARACTERS)
    if not prompt.strip():
        raise BadInput("missing_prompt", "A prompt bot needs a prompt.")


def unknown_bot(name: str) -> NotFound:
    """Builds the refusal for a name that no bot has."""
    return NotFound("unknown_bot", f"There is no bot '{name[:100]}' on this hub.", "See: rookery bots list")
