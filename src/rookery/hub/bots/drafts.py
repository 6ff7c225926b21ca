"""What people ask for: a new bot, or changes to one of theirs. Values; the rules are in `service`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from rookery.hub.bots.model import Bot, BotKind, PromptVisibility, Visibility
from rookery.hub.errors import BadInput
from rookery.protocol.controls import ParameterControls
from rookery.protocol.settings import SettingsResponse

PROMPT_FIELDS = frozenset({"base_bot", "prompt", "prompt_visibility", "suggests_replies"})


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
    base_bot: str | None = None
    """Prompt bots: who answers."""
    prompt: str = ""
    prompt_visibility: PromptVisibility = "private"
    suggests_replies: bool = False
    controls: ParameterControls | None = None
    """Prompt bots: parameters of their own."""
    visibility: Visibility | None = None
    """None: as it was, else public for stand-ins and bots of the hub's owner, private for those of members."""
    settings: SettingsResponse | None = None
    """… and all its settings, when there is more to say than an introduction."""
    wants_stand_ins: bool = False
    replace: bool = False
    """Take the place of an existing bot of that name and owner (its id and settings stay)."""

    @property
    def first_settings(self) -> SettingsResponse | None:
        """What is known of its settings before anybody is asked for them."""
        if self.settings is not None:
            return self.settings
        if not self.introduction and self.controls is None:
            return None
        return SettingsResponse(introduction_message=self.introduction or None, parameter_controls=self.controls)


@dataclass(frozen=True, slots=True)
class BotEdit:
    """What a person wants to change about a bot; None leaves a field as it is."""

    description: str | None = None
    visibility: Visibility | None = None
    shared_with: frozenset[str] | None = None
    """Ids of people."""
    base_bot: str | None = None
    prompt: str | None = None
    prompt_visibility: PromptVisibility | None = None
    suggests_replies: bool | None = None
    settings: SettingsResponse | None = None
    """Introduction and controls of a bot that has no server to be asked for them."""

    def apply(self, bot: Bot) -> Bot:
        """Gives the changed bot; raises BadInput for a field that its kind does not have."""
        changes = {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}
        foreign = PROMPT_FIELDS & changes.keys() if bot.kind != "prompt" else set()
        if bot.kind == "server" and "settings" in changes:
            raise BadInput(
                "settings_of_server",
                f"Introduction and parameters of the bot '{bot.name}' come from its server.",
                "Change its get_settings, then: rookery bots sync",
            )
        if foreign:
            raise BadInput("not_a_prompt_bot", f"Bot '{bot.name}' is no prompt bot: it has no {min(foreign)}.")
        return replace(bot, **changes)
