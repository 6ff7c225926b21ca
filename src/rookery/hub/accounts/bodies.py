"""The shapes of people, keys and sessions in JSON. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import Path
from pydantic import BaseModel, Field, model_validator

from rookery.hub.accounts.model import ApiKey, Person, Role, Session, SignInWay
from rookery.hub.accounts.names import NAME_CHARACTERS
from rookery.hub.accounts.passwords import LEAST_CHARACTERS, MOST_CHARACTERS

BODY_BYTES = 64 * 1024
"""Of one request about accounts."""
LONGEST_EXPIRY_S = 100 * 366 * 24 * 3600
TYPED_CHARACTERS = 1024
"""Of a name or password that is only compared: longer than any that can be right."""

IdPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
NewPassword = Annotated[str, Field(min_length=LEAST_CHARACTERS, max_length=MOST_CHARACTERS)]
PersonName = Annotated[str, Field(min_length=1, max_length=2 * NAME_CHARACTERS)]


class PersonSummary(BaseModel):
    """A person, in short."""

    id: str
    name: str
    role: Role


class HubBody(BaseModel):
    """Answer of `GET /api/hub`."""

    name: str
    version: str
    person: PersonSummary


class KeyDraft(BaseModel):
    """Body of `POST /api/keys`."""

    name: str = Field(default="API key", max_length=TYPED_CHARACTERS)
    expires_s: int | None = Field(default=None, gt=0, le=LONGEST_EXPIRY_S)
    """Lifetime in seconds; null for none."""
    bot: str | None = Field(default=None, max_length=200)
    """Name of the only bot the key reaches; null for all."""


class KeyBody(BaseModel):
    """A key, without the key itself."""

    id: str
    name: str
    prefix: str
    """The first characters of the key."""
    bot: str | None
    created_at: str
    expires_at: str | None
    revoked_at: str | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Gives a key as JSON."""
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.shown_prefix,
            bot=key.bot_name,
            created_at=key.created_at.isoformat(),
            expires_at=_iso(key.expires_at),
            revoked_at=_iso(key.revoked_at),
        )


class NewKeyBody(KeyBody):
    """A key just made."""

    key: str
    """The key itself, shown this once."""


class KeysBody(BaseModel):
    """A person's keys."""

    keys: list[KeyBody]


class PersonBody(PersonSummary):
    """A person."""

    created_at: str
    has_password: bool
    signed_in_at: str | None
    """When they last signed in to the page; null for never."""

    @classmethod
    def of(cls, person: Person) -> Self:
        """Gives a person as JSON."""
        return cls(
            id=person.id,
            name=person.name,
            role=person.role,
            created_at=person.created_at.isoformat(),
            has_password=person.has_password,
            signed_in_at=_iso(person.signed_in_at),
        )


class PeopleBody(BaseModel):
    """Everybody on the hub."""

    people: list[PersonBody]


class PersonDraft(BaseModel):
    """Body of `POST /api/people` and `PATCH /api/people/{id}`."""

    name: PersonName


class LinkBody(BaseModel):
    """A sign-in link; shown this once."""

    url: str
    token: str
    """What stands behind the `#` of the link."""
    expires_at: str


class NewPersonBody(BaseModel):
    """A member just let in."""

    person: PersonBody
    link: LinkBody


class OnePersonBody(BaseModel):
    """One person."""

    person: PersonBody


class SignInBody(BaseModel):
    """Body of `POST /api/sign-in`: a link's token, or name and password."""

    token: str | None = Field(default=None, max_length=TYPED_CHARACTERS)
    name: str | None = Field(default=None, max_length=TYPED_CHARACTERS)
    password: str | None = Field(default=None, max_length=TYPED_CHARACTERS)

    @model_validator(mode="after")
    def _check_way(self) -> Self:
        by_password = self.name is not None and self.password is not None
        if (self.token is not None) == by_password or (self.token is not None and (self.name or self.password)):
            raise ValueError("give either 'token', or 'name' and 'password'")
        return self


class PasswordBody(BaseModel):
    """Body of `PUT /api/me/password`."""

    password: NewPassword
    current_password: str | None = Field(default=None, max_length=TYPED_CHARACTERS)
    """Not needed without a password so far, and within an hour of signing in by a link."""


class SessionBody(BaseModel):
    """A session, without its token."""

    id: str
    began_by: SignInWay
    created_at: str
    seen_at: str
    expires_at: str
    agent: str
    address: str
    is_current: bool

    @classmethod
    def of(cls, session: Session, current: Session | None) -> Self:
        """Gives a session as JSON; `current` is the one that asks."""
        return cls(
            id=session.id,
            began_by=session.began_by,
            created_at=session.created_at.isoformat(),
            seen_at=session.seen_at.isoformat(),
            expires_at=session.expires_at.isoformat(),
            agent=session.agent,
            address=session.address,
            is_current=current is not None and session.id == current.id,
        )


class SessionsBody(BaseModel):
    """A person's sessions."""

    sessions: list[SessionBody]


class MeBody(BaseModel):
    """Answer of `GET /api/me`: who asks, and by what."""

    person: PersonBody
    session: SessionBody | None
    key: KeyBody | None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
