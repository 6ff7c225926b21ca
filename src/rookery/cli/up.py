"""`rookery up`: the platform, with the bundled example bots on an empty data folder."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from rookery.cli.errors import CommandError
from rookery.cli.platform import HostedPlan, Platform, open_socket
from rookery.cli.report import Reporter
from rookery.hub.settings import HubSettings
from rookery.protocol.requests import describe_fault

HOSTED_FILE = "hosted.json"
"""In the data folder: whether this hub runs the bundled example bots, as `{"examples": true}`."""

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.", show_default="8080")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of database and secret.", show_default="user's data folder")]
DatabaseUrl = Annotated[str | None, typer.Option(help="SQLAlchemy URL.", show_default="SQLite in the data folder")]


app = typer.Typer(add_completion=False)


@app.command()
def up(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    examples: Annotated[
        bool, typer.Option("--examples/--no-examples", help="Run the bundled example bots on an empty data folder.")
    ] = True,
) -> None:
    """Start the platform: hub and example bots, on http://127.0.0.1:8080."""
    settings = make_settings(host=host, port=port, data_dir=data_dir, database_url=database_url)
    sock = open_socket(settings.host, settings.port)
    plans = [HostedPlan(file) for file in hosted_files(settings.data_dir, with_examples=examples)]
    run_platform(Platform(settings, plans, Reporter(Console(stderr=True), shows_queries=False), sock))


def make_settings(**given: Any) -> HubSettings:
    """Builds the hub's settings from flags (None: not given) and the environment; raises CommandError."""
    try:
        return HubSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise CommandError(
            f"The hub's settings are not valid: {describe_fault(error)}.", "See ROOKERY_* and --help."
        ) from None


def run_platform(platform: Platform) -> None:
    """Runs until a signal."""
    asyncio.run(platform.run())


def hosted_files(data_dir: Path, *, with_examples: bool) -> list[Path]:
    """Gives the bot files to run: the bundled examples, if the folder was empty when it was first used with them."""
    record = data_dir / HOSTED_FILE
    try:
        if record.exists():
            runs_examples = json.loads(record.read_text()).get("examples") is True
        else:
            is_empty = not data_dir.exists() or not any(data_dir.iterdir())
            runs_examples = with_examples and is_empty
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            record.write_text(json.dumps({"examples": runs_examples}) + "\n")
    except (OSError, ValueError, AttributeError) as error:
        raise CommandError(
            f"The data folder {data_dir} cannot be used: {error}.", "Choose another with --data-dir."
        ) from None
    return example_files() if runs_examples and with_examples else []


def example_files() -> list[Path]:
    """Gives the bundled example bots: in the wheel below the package, in a checkout beside `src`."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_examples", package.parents[1] / "examples"):
        if folder.is_dir():
            return sorted(folder.glob("*.py"))
    return []
