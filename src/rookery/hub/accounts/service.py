"""Rules of people and API keys: who may do what, and how keys are made, found and revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from rookery.hub.accounts.model import Actor, ApiKey, Person
from rookery.hub.accounts.store import AccountStore
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput, NotFound
from rookery.hub.vault import Vault, new_api_key, new_identifier

KEY_NAME_CHARACTERS = 100
SHOWN_PREFIX_CHARACTERS = 9
CACHED_KEYS = 10_000


class AccountService:
    """People and their keys.

    Good keys are remembered in memory, so that a query costs no look-up; revoking forgets them at once. That holds
    for one process; several processes need the bus of a later step (decision 0003).
    """

    def __init__(self, store: AccountStore, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._actors: dict[str, Actor] = {}
        self._endings = 0

    async def ensure_owner(self) -> Person:
        """Gives the owner; makes the account on the first start."""
        owner = await self._store.find_owner()
        if owner is None:
            owner = Person(new_identifier("p"), "owner", "owner", self._clock.now())
            await self._store.save_person(owner)
        return owner

    async def has_anybody_signed_in(self) -> bool:
        """Tells whether somebody ever used the page; before that its owner needs a sign-in link."""
        return any(person.signed_in_at is not None for person in await self._store.list_people())

    async def find_owner(self) -> Person | None:
        """Gives the owner from the store; None before the first start."""
        return await self._store.find_owner()

    async def find_actor(self, api_key: str) -> Actor | None:
        """Gives who a key belongs to; None for an unknown, revoked or expired one."""
        key_hash = self._vault.hash_credential(api_key)
        actor = self._actors.get(key_hash)
        endings = self._endings
        if actor is None:
            actor = await self._store.find_by_hash(key_hash)
        if actor is None or actor.key is None or not actor.key.is_valid(self._clock.now()):
            self._actors.pop(key_hash, None)
            return None
        # What ended while the store was read must not be remembered as good.
        if endings == self._endings and len(self._actors) < CACHED_KEYS:
            self._actors[key_hash] = actor
        return actor

    async def create_key(
        self, person: Person, name: str, *, lifetime: timedelta | None = None, bot_name: str | None = None
    ) -> tuple[ApiKey, str]:
        """Makes a key; gives its record and the key itself, which is stored nowhere.

        Raises BadInput for a lifetime that is not positive or a name that is too long or not printable.
        """
        if lifetime is not None and lifetime <= timedelta(0):
            raise BadInput("invalid_expiry", "An API key's lifetime must be above zero.", "Leave it out for no expiry.")
        if len(name) > KEY_NAME_CHARACTERS:
            raise BadInput("invalid_name", f"An API key's name has at most {KEY_NAME_CHARACTERS} characters.")
        if not name.isprintable():
            raise BadInput("invalid_name", "An API key's name cannot have control characters.")
        now = self._clock.now()
        secret = new_api_key()
        key = ApiKey(
            id=new_identifier("key"),
            person_id=person.id,
            name=name or "API key",
            shown_prefix=secret[:SHOWN_PREFIX_CHARACTERS],
            bot_name=bot_name,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
            revoked_at=None,
        )
        await self._store.save_key(key, self._vault.hash_credential(secret))
        return key, secret

    async def list_keys(self, person: Person) -> list[ApiKey]:
        """Gives a person's keys, newest first."""
        return await self._store.list_keys(person.id)

    async def revoke_key(self, person: Person, reference: str) -> ApiKey:
        """Revokes the key with this id, name or shown prefix.

        Raises NotFound when none of the person's valid keys fits, BadInput when several do.
        """
        now = self._clock.now()
        fitting = [
            key
            for key in await self._store.list_keys(person.id)
            if key.revoked_at is None and reference in (key.id, key.name, key.shown_prefix)
        ]
        if not fitting:
            raise NotFound("unknown_key", f"No API key '{reference}' to revoke.", "See: rookery keys list")
        if len(fitting) > 1:
            raise BadInput(
                "ambiguous_key", f"{len(fitting)} API keys fit '{reference}'.", "Name one by its id: rookery keys list"
            )
        await self._store.revoke_key(fitting[0].id, now)
        self._forget(lambda actor: actor.key is not None and actor.key.id == fitting[0].id)
        return replace(fitting[0], revoked_at=now)

    def forget(self, person_id: str) -> None:
        """Drops what is remembered of a person, because the store says something else now."""
        self._forget(lambda actor: actor.person.id == person_id)

    def _forget(self, is_meant: Callable[[Actor], bool]) -> None:
        self._endings += 1
        self._actors = {key_hash: actor for key_hash, actor in self._actors.items() if not is_meant(actor)}
