"""Options and arguments that commands share, and opening the hub that they name."""

from __future__ import annotations

from typing import Annotated

import typer

from rookery.cli.addresses import DEFAULT_HUB, parse_address
from rookery.cli.credentials import choose_credential
from rookery.cli.hub_client import HubClient


def _check_address(text: str) -> str:
    try:
        return parse_address(text or DEFAULT_HUB)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


HubOption = Annotated[
    str,
    typer.Option("--hub", metavar="URL", envvar="ROOKERY_URL", callback=_check_address, help="Address of the hub."),
]
"""`--hub`, else `ROOKERY_URL`, else the default that the parameter gives: `DEFAULT_HUB`."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]

BotArgument = Annotated[str, typer.Argument(help="Name of the bot.")]


def open_hub(hub_url: str) -> HubClient:
    """Gives a client for the hub, with the credential for it; to be used in a `with` statement.

    Nothing is sent yet. Raises CommandError for a credential that cannot be read or sent.
    """
    return HubClient(hub_url, choose_credential(hub_url))
