"""`rookery keys`: a person's API keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.durations import parse_duration
from rookery.cli.options import HubOption, JsonOption, open_hub
from rookery.cli.output import describe_moment, print_json, print_line, print_table, safe_line

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Your API keys.")


def _read_duration(text: str | None) -> int | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


@app.command("create")
def create(
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the key is for.")] = "API key",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DURATION", help="Lifetime: 90s, 15m, 12h, 30d, 2w; or for ever.")
    ] = None,
    bot: Annotated[str | None, typer.Option("--bot", metavar="BOT", help="The only bot that the key reaches.")] = None,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Make an API key. It is shown this once; only the key is on standard output."""
    lifetime_s = _read_duration(expires)
    with open_hub(hub) as client:
        created = client.create_key({"name": name, "expires_s": lifetime_s, "bot": bot})
    if as_json:
        print_json(created)
        return
    until = f" until {describe_moment(created['expires_at'])}" if created["expires_at"] else ""
    reach = f" for the bot {created['bot']}" if created["bot"] else ""
    print_line(f"The API key '{created['name']}', valid{until or ' until you revoke it'}{reach}:", "dim", stderr=True)
    print(created["key"], flush=True)
    print_line(
        "It is shown this once. Programs send it as 'Authorization: Bearer …', this command takes ROOKERY_API_KEY.",
        "dim",
        stderr=True,
    )


@app.command("list")
def list_keys(hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """List your API keys, newest first; the keys themselves are stored nowhere."""
    with open_hub(hub) as client:
        keys = client.list_keys()
    if as_json:
        print_json({"keys": keys})
    elif not keys:
        print_line("No API keys yet. Make one: rookery keys create --name laptop")
    else:
        print_table(("name", "begins with", "state", "expires", "bot", "id"), [_row(key) for key in keys])


def _row(key: Mapping[str, Any]) -> list[Text]:
    state = key_state(key)
    expires = describe_moment(key["expires_at"]) or "never"
    cells = (key["name"], key["prefix"], state, expires, key["bot"] or "all", key["id"])
    return [Text(safe_line(cell), style="" if state == "valid" else "dim") for cell in cells]


def key_state(key: Mapping[str, Any], now: datetime | None = None) -> str:
    """Gives whether a key can be used: `valid`, `expired` or `revoked`."""
    if key["revoked_at"]:
        return "revoked"
    expires_at = key["expires_at"]
    return "expired" if expires_at and datetime.fromisoformat(expires_at) <= (now or datetime.now(UTC)) else "valid"


@app.command("revoke")
def revoke(
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="The key's id, name, or the characters it begins with.")
    ],
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Revoke an API key; it is refused from then on."""
    with open_hub(hub) as client:
        revoked = client.revoke_key(reference)
    if as_json:
        print_json(revoked)
    else:
        print_line(f"Revoked the API key '{revoked['name']}' ({revoked['prefix']}…).")
