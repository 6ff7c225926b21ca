"""A bot as a value, and the rules of its name and key."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from rookery.hub.accounts.model import Person
from rookery.hub.errors import BadInput
from rookery.protocol.limits import ACCESS_KEY_LENGTH
from rookery.protocol.settings import BotSettings, SettingsResponse, resolve_settings

BotKind = Literal["server", "prompt", "model", "stand-in"]
Visibility = Literal["private", "shared", "public"]
"""Who may use a bot, besides its owner and the hub's: nobody, the people it is shared with, everybody on the hub."""
PromptVisibility = Literal["private", "public"]
"""Who may read a prompt bot's prompt: its owner, or whoever may use the bot."""

NAME_CHARACTERS = 64
DESCRIPTION_CHARACTERS = 2_000
PROMPT_CHARACTERS = 100_000
"""Longest prompt of a prompt bot: a fifth of what a reply may have, far more than any instructions."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_RESERVED = frozenset({"fetch_settings", "update_settings", "cost"})


@dataclass(frozen=True)
class Bot:
    """A registered bot. Instances are values: a change makes a new one."""

    id: str
    name: str
    kind: BotKind
    owner_id: str
    created_at: datetime
    description: str = ""
    url: str | None = None
    """Server bots: where queries are posted."""
    access_key: str | None = field(default=None, repr=False)
    """Server bots: the secret shared with the bot server."""
    model: str | None = None
    """Model bots: `provider:model`."""
    rule: str | None = None
    """Stand-ins: which of the local rules answers."""
    base_bot: str | None = None
    """Prompt bots: name of the bot that answers."""
    prompt: str = field(default="", repr=False)
    """Prompt bots: see `prompts.render_prompt`."""
    prompt_visibility: PromptVisibility = "private"
    suggests_replies: bool = False
    """Prompt bots: whether the hub is to suggest replies after an answer (`meta.suggested_replies`)."""
    visibility: Visibility = "public"
    shared_with: frozenset[str] = frozenset()
    """Ids of the people who may use a `shared` bot."""
    wants_stand_ins: bool = False
    """Whether declared dependencies that do not exist get a stand-in (design 3.1, `dev`)."""
    settings: SettingsResponse | None = None
    """What the bot last said; None: never read."""
    settings_read_at: datetime | None = None
    settings_error: str | None = None
    """Why the last attempt to read settings failed; the earlier settings stay in force."""

    @property
    def key(self) -> str:
        """The name for look-ups: names differ in more than case (O34)."""
        return name_key(self.name)

    @cached_property
    def resolved(self) -> BotSettings:
        """The settings with defaults filled in; a bot that never told any has none of its own (4.1)."""
        return resolve_settings(self.settings) if self.settings is not None else BotSettings()

    @cached_property
    def declared_calls(self) -> dict[str, int]:
        """Look-up name of each declared dependency to its number of calls per message."""
        return {name_key(name): count for name, count in self.resolved.server_bot_dependencies.items()}

    def is_managed_by(self, person: Person) -> bool:
        """Whether a person may change, delete and look into the bot: its owner and the hub's."""
        return self.owner_id == person.id or person.role == "owner"

    def is_usable_by(self, person: Person) -> bool:
        """Whether a person may talk to the bot and see that there is one."""
        return self.is_managed_by(person) or self.is_open_to(person.id)

    def is_open_to(self, person_id: str) -> bool:
        """The same for somebody of whom only the id is known, and who does not own the hub."""
        if self.visibility == "public" or self.owner_id == person_id:
            return True
        return self.visibility == "shared" and person_id in self.shared_with

    def shows_prompt_to(self, person: Person) -> bool:
        """Whether a person may read the prompt. The hub's owner may not: a private prompt is its author's alone."""
        return self.kind == "prompt" and (self.owner_id == person.id or self.prompt_visibility == "public")

    def with_settings(self, settings: SettingsResponse, read_at: datetime) -> Bot:
        """Gives the bot with newly read settings."""
        return replace(self, settings=settings, settings_read_at=read_at, settings_error=None)


def name_key(name: str) -> str:
    """Gives the form of a bot name that look-ups compare."""
    return name.casefold()


def check_name(name: str) -> str:
    """Gives the name back; raises BadInput when it cannot be a path segment of `/bot/{name}`."""
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARACTERS or name_key(name) in _RESERVED:
        raise BadInput(
            "invalid_name",
            f"'{name[:NAME_CHARACTERS]}' cannot be a bot's name.",
            f"Use 1 to {NAME_CHARACTERS} letters, digits, '.', '_' or '-'; begin and end with a letter or digit.",
        )
    return name


def check_text(what: str, text: str, limit: int) -> str:
    """Gives the text back; raises BadInput when it is longer than `limit` characters or holds what none can show."""
    if len(text) > limit:
        raise BadInput(
            f"{what}_too_long", f"The {what} has {len(text)} characters; {limit} is the limit.", "Make it shorter."
        )
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput(f"invalid_{what}", f"The {what} holds NUL or half of a character.", "Leave that out.")
    return text


def check_access_key(access_key: str) -> str:
    """Gives the key back; raises BadInput when it is not 32 printable ASCII characters (protocol 2.2)."""
    if len(access_key) != ACCESS_KEY_LENGTH:
        raise BadInput(
            "invalid_access_key",
            f"An access key has {ACCESS_KEY_LENGTH} characters; this one has {len(access_key)}.",
            "Leave it out to have one made.",
        )
    if not (access_key.isascii() and access_key.isprintable() and " " not in access_key):
        raise BadInput("invalid_access_key", "An access key has printable ASCII characters without spaces.")
    return access_key


def check_model(model: str) -> str:
    """Gives the model back; raises BadInput when it is not `provider:model`."""
    provider, _, name = model.partition(":")
    if not provider or not name or len(model) > 200:
        raise BadInput(
            "invalid_model", f"'{model[:200]}' names no model.", "Write provider:model, for example openai:gpt-4o-mini."
        )
    return model
