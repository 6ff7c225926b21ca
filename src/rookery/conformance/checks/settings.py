"""What a bot server says about its bot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from rookery.conformance.answers import describe_seconds, describe_status, shown
from rookery.conformance.bench import Bench
from rookery.conformance.checks.access import NO_KEY
from rookery.conformance.verdicts import CannotJudge, Finding, broken, not_tried, passed
from rookery.protocol.json_values import NotJson, load_json
from rookery.protocol.limits import BOT_CALLS
from rookery.protocol.settings import InvalidSettings, SettingsResponse, find_settings_warnings, parse_settings

DEPRECATED: Mapping[str, str] = {
    "context_clear_window_secs": "nothing",
    "allow_user_context_clear": "nothing",
    "custom_rate_card": "rate_card",
    "enable_multi_bot_chat_prompting": "enable_multi_entity_prompting",
}
"""Fields that platforms still read, and what took their place (protocol 4.1)."""


async def check_answered(bench: Bench) -> Finding:
    seen = await bench.settings()
    if seen.status is None:
        return broken(f"The server {seen.failure}.")
    if seen.status != 200:
        hint = f" {NO_KEY}" if seen.is_refused and not bench.access_key else ""
        return broken(f"It was answered with {describe_status(seen)}.{hint}")
    return passed("It was answered with 200.")


async def check_in_time(bench: Bench) -> Finding:
    seen = await bench.settings()
    if seen.first_byte_s is None:
        if seen.end == "late":
            return broken(f"The server {seen.failure}.")
        return not_tried("The settings request brought no answer to measure.")
    if seen.first_byte_s > bench.bounds.first_byte_s:
        return broken(f"The first byte came after {describe_seconds(seen.first_byte_s)}.")
    return passed(f"The first byte came after {describe_seconds(seen.first_byte_s)}.")


async def check_object(bench: Bench) -> Finding:
    seen = await bench.settings()
    if seen.status != 200:
        return not_tried("No settings were received.")
    try:
        value = load_json(seen.body)
    except NotJson:
        return broken(f"They are not JSON: '{shown(seen.body.decode('utf-8', 'replace'))}'.")
    if not isinstance(value, dict):
        return broken(f"They are JSON, but no object: '{shown(seen.body.decode('utf-8', 'replace'))}'.")
    return passed(f"They are an object with {len(value)} fields.")


async def check_valid(bench: Bench) -> Finding:
    try:
        parse_settings(await _load(bench))
    except InvalidSettings as error:
        return broken("; ".join(shown(str(fault)) for fault in error.faults) + ".")
    return passed("Every field is known and has a valid value.")


async def check_sensible(bench: Bench) -> Finding:
    try:
        settings = parse_settings(await _load(bench))
    except InvalidSettings:
        return not_tried("The settings are not valid.")
    warnings = [*find_settings_warnings(settings), *_find_more_warnings(settings)]
    return broken("; ".join(map(shown, warnings)) + ".") if warnings else passed("Nothing to remark.")


async def find_dependencies(bench: Bench) -> list[str]:
    """Gives the names of the bots that the bot declares to call; none when its settings cannot be read."""
    try:
        return list(parse_settings(await _load(bench)).server_bot_dependencies)
    except (CannotJudge, InvalidSettings):
        return []


async def _load(bench: Bench) -> dict[str, Any]:
    seen = await bench.settings()
    try:
        value = load_json(seen.body) if seen.status == 200 else None
    except NotJson:
        value = None
    if not isinstance(value, dict):
        raise CannotJudge("No settings were received that could be read.")
    return value


def _find_more_warnings(settings: SettingsResponse) -> Iterator[str]:
    for name, successor in DEPRECATED.items():
        if getattr(settings, name) is not None:
            yield f"{name} is deprecated; {successor} took its place"
    calls = sum(settings.server_bot_dependencies.values())
    if calls > BOT_CALLS:
        yield f"server_bot_dependencies declares {calls} calls; {BOT_CALLS} below one message are allowed"
    for name, count in settings.server_bot_dependencies.items():
        if count == 0:
            yield f"server_bot_dependencies.{name} is 0, so the bot may not call it"


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "settings-answered": check_answered,
    "settings-in-time": check_in_time,
    "settings-object": check_object,
    "settings-valid": check_valid,
    "settings-sensible": check_sensible,
}
