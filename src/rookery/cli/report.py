"""What `up` and `dev` print: the hub's address, what becomes of bot files, and who called whom for each message.

Everything goes to standard error, one line an event, so that it reads well in a terminal and in a log file alike.
"""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.registration import Registered
from rookery.hosting import Changed, Exited, Failed, HostEvent, Output, Ready
from rookery.hub.relay.model import QueryState
from rookery.hub.relay.tree import LiveQuery
from rookery.version import __version__

MARKS = {
    QueryState.DONE: "[green]✓[/]",
    QueryState.FAILED: "[red]✗[/]",
    QueryState.STOPPED: "[yellow]■[/]",
}


class Reporter:
    """Prints for people. `shows_queries`: a line for each message and each call below it."""

    def __init__(self, console: Console, *, shows_queries: bool) -> None:
        self._console = console
        self._shows_queries = shows_queries
        self._hinted = False
        self._url = ""

    def hub_ready(
        self, url: str, data_dir: Path, bots: list[str], sign_in_link: str | None = None, *, is_hosting: bool = False
    ) -> None:
        """Says where the hub is and what it has, and by which link its owner gets into the page, if one was made.

        `is_hosting`: bot files are being started, so that having no bots yet is no news.
        """
        self._url = url
        self._line(f"[bold]Rookery[/] {__version__}")
        self._line(f"  Hub    [link={url}]{url}[/link]")
        self._line(f"  Data   {escape(str(data_dir))}")
        if bots or not is_hosting:
            self._line(f"  Bots   {escape(', '.join(bots)) if bots else '[dim]none yet; rookery bots create -h[/]'}")
        if sign_in_link is not None:
            self._line(
                f"  Page   [link={sign_in_link}]{escape(sign_in_link)}[/link] [dim](signs you in; once, within 24 h)[/]"
            )
        self._line("  Stop   Ctrl-C\n")

    def registered(self, file: Path, event: Ready, bots: list[Registered]) -> None:
        """Says which bots of a file are in the hub now, and whom they may call."""
        for registered in bots:
            if registered.bot is None:
                self._line(f"[red]✗[/] {escape(registered.name)}: {escape(registered.trouble or '')}")
                continue
            calls = ", ".join(_call(name, *what) for name, what in registered.calls.items())
            self._line(
                f"[green]✓[/] [bold]{escape(registered.name)}[/] from {escape(file.name)} "
                f"[dim]({event.sdk}, {event.duration_ms / 1000:.1f} s)[/]" + (f"  calls {calls}" if calls else "")
            )
            if registered.trouble:
                self._line(f"  [yellow]![/] {escape(registered.trouble)}")
        if not self._hinted and any(registered.bot for registered in bots):
            self._hinted = True
            name = next(registered.name for registered in bots if registered.bot)
            where = "" if self._url == DEFAULT_HUB else f" --hub {self._url}"
            self._line(f'  [dim]Try:[/] rookery chat{where} {escape(shlex.quote(name))} "hello"')

    def host_event(self, file: Path, event: HostEvent) -> None:
        """Says what happens to a bot file."""
        match event:
            case Failed():
                self._failed(event)
            case Exited():
                self._line(
                    f"[red]✗[/] {escape(file.name)} ended with status {event.returncode}; "
                    f"starting again in {event.restart_in_s:g} s"
                )
            case Changed():
                names = ", ".join(sorted({path.name for path in event.paths}))
                self._line(f"[cyan]↻[/] {escape(names)} changed, starting again")
            case Output():
                prefix = Text(f"{file.stem} │ ", style="dim")
                self._console.print(prefix + Text.from_ansi(event.line), soft_wrap=True)
            case _:
                pass

    def _failed(self, event: Failed) -> None:
        error = event.error
        self._line(f"[red]✗ {escape(error.sentence)}[/]")
        self._line(f"  {escape(error.remedy)}")
        for line in error.details.splitlines():
            self._line(f"  [dim]{escape(line)}[/]")
        if event.still_serving:
            self._line("  [dim]The last version that worked goes on answering.[/]")

    def query_ended(self, live: LiveQuery) -> None:
        """Prints a message's tree of calls once its root has ended."""
        if self._shows_queries and live.is_root:
            for query in live.walk():
                self._query_line(query)

    def _query_line(self, live: LiveQuery) -> None:
        result = live.result
        if result is None:
            return
        indent = "  " * live.record.depth + ("└ " if live.record.depth else "")
        clock = f"[dim]{datetime.now().astimezone():%H:%M:%S}[/] " if live.is_root else " " * 9
        words = f"{len(result.text):,} characters".replace(",", " ") if result.text else ""
        timing = _timing(live)
        detail = f"  {escape(result.error)}" if result.error and result.state is QueryState.FAILED else ""
        mark = MARKS.get(result.state, "·")
        self._line(f"{clock}{indent}{mark} {escape(live.bot.name)} [dim]{timing} {words}[/]{detail}")
        if result.diagnostic:
            self._line(f"{' ' * 9}{indent}  [dim]from the bot: {escape(result.diagnostic[:500])}[/]")

    def stopping(self) -> None:
        """Says that the end has begun."""
        self._line("[dim]Stopping …[/]")

    def _line(self, markup: str) -> None:
        self._console.print(markup, soft_wrap=True, highlight=False)


def _call(name: str, count: int, kind: str) -> str:
    by = {"stand-in": " [yellow](stand-in)[/]", "": " [red](missing)[/]"}.get(kind, "")
    return f"{escape(name)} ×{count}{by}"


def _timing(live: LiveQuery) -> str:
    total_s = (live.ended_at or live.started_at) - live.started_at
    if live.first_event_at is None:
        return f"{total_s:.2f} s"
    return f"{total_s:.2f} s, first event after {(live.first_event_at - live.started_at) * 1000:.0f} ms"
