"""The history of a bot's settings: what changed, when, and by which way it came (protocol 4.2, 7.13).

SettingsResponse, SettingsResponse ──settings_difference──► [Change(path, before, after), …]
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rookery.protocol.settings import SettingsResponse

ChangeSource = Literal["registration", "push", "pull", "refetch", "refusal", "edit"]
"""Entering or deploying the bot; its server's push; somebody asked for a pull; `meta.refetch_settings`; a call that
was about to be refused; a person's edit of a prompt bot."""

KEPT_CHANGES = 200
"""Changes kept for each bot; the oldest go first."""
KEPT_DIFFERENCES = 200
"""Differences kept of one change; a last one says how many there were."""
KEPT_CHARACTERS = 4_000
"""Longest value kept, as JSON; of a longer one its length is kept."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two settings objects differ."""

    path: str
    """Dotted: `server_bot_dependencies.GPT-4`, `parameter_controls.sections.0.name`."""
    before: Any
    """None: not set."""
    after: Any


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """One change of a bot's settings."""

    bot_id: str
    changed_at: datetime
    source: ChangeSource
    differences: list[Difference]


def settings_difference(old: SettingsResponse | None, new: SettingsResponse | None) -> list[Difference]:
    """Gives every place at which two settings differ, in the order of the fields; nothing set counts as no settings.

    Objects and lists are compared inside; a field that is not set, and one that is null, is None.
    """
    before, after = ((each or _NOTHING_SET).model_dump(mode="json") for each in (old, new))
    return _compare_children("", before, after)


_NOTHING_SET = SettingsResponse(response_version=None)


def change_of_settings(
    bot_id: str,
    moment: datetime,
    source: ChangeSource,
    old: SettingsResponse | None,
    new: SettingsResponse | None,
) -> SettingsChange | None:
    """Gives what is to be kept of a change, bounded in size; None when nothing differs."""
    differences = settings_difference(old, new)
    if not differences:
        return None
    kept = [Difference(each.path, _bounded(each.before), _bounded(each.after)) for each in differences]
    if len(kept) > KEPT_DIFFERENCES:
        rest = len(kept) - KEPT_DIFFERENCES
        kept = [*kept[:KEPT_DIFFERENCES], Difference("…", None, f"{rest} more differences were not kept")]
    return SettingsChange(bot_id, moment, source, kept)


def _compare(path: str, before: Any, after: Any) -> list[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        return _compare_children(path, before, after)
    if isinstance(before, list) and isinstance(after, list):
        return _compare_children(path, _numbered(before), _numbered(after))
    if type(before) is type(after) and before == after:
        return []
    return [Difference(path, before, after)]


def _compare_children(path: str, before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    prefix = f"{path}." if path else ""
    return [
        difference
        for key in dict.fromkeys((*before, *after))
        for difference in _compare(f"{prefix}{key}", before.get(key), after.get(key))
    ]


def _numbered(values: list[Any]) -> dict[str, Any]:
    return {str(number): value for number, value in enumerate(values)}


def _bounded(value: Any) -> Any:
    size = len(json.dumps(value, ensure_ascii=False))
    return value if size <= KEPT_CHARACTERS else f"({size} characters, not kept)"
