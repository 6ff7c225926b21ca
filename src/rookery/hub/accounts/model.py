"""People, API keys and sessions as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rookery.hub.accounts.names import name_key

Role = Literal["owner", "member"]
SignInWay = Literal["link", "password"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the hub."""

    id: str
    name: str
    role: Role
    created_at: datetime
    has_password: bool = False
    signed_in_at: datetime | None = None
    """When they last signed in to the page; None: never."""
    removed_at: datetime | None = None
    """When the account ended. The record stays for what refers to it, such as the log of queries."""

    @property
    def name_key(self) -> str:
        """The form of the name that look-ups compare."""
        return name_key(self.name)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A person's key, without the key itself: only its hash is stored."""

    id: str
    person_id: str
    name: str
    shown_prefix: str
    """The first characters, so that a person recognises the key in a list."""
    bot_name: str | None
    """When set, the key reaches this bot only."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """True while the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A person's stay in one browser, without its token: only the token's hash is stored."""

    id: str
    person_id: str
    began_by: SignInWay
    created_at: datetime
    seen_at: datetime
    """When it was last used, to the hour."""
    expires_at: datetime
    """Moves on with use."""
    agent: str = ""
    """What the browser calls itself; shortened."""
    address: str = ""
    """Where it signed in from."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a request: a person, through one of their keys or signed in to the page."""

    person: Person
    key: ApiKey | None = None
    """None when the person is signed in."""
    session: Session | None = None
    """None when the request carries a key."""

    @property
    def scope(self) -> str | None:
        """Name of the only bot that this request may reach; None for all that the person may use."""
        return self.key.bot_name if self.key is not None else None
