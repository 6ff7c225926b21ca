"""`rookery bots share` and `rookery bots settings`: who may use a bot, and how its settings changed."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.bot_sheet import parameter_lines, settings_age, visibility_text
from rookery.cli.errors import CommandError
from rookery.cli.options import BotArgument, HubOption, JsonOption, open_hub
from rookery.cli.output import describe_moment, print_json, print_line, safe_line

SHOWN_CHARACTERS = 200
SOURCES = {
    "registration": "when the bot was entered",
    "push": "pushed by its server",
    "pull": "pulled on request",
    "refetch": "pulled because an answer asked for it",
    "refusal": "pulled before a call was refused",
    "edit": "edited on the hub",
}


class Visibility(StrEnum):
    """Who may use a bot."""

    PRIVATE = "private"
    SHARED = "shared"
    PUBLIC = "public"


class PromptVisibility(StrEnum):
    """Who may read a prompt."""

    PRIVATE = "private"
    PUBLIC = "public"


def share(
    name: BotArgument,
    is_public: Annotated[bool, typer.Option("--public", help="Everybody on the hub may use it.")] = False,
    is_private: Annotated[bool, typer.Option("--private", help="Only you and the hub's owner.")] = False,
    people: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PERSON", help="This person too, by name or id; may be repeated."),
    ] = None,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Say who may use a bot of yours."""
    if is_public + is_private + bool(people) != 1:
        raise typer.BadParameter("give one of --public, --private and --with PERSON.")
    with open_hub(hub) as client:
        changes: dict[str, Any] = {"visibility": Visibility.PUBLIC if is_public else Visibility.PRIVATE}
        if people:
            known = [person["id"] for person in client.get_bot(name).get("shared_with") or []]
            changes = {"visibility": Visibility.SHARED, "shared_with": [*known, *people]}
        elif is_private:
            changes["shared_with"] = []
        bot = client.edit_bot(name, changes)
    if as_json:
        print_json(bot)
    else:
        print_line(f"{bot['name']} is for {visibility_text(bot)}.")


def settings(
    name: BotArgument,
    has_history: Annotated[bool, typer.Option("--history", help="Every change that is kept, newest first.")] = False,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Show a bot's settings, or with --history how they changed."""
    with open_hub(hub) as client:
        bot = client.get_bot(name)
        changes = client.list_settings_changes(name) if has_history else []
    if as_json:
        print_json({"name": bot["name"], **({"changes": changes} if has_history else {"settings": bot["settings"]})})
    elif has_history:
        _print_history(bot, changes)
    else:
        _print_settings(bot)


def _print_settings(bot: dict[str, Any]) -> None:
    given = {key: value for key, value in (bot["settings"] or {}).items() if value not in (None, {})}
    if not given:
        print_line(f"{bot['name']} has no settings.")
        return
    read = f", read {settings_age(bot)}" if bot["kind"] == "server" else ""
    print_line(f"Settings of {bot['name']}{read}:")
    for key, value in given.items():
        names = [line.partition(":")[0] for line in parameter_lines(value)] if key == "parameter_controls" else []
        print_line(f"  {key}: {', '.join(names) if names else shown(value)}")
    if given.get("parameter_controls"):
        print_line(f"What each parameter takes: rookery bots show {bot['name']}", "dim")
    if bot.get("settings_error"):
        print_line(f"The last attempt to read them failed: {safe_line(bot['settings_error'])}", "yellow", stderr=True)


def _print_history(bot: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    if not changes:
        print_line(f"The settings of {bot['name']} have not changed.")
    for change in changes:
        print_line(f"{describe_moment(change['changed_at'])}, {SOURCES.get(change['source'], change['source'])}:")
        for difference in change["differences"]:
            path = safe_line(str(difference["path"]))
            print_line(f"  {path}: {shown(difference['before'])} → {shown(difference['after'])}")


def shown(value: object) -> str:
    """Gives the value of a setting for people, on one line."""
    if isinstance(value, dict) and all(type(count) is int for count in value.values()):
        return safe_line(", ".join(f"{key} ×{count}" for key, count in value.items()) or "none")
    if value is None:
        return "not set"
    text = safe_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def read_text(text: str) -> str:
    """Gives the text of an option, or of the file that `@FILE` names; raises CommandError when that cannot be read."""
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise CommandError(f"The file {safe_line(text[1:])} cannot be read: {reason}.") from None
