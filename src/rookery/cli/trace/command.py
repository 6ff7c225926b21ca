"""The arguments of `rookery trace`, and what they lead to: a picture, a list, JSON, or a saved test."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.errors import CommandError
from rookery.cli.hub_client import HubClient
from rookery.cli.options import HubOption, JsonOption, open_hub
from rookery.cli.output import console, describe_age, print_json, print_line, print_table, safe_line
from rookery.cli.trace.chart import STYLES
from rookery.cli.trace.folding import describe_duration
from rookery.cli.trace.sheet import sheet

PLAIN_COLUMNS = 80
"""Width of the picture where there is no terminal."""
LOOK_S = 0.5
"""Seconds between two looks at a query that runs, in a terminal."""

app = typer.Typer(add_completion=False)


@app.command(
    "trace",
    epilog="Times are counted from the beginning of each query. In the picture, ╌ waits for the first event, ● is "
    "the first event, ━ goes on to the end, ✗ is a call that was refused.",
)
def trace(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="Id of a query or of its answer; nothing: your last one.")
    ] = None,
    is_list: Annotated[bool, typer.Option("--list", "-l", help="List your messages to bots, newest first.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="How many to list.")] = 20,
    bot: Annotated[str | None, typer.Option("--bot", metavar="BOT", help="Only messages to this bot.")] = None,
    is_followed: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for the end, and watch until then.")
    ] = False,
    test: Annotated[
        Path | None,
        typer.Option("--save-test", metavar="FILE", dir_okay=False, help="Save the exchange for rookery.testing."),
    ] = None,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Look into a query: what was asked, which bots were called, what came when."""
    if is_list and (query is not None or is_followed or test is not None):
        raise typer.BadParameter("--list stands alone; it goes with --limit, --bot and --json only.")
    if query is not None and bot is not None:
        raise typer.BadParameter("--bot chooses among your last queries; a QUERY names one already.")
    with open_hub(hub) as client:
        if is_list:
            _list(client, limit, bot, as_json=as_json)
            return
        query_id = query if query is not None else _find_last(client, bot)
        if is_followed:
            _follow(client, query_id, is_drawn=not as_json)
        if test is not None:
            _save_test(client, query_id, test, as_json=as_json)
            return
        inspection = client.inspect_query(query_id)
    if as_json:
        print_json(inspection)
    else:
        _print(inspection)


def _find_last(client: HubClient, bot: str | None) -> str:
    queries = client.list_queries(1, bot)["queries"]
    if not queries:
        asked = f"'{bot}'" if bot is not None else "a bot of this hub"
        raise CommandError(f"You have not asked {asked} anything yet.", "Talk to one: rookery chat BOT")
    return str(queries[0]["query_id"])


def _list(client: HubClient, limit: int, bot: str | None, *, as_json: bool) -> None:
    page = client.list_queries(limit, bot)
    if as_json:
        print_json(page)
    elif not page["queries"]:
        print_line("No queries yet. Talk to a bot: rookery chat BOT")
    else:
        print_table(("query", "bot", "state", "took", "when", "answer"), [_row(query) for query in page["queries"]])


def _row(query: dict[str, Any]) -> tuple[str | Text, ...]:
    state = Text(query["state"], STYLES.get(query["state"], ""))
    took = ""
    if query["ended_at"] is not None:
        taken = datetime.fromisoformat(query["ended_at"]) - datetime.fromisoformat(query["started_at"])
        took = describe_duration(int(taken.total_seconds() * 1e6))
    said = safe_line(query["error"] or query["text"] or "")
    return query["query_id"], query["bot"], state, took, describe_age(query["started_at"]), said


def _follow(client: HubClient, query_id: str, *, is_drawn: bool) -> None:
    if not (is_drawn and sys.stdout.isatty()):
        for _ in client.iter_events(query_id, 0):
            pass
        return
    screen = console()
    with Live(console=screen, auto_refresh=False, transient=True) as live:
        while (inspection := client.inspect_query(query_id))["is_running"]:
            # What is taller than the terminal cannot be drawn again in its place.
            live.update(Group(*_lines(inspection, screen)[: max(1, screen.height - 1)]), refresh=True)
            time.sleep(LOOK_S)


def _print(inspection: dict[str, Any]) -> None:
    screen = console()
    for line in _lines(inspection, screen):
        screen.print(line, soft_wrap=True)


def _lines(inspection: dict[str, Any], screen: Console) -> list[Text]:
    width = screen.width if sys.stdout.isatty() else PLAIN_COLUMNS
    return sheet(inspection, width, datetime.now(UTC))


def _save_test(client: HubClient, query_id: str, path: Path, *, as_json: bool) -> None:
    exchange = client.get_exchange(query_id)
    refused = sum(call["refused"] for call in exchange["calls"])
    lost = len(client.inspect_query(query_id)["refusals"]) - refused
    try:
        path.write_text(json.dumps(exchange, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", "Name another file.") from None
    if as_json:
        print_json({"file": str(path), "bot": exchange["bot"], "calls": len(exchange["calls"])})
    else:
        print_line(f"Saved the exchange of {exchange['bot']} with {len(exchange['calls'])} calls in {path}")
        print_line("Replay it in a test: await bot.replay(load_exchange(…)), see docs/guides/testing-bots.md", "dim")
    if lost > 0:
        print_line(f"{lost} refused calls were too large to keep; a replay will differ there.", "yellow", stderr=True)
