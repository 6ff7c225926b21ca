"""Bodies of `/api/bots`: what may be asked for, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from rookery.hub.bots.changes import ChangeSource
from rookery.hub.bots.model import (
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    PROMPT_CHARACTERS,
    BotKind,
    PromptVisibility,
    Visibility,
)
from rookery.protocol.controls import ParameterControls
from rookery.protocol.settings import INTRODUCTION_CHARACTERS

NO_NUL = r"^[^\x00]*$"
URL_CHARACTERS = 2_000
BODY_BYTES = 2 * 1024 * 1024
SHARES = 100
"""People that one bot may be shared with."""

Short = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Description = Annotated[str, Field(max_length=DESCRIPTION_CHARACTERS, pattern=NO_NUL)]
Introduction = Annotated[str, Field(max_length=INTRODUCTION_CHARACTERS, pattern=NO_NUL)]
# The registry checks the length itself, to name the limit and the value in one sentence.
Prompt = Annotated[str, Field(json_schema_extra={"maxLength": PROMPT_CHARACTERS})]
People = Annotated[list[Short], Field(max_length=SHARES)]


class BotDraftBody(BaseModel):
    """Body of `POST /api/bots`."""

    name: Annotated[str, Field(max_length=10 * NAME_CHARACTERS)]
    kind: BotKind = "server"
    url: Annotated[str, Field(max_length=URL_CHARACTERS, pattern=NO_NUL)] | None = None
    access_key: Annotated[str, Field(max_length=200)] | None = None
    """32 characters; made by the hub when absent."""
    model: Short | None = None
    """Model bots: `provider:model`; the provider's key is in the hub's environment."""
    rule: Short = "eliza"
    """Stand-ins: which rule answers."""
    base_bot: Short | None = None
    """Prompt bots: name of the bot that answers."""
    prompt: Prompt = ""
    """Prompt bots: what the base is told first, or `{user_prompt}` with words around it."""
    prompt_visibility: PromptVisibility = "private"
    suggests_replies: bool = False
    """Prompt bots: have the hub suggest replies."""
    introduction: Introduction = ""
    """Prompt bots: first message of a new chat."""
    parameter_controls: dict[str, Any] | None = None
    """Prompt bots: parameters of their own, as in settings."""
    description: Description = ""
    visibility: Visibility | None = None
    """Absent: private for members; public for the hub's owner and for stand-ins."""
    shared_with: People = []
    """Ids or names of people."""
    stand_ins: bool = False
    """Give a stand-in to every declared dependency that the hub does not have."""
    replace: bool = False
    """Take the place of an existing bot of mine with this name."""


class BotEditBody(BaseModel):
    """Body of `PATCH /api/bots/{name}`; what is absent or null stays as it is."""

    description: Description | None = None
    visibility: Visibility | None = None
    shared_with: People | None = None
    """Ids or names of all people it is shared with from now on."""
    base_bot: Short | None = None
    prompt: Prompt | None = None
    prompt_visibility: PromptVisibility | None = None
    suggests_replies: bool | None = None
    introduction: Introduction | None = None
    parameter_controls: dict[str, Any] | None = None


class PersonBody(BaseModel):
    """Somebody a bot is shared with."""

    id: str
    name: str


class BotBody(BaseModel):
    """A bot; never its access key. What only its owner may see is null for others."""

    name: str
    kind: BotKind
    description: str
    url: str | None
    rule: str | None
    model: str | None
    base_bot: str | None
    prompt: str | None
    prompt_visibility: PromptVisibility | None
    suggests_replies: bool
    visibility: Visibility
    shared_with: list[PersonBody] | None
    is_mine: bool
    """Whether I may change it."""
    introduction: str
    dependencies: dict[str, int]
    parameter_controls: ParameterControls | None
    """The form for a message's parameters, with that of a prompt bot's base; null when there is none in force."""
    rate_card: str | None
    cost_label: str | None
    settings: dict[str, Any] | None
    settings_read_at: str | None
    settings_error: str | None
    created_at: str


class BotListBody(BaseModel):
    """The bots that I may use, by name."""

    bots: list[BotBody]


class OneBotBody(BaseModel):
    """One bot."""

    bot: BotBody


class CreatedBotBody(OneBotBody):
    """A new bot."""

    access_key: str | None
    """Server bots: shown this once."""
    settings_error: str | None
    warnings: list[str]
    stand_ins: list[str]
    """Stand-ins made for dependencies."""


class SyncedBotBody(OneBotBody):
    """A bot whose settings were read."""

    is_changed: bool
    warnings: list[str]
    stand_ins: list[str]


class DifferenceBody(BaseModel):
    """One place at which settings differ; null: not set."""

    path: str
    before: Any
    after: Any


class ChangeBody(BaseModel):
    """A change of a bot's settings."""

    changed_at: str
    source: ChangeSource
    differences: list[DifferenceBody]


class ChangesBody(BaseModel):
    """Changes of a bot's settings, newest first."""

    changes: list[ChangeBody]
