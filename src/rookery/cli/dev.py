"""`rookery dev FILE`: hub, bot and stand-ins for everything the bot calls; the bot is replaced on every save."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rookery.cli.errors import CommandError
from rookery.cli.platform import HostedPlan, Platform, open_socket
from rookery.cli.report import Reporter
from rookery.cli.up import DatabaseUrl, DataDir, Host, Port, make_settings, run_platform
from rookery.hosting import Sdk

DATA_FOLDER = ".rookery"
PORTS = 100
"""How many ports are tried when 8080 is busy."""


app = typer.Typer(add_completion=False)


@app.command()
def dev(
    file: Annotated[Path, typer.Argument(help="The bot file, for example main.py.")],
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    sdk: Annotated[
        Sdk | None,
        typer.Option(help="What 'import fastapi_poe' means.", show_default="fastapi_poe if installed"),
    ] = None,
    reload: Annotated[bool, typer.Option("--reload/--no-reload", help="Start the bot again on every save.")] = True,
) -> None:
    """Run a bot file with a hub around it; nothing else is needed."""
    if not file.is_file():
        raise CommandError(f"There is no file {file}.", "Name the Python file that holds your bot.")
    file = file.resolve()
    folder = data_dir or make_data_folder(file.parent)
    settings = make_settings(host=host, port=port, data_dir=folder, database_url=database_url)
    # An explicit port is meant; only the default one moves on when it is busy (design 3.1).
    sock = open_socket(settings.host, settings.port, tries=PORTS if port is None else 1)
    plan = HostedPlan(file, sdk=sdk, reload=reload)
    reporter = Reporter(Console(stderr=True), shows_queries=True)
    run_platform(Platform(settings, [plan], reporter, sock, links_whenever_signed_out=True))


def make_data_folder(beside: Path) -> Path:
    """Makes `.rookery` beside the bot file; what is in it is kept out of version control."""
    folder = beside / DATA_FOLDER
    try:
        folder.mkdir(exist_ok=True, mode=0o700)
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise CommandError(
            f"The data folder {folder} cannot be made: {error.strerror}.", "Choose another with --data-dir."
        ) from None
    return folder
