"""`rookery users`: the hub's people, for its owner; and one's own password."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping
from getpass import getpass
from typing import Annotated, Any

import typer
from rich.text import Text

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.errors import CommandError
from rookery.cli.hub_client import HubClient, JsonObject
from rookery.cli.options import HubOption, JsonOption, open_hub
from rookery.cli.output import describe_age, describe_moment, print_json, print_line, print_table, safe_line

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The hub's people.")

PersonArgument = Annotated[str, typer.Argument(metavar="NAME", help="The person's name, or id.")]


@app.command("list")
def list_people(hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """List everybody on the hub."""
    with open_hub(hub) as client:
        people = client.list_people()
    if as_json:
        print_json({"people": people})
    else:
        print_table(("name", "role", "last signed in", "password", "id"), [_row(person) for person in people])


def _row(person: Mapping[str, Any]) -> list[str | Text]:
    password = "yes" if person["has_password"] else "no"
    cells = (person["name"], person["role"], describe_age(person["signed_in_at"]), password, person["id"])
    return [safe_line(cell) for cell in cells]


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the new member is called.")],
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Let somebody in. Their sign-in link is on standard output: it works once, within 24 hours."""
    with open_hub(hub) as client:
        created = client.create_person(name)
    if as_json:
        print_json(created)
    else:
        _print_link(created["person"], created["link"])


@app.command("link")
def link(name: PersonArgument, hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """Make a link by which somebody signs in once, within 24 hours."""
    with open_hub(hub) as client:
        person = _find_person(client, name)
        made = client.create_sign_in_link(person["id"])
    if as_json:
        print_json({"person": person, "link": made})
    else:
        _print_link(person, made)


def _print_link(person: JsonObject, made: JsonObject) -> None:
    print_line(
        f"A sign-in link for {safe_line(person['name'])}; it works once, until {describe_moment(made['expires_at'])}:",
        "dim",
        stderr=True,
    )
    print(made["url"], flush=True)


@app.command("remove")
def remove(
    name: PersonArgument,
    is_confirmed: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Remove a member: keys and sessions end at once, bots become yours, chats are deleted."""
    with open_hub(hub) as client:
        person = _find_person(client, name)
        if not is_confirmed:
            _confirm(f"Remove {safe_line(person['name'])}, with all their chats?")
        client.remove_person(person["id"])
    if as_json:
        print_json({"person": person, "is_removed": True})
    else:
        print_line(f"Removed {person['name']}.")


def _confirm(question: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError("Nobody was removed: there is no terminal to ask in.", "Add --yes.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("Nobody was removed.")


@app.command("set-password")
def set_password(hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """Set your own password; it signs you out everywhere.

    What you type is not shown. Without a terminal the lines of standard input are taken: the new password, then the
    current one if there is one.
    """
    with open_hub(hub) as client:
        person = client.get_me()["person"]
        current = None
        if sys.stdin.isatty():
            if person["has_password"]:
                current = _ask("Current password: ")
            password = _ask("New password: ")
            if _ask("The same again: ") != password:
                raise CommandError("The two new passwords differ; nothing was changed.", "Try again.")
        else:
            password = _read_line("the new password")
            if person["has_password"]:
                current = _read_line("the current password")
        client.set_password(password, current)
    if as_json:
        print_json({"person": {**person, "has_password": True}})
    else:
        print_line(f"The password of {person['name']} is set. Sign in with it at {hub}/sign-in")


def _ask(question: str) -> str:
    try:
        return getpass(question, stream=sys.stderr)
    except EOFError:
        raise CommandError("No password was typed; nothing was changed.") from None


def _read_line(what: str) -> str:
    line = sys.stdin.readline()
    if not line:
        raise CommandError(f"Standard input ended before {what}.", "Give each password on a line of its own.")
    return line.removesuffix("\n").removesuffix("\r")


def _find_person(client: HubClient, name: str) -> JsonObject:
    people = client.list_people()
    wanted = _fold(name)
    for person in people:
        if person["id"] == name or _fold(person["name"]) == wanted:
            return person
    raise CommandError(f"There is nobody '{name}' on this hub.", "See: rookery users list")


def _fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
