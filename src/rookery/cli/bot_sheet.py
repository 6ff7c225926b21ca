"""What is shown of a bot: single facts for tables and sentences, and the whole sheet. Bots are the hub's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rookery.cli.output import describe_age, describe_moment, print_facts, safe_line
from rookery.protocol.controls import ParameterControls
from rookery.protocol.parameter_schema import parameters_schema

_LABELS = {"url": "url", "model": "model", "base_bot": "base bot", "description": "description"}


def kind_text(bot: Mapping[str, Any]) -> str:
    """Gives the kind, with the rule of a stand-in: `server`, `stand-in (eliza)`."""
    rule = bot.get("rule")
    return f"{bot['kind']} ({rule})" if bot["kind"] == "stand-in" and rule else str(bot["kind"])


def calls_text(bot: Mapping[str, Any]) -> str:
    """Gives the calls that the bot may make per message: `Claude-3 ×1, GPT-4 ×2`; empty for none."""
    return ", ".join(f"{name} ×{count}" for name, count in (bot.get("dependencies") or {}).items())


def short_calls_text(bot: Mapping[str, Any], limit: int = 3) -> str:
    """Gives the same with a line for each, for tables: the first few, and how many more there are."""
    calls = calls_text(bot).split(", ")
    return "\n".join(calls if len(calls) <= limit else [*calls[: limit - 1], f"… {len(calls) - limit + 1} more"])


def settings_age(bot: Mapping[str, Any]) -> str:
    """Gives how long ago a server bot's settings were read, and whether the last attempt failed."""
    if bot["kind"] != "server":
        return "–"
    age = describe_age(bot.get("settings_read_at"))
    return f"{age}, failing" if bot.get("settings_error") else age


def show_bot(bot: Mapping[str, Any]) -> None:
    """Prints everything that the hub knows about a bot."""
    facts = [("name", str(bot["name"])), ("kind", kind_text(bot))]
    facts += [(label, safe_line(str(bot[name]))) for name, label in _LABELS.items() if bot.get(name)]
    facts.append(("for", visibility_text(bot)))
    if bot["kind"] == "prompt":
        facts.append(("prompt", str(bot.get("prompt") or "private")))
    if bot["kind"] == "server":
        facts.append(("may call", calls_text(bot).replace(", ", "\n") or "no other bots"))
        facts.append(("settings read", _settings_read(bot)))
        facts += [(f"  {name}", value) for name, value in _settings(bot)]
    if parameters := parameter_lines(bot.get("parameter_controls")):
        facts.append(("parameters", "\n".join(parameters)))
    if bot.get("settings_error"):
        facts.append(("last attempt", f"failed: {safe_line(bot['settings_error'])}"))
    if bot.get("introduction"):
        facts.append(("introduction", str(bot["introduction"])))
    facts.append(("created", describe_moment(bot.get("created_at"))))
    print_facts(facts)


def visibility_text(bot: Mapping[str, Any]) -> str:
    """Gives who may use the bot: `everybody on the hub`, `its owner`, `its owner, Anna and Ben`."""
    match bot.get("visibility"):
        case "private":
            return "its owner"
        case "shared":
            people = ["its owner", *(safe_line(person["name"]) for person in bot.get("shared_with") or [])]
            return " and ".join([", ".join(people[:-1]), people[-1]] if len(people) > 1 else people)
        case _:
            return "everybody on the hub"


def _settings_read(bot: Mapping[str, Any]) -> str:
    moment = bot.get("settings_read_at")
    return f"{describe_age(moment)} ({describe_moment(moment)})" if moment else "never"


def _settings(bot: Mapping[str, Any]) -> list[tuple[str, str]]:
    # What has its own line above, and what the bot did not set, is left out.
    settings: Mapping[str, Any] = bot.get("settings") or {}
    shown_elsewhere = {"server_bot_dependencies", "introduction_message", "response_version", "parameter_controls"}
    return [
        (name, safe_line(str(value).lower() if isinstance(value, bool) else str(value)))
        for name, value in settings.items()
        if value not in (None, {}, []) and name not in shown_elsewhere
    ]


def parameter_lines(controls: object) -> list[str]:
    """Gives a line for each parameter that controls (the hub's JSON, None: none) let a person set.

    `size: 256, 512 or 1024; default 1024 (Pixels of the longer side)`. Controls of a newer hub give nothing.
    """
    try:
        schema = parameters_schema(ParameterControls.model_validate(controls)) if controls is not None else {}
    except ValidationError:
        return []
    return [
        f"{safe_line(name)}: {_values_text(value)}; default {_value_text(value.get('default'))}"
        + (f" ({safe_line(value['description'])})" if value.get("description") else "")
        for name, value in schema.get("properties", {}).items()
    ]


def _values_text(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_values_text(each) for each in schema["anyOf"]))
    if "enum" in schema:
        values = [safe_line(str(value)) for value in schema["enum"]]
        return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)
    if "minimum" in schema:
        return f"{schema['minimum']:g} to {schema['maximum']:g}"
    return "true or false" if schema.get("type") == "boolean" else "text"


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return safe_line(str(value)) if value not in (None, "") else "empty"


def list_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Gives the settings that differ between two readings: [{setting, before, after}], None for not set."""
    old: Mapping[str, Any] = before.get("settings") or {}
    new: Mapping[str, Any] = after.get("settings") or {}
    return [
        {"setting": name, "before": old.get(name), "after": new.get(name)}
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
