"""The `rookery` program: the table of commands, `--version`, and the border at which every failure becomes a sentence.

`COMMANDS` is the one place where commands are registered, and the one place where imports do not stand at the top of
a file: each command names its module, which is imported when the command runs. So `rookery --help` and the commands
that only talk to a hub never load the hub itself (sqlalchemy, aiohttp, uvicorn, fastapi).

To add a command: write `rookery/cli/<name>.py` with a Typer object called `app` (one command, or a group of them),
made by `typer.Typer(add_completion=False)`, and add a line here.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rookery.cli.border import command_border
from rookery.cli.lazy import LazyCommand
from rookery.version import __version__

COMMANDS = (
    # --- running a hub: these modules import the hub --------------------------------------------------------------
    LazyCommand("up", "rookery.cli.up", "Start the platform: hub and example bots on this machine."),
    LazyCommand("dev", "rookery.cli.dev", "Run a bot file with reload on save, and a hub around it."),
    # --- talking to a hub: these must stay light -------------------------------------------------------------------
    LazyCommand("chat", "rookery.cli.chat.command", "Talk to a bot: one message, or a conversation."),
    LazyCommand("trace", "rookery.cli.trace.command", "Look into a query: calls, times, events; save it as a test."),
    LazyCommand("bots", "rookery.cli.bots", "The hub's bots: list, show, create, share, settings, sync, delete."),
    LazyCommand("keys", "rookery.cli.keys", "Your API keys: create, list, revoke."),
    LazyCommand("users", "rookery.cli.users", "The hub's people: list, create, link, remove, set-password."),
    LazyCommand("check", "rookery.cli.check", "Check a bot server against the protocol."),
)
"""Every command, in the order of `rookery --help`."""


class RookeryGroup(TyperGroup):
    """The program as a group of lazily imported commands, inside the border for failures."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for command in COMMANDS:
            self.add_command(command)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the program; see `command_border` for what becomes of failures."""
        with command_border():
            return super().main(*args, **kwargs)


app = typer.Typer(
    name="rookery",
    cls=RookeryGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="The hub is found by --hub, then ROOKERY_URL, then http://127.0.0.1:8080. "
    "ROOKERY_API_KEY says who you are; on the machine where the hub was started it is not needed.",
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"rookery {__version__}")
        raise typer.Exit


@app.callback()
def rookery(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """The home for server bots that you run yourself."""


def main() -> None:
    """Runs the `rookery` command with the process's arguments and ends the process."""
    app(prog_name="rookery")
