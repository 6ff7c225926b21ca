"""A bot's settings: the object on the wire, its strict reading, and the defaults that fill it (protocol 4.1).

`SettingsResponse` is what a bot sends (null means "not set"); `resolve_settings` turns it into `BotSettings`,
where every field has its value for the declared response version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rookery.protocol.controls import Fault, ParameterControls, find_control_faults
from rookery.protocol.version import RESPONSE_VERSION

INTRODUCTION_CHARACTERS = 10_000
RATE_CARD_CHARACTERS = 10_000
COST_LABEL_CHARACTERS = 100
"""Longest texts, in characters (O15)."""
NAMED_FAULTS = 50
NAMED_CHARACTERS = 200
"""How many faults a refusal names, and how much of a path."""


class SettingsResponse(BaseModel):
    """What a bot says about itself. Every field may be left out; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    response_version: int | None = RESPONSE_VERSION
    """Which column of platform defaults applies; null counts as 0."""
    context_clear_window_secs: int | None = None
    """Deprecated."""
    allow_user_context_clear: bool | None = None
    """Deprecated."""
    custom_rate_card: str | None = None
    """Deprecated by `rate_card`."""
    server_bot_dependencies: dict[str, int] = Field(default_factory=dict)
    """Bots this bot calls, and how often per message of a person."""
    allow_attachments: bool | None = None
    introduction_message: str | None = None
    expand_text_attachments: bool | None = None
    enable_image_comprehension: bool | None = None
    enforce_author_role_alternation: bool | None = None
    enable_multi_bot_chat_prompting: bool | None = None
    """Deprecated by `enable_multi_entity_prompting`."""
    enable_multi_entity_prompting: bool | None = None
    rate_card: str | None = None
    """Markdown; `[usd_milli_cents=N]` is shown in points."""
    cost_label: str | None = None
    parameter_controls: ParameterControls | None = None


class InvalidSettings(ValueError):
    """Settings that cannot be taken over; `faults` has the path and reason of each."""

    def __init__(self, faults: list[Fault]) -> None:
        rest = len(faults) - NAMED_FAULTS
        named = "; ".join(str(fault) for fault in faults[:NAMED_FAULTS])
        super().__init__(f"{named}; and {rest} more" if rest > 0 else named)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Settings with every default filled in."""

    response_version: int = 0
    server_bot_dependencies: Mapping[str, int] = field(default_factory=dict)
    allow_attachments: bool = False
    expand_text_attachments: bool = True
    enable_image_comprehension: bool = False
    introduction_message: str = ""
    enforce_author_role_alternation: bool = False
    enable_multi_entity_prompting: bool = False
    enable_multi_bot_chat_prompting: bool = False
    parameter_controls: ParameterControls | None = None
    rate_card: str | None = None
    cost_label: str | None = None


def parse_settings(body: object) -> SettingsResponse:
    """Reads an untrusted, already decoded settings object; null fields count as absent (protocol 3.5).

    Raises InvalidSettings with every fault. A null `response_version` stays null, because absent means 0 on the
    wire while the model's own default is the newest.
    """
    if not isinstance(body, Mapping):
        raise InvalidSettings([Fault("body", "the settings must be a JSON object")])
    given = {key: value for key, value in body.items() if value is not None}
    given.setdefault("response_version", None)
    try:
        settings = SettingsResponse.model_validate(given)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        raise InvalidSettings([Fault(_path(d["loc"]), d["msg"]) for d in details]) from None
    if faults := list(_find_faults(settings)):
        raise InvalidSettings(faults)
    return settings


def _path(parts: tuple[int | str, ...]) -> str:
    # Keys are the sender's: they may be long, and hold halves of surrogate pairs.
    path = ".".join(str(part) for part in parts)[:NAMED_CHARACTERS]
    return path.encode("utf-8", "replace").decode() or "body"


def _find_faults(settings: SettingsResponse) -> list[Fault]:
    faults = [
        Fault(f"server_bot_dependencies.{name}", f"a count of calls cannot be negative ({count})")
        for name, count in settings.server_bot_dependencies.items()
        if count < 0
    ]
    texts = {
        "introduction_message": (settings.introduction_message, INTRODUCTION_CHARACTERS),
        "rate_card": (settings.rate_card, RATE_CARD_CHARACTERS),
        "custom_rate_card": (settings.custom_rate_card, RATE_CARD_CHARACTERS),
        "cost_label": (settings.cost_label, COST_LABEL_CHARACTERS),
    }
    for name, (text, limit) in texts.items():
        if text is not None and len(text) > limit:
            faults.append(Fault(name, f"{len(text)} characters; the limit is {limit}"))
    if settings.parameter_controls is not None:
        faults += [
            Fault(f"parameter_controls.{fault.path}", fault.message)
            for fault in find_control_faults(settings.parameter_controls)
        ]
    return faults


def find_settings_warnings(settings: SettingsResponse) -> list[str]:
    """Gives sentences on settings that are taken over but will not do what the author may expect (O11)."""
    warnings = []
    version = settings.response_version or 0
    if settings.parameter_controls is not None and version < RESPONSE_VERSION:
        warnings.append(f"parameter_controls need response_version {RESPONSE_VERSION}; with {version} they are ignored")
    return warnings


def resolve_settings(settings: SettingsResponse) -> BotSettings:
    """Fills unset fields with the platform's defaults of the response version (protocol 4.1, O10)."""
    version = settings.response_version or 0
    newer = version >= 1
    return BotSettings(
        response_version=version,
        server_bot_dependencies=dict(settings.server_bot_dependencies),
        allow_attachments=_given(settings.allow_attachments, newer),
        expand_text_attachments=_given(settings.expand_text_attachments, True),
        enable_image_comprehension=_given(settings.enable_image_comprehension, False),
        introduction_message=settings.introduction_message or "",
        enforce_author_role_alternation=_given(settings.enforce_author_role_alternation, False),
        enable_multi_entity_prompting=_given(settings.enable_multi_entity_prompting, newer),
        enable_multi_bot_chat_prompting=_given(settings.enable_multi_bot_chat_prompting, newer),
        parameter_controls=settings.parameter_controls if version >= RESPONSE_VERSION else None,
        rate_card=settings.rate_card if settings.rate_card is not None else settings.custom_rate_card,
        cost_label=settings.cost_label,
    )


def _given(value: bool | None, default: bool) -> bool:
    return default if value is None else value
