"""Bodies of the API to drafts and edits; what cannot be read is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rookery.hub.bots.bodies import BotDraftBody, BotEditBody
from rookery.hub.bots.drafts import BotDraft
from rookery.hub.bots.model import Bot
from rookery.hub.errors import BadInput
from rookery.protocol.controls import ParameterControls
from rookery.protocol.json_values import dump_json, load_json
from rookery.protocol.settings import InvalidSettings, SettingsResponse, parse_settings


def draft_of(body: BotDraftBody, stand_in_draft: Callable[[str, str], BotDraft]) -> BotDraft:
    """Gives the draft that a body asks for; raises BadInput for an unknown rule and for controls with faults."""
    if body.kind == "stand-in":
        draft = stand_in_draft(body.name, body.rule)
        return replace(
            draft,
            description=body.description or draft.description,
            replace=body.replace,
            visibility=body.visibility,
        )
    is_prompt = body.kind == "prompt"
    return BotDraft(
        name=body.name,
        kind=body.kind,
        url=body.url,
        access_key=body.access_key,
        model=body.model,
        description=body.description,
        introduction=body.introduction if is_prompt else "",
        base_bot=body.base_bot,
        prompt=body.prompt,
        prompt_visibility=body.prompt_visibility,
        suggests_replies=body.suggests_replies,
        controls=_parse_controls(body.name, body.parameter_controls) if is_prompt else None,
        visibility=body.visibility,
        wants_stand_ins=body.stand_ins,
        replace=body.replace,
    )


def _parse_controls(name: str, controls: dict[str, Any] | None) -> ParameterControls | None:
    return _parse_settings(name, {"parameter_controls": controls}).parameter_controls


def edited_settings(bot: Bot, body: BotEditBody) -> SettingsResponse | None:
    """Gives a bot's settings with what a body changes of them, None when that is nothing. Raises BadInput."""
    changes: dict[str, Any] = {}
    if body.introduction is not None:
        changes["introduction_message"] = body.introduction
    if body.parameter_controls is not None:
        # An empty object takes the controls away.
        changes["parameter_controls"] = body.parameter_controls or None
    if not changes:
        return None
    current = bot.settings.model_dump(mode="json") if bot.settings else {}
    return _parse_settings(bot.name, {**current, **changes})


def _parse_settings(name: str, body: dict[str, Any]) -> SettingsResponse:
    try:
        # Once through the codec: numbers and texts that JSON cannot hold end here.
        return parse_settings(load_json(dump_json({**body, "response_version": 2})))
    except InvalidSettings as error:
        raise BadInput("invalid_settings", f"The settings of bot '{name[:64]}' are invalid: {error}.") from None
    except (TypeError, ValueError):
        raise BadInput("invalid_settings", f"The settings of bot '{name[:64]}' cannot be written as JSON.") from None
