"""`rookery check`: does a bot server keep the protocol? The rules and how they are tried are in `rookery.conformance`.

The report is standard output; progress is shown in a terminal only, on standard error.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer
from rich.text import Text

from rookery.cli.options import JsonOption
from rookery.cli.output import console, print_json, safe_line
from rookery.conformance.engine import DEFAULT_MESSAGE, RuleHandler, check_bot_server
from rookery.conformance.exchange import Bounds
from rookery.conformance.rules import RULES, Rule
from rookery.conformance.verdicts import Outcome, Report, Verdict

app = typer.Typer(add_completion=False)

MARKS: dict[Outcome, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "warned": ("!", "yellow"),
    "failed": ("✗", "red"),
    "not_tried": ("–", "dim"),
}
"""Mark and colour."""

SPOKEN_IDS = frozenset({"settings-in-time", "first-byte", "keep-alive", "queries-at-once"})
"""Rules that measure: what they saw is told also when all is well."""


def _check_url(text: str) -> str:
    try:
        parts = urlsplit(text.strip())
        is_address = parts.scheme in ("http", "https") and bool(httpx.URL(text.strip()).host) and parts.port != 0
    except (ValueError, httpx.InvalidURL):
        is_address = False
    if not is_address or any(character.isspace() for character in text.strip()):
        raise typer.BadParameter(f"'{text}' is not the address of a bot server; it looks like https://bot.example/.")
    if parts.username is not None:
        raise typer.BadParameter("the address holds no name or password; the key belongs into --access-key.")
    return text.strip()


def _check_key(text: str) -> str:
    # What no header can carry would fail in the middle of the run.
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise typer.BadParameter("an access key is printable ASCII without spaces around it.")
    return text


def _check_timeout(seconds: float) -> float:
    if not 0 < seconds <= 3600:  # also refuses NaN
        raise typer.BadParameter("a timeout is above 0 and at most 3600 seconds, the longest answer of the protocol.")
    return seconds


@app.command()
def check(
    url: Annotated[str, typer.Argument(metavar="URL", callback=_check_url, help="Where the bot server answers.")],
    access_key: Annotated[
        str,
        typer.Option(
            "--access-key", metavar="KEY", envvar="POE_ACCESS_KEY", callback=_check_key, help="The bot's access key."
        ),
    ] = "",
    message: Annotated[str, typer.Option("--message", metavar="TEXT", help="The plain question.")] = DEFAULT_MESSAGE,
    timeout_s: Annotated[
        float,
        typer.Option("--timeout", metavar="S", callback=_check_timeout, help="Seconds to wait for one whole answer."),
    ] = Bounds().answer_s,
    as_json: JsonOption = False,
) -> None:
    """Check a bot server in any language against the protocol.

    Asks it some thirty questions, so bots with a paid model cost a little. Ends with 1 when a rule that must hold
    does not.
    """
    bounds = Bounds(answer_s=timeout_s)
    with _progress() as on_rule:
        report = asyncio.run(
            check_bot_server(url, access_key=access_key, message=message, bounds=bounds, on_rule=on_rule)
        )
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report)
    raise typer.Exit(0 if report.is_conforming else 1)


@contextmanager
def _progress() -> Iterator[RuleHandler | None]:
    if not sys.stderr.isatty():
        yield None
        return
    with console(stderr=True).status("") as status:

        def show(rule: Rule, tried: int) -> None:
            status.update(f"{tried + 1} of {len(RULES)}  {rule.title}")

        yield show


def _print_report(report: Report) -> None:
    target = console()
    reason = ""
    for group, verdicts in groupby(report.verdicts, key=lambda verdict: verdict.rule.group):
        target.print(Text(group, style="bold"))
        for verdict in verdicts:
            is_repeated = verdict.outcome == "not_tried" and verdict.detail == reason
            reason = verdict.detail if verdict.outcome == "not_tried" else reason
            target.print(_line(verdict, is_repeated=is_repeated))
            if verdict.outcome in ("failed", "warned"):
                target.print(Text(f"      Seen  {safe_line(verdict.detail)}"))
                target.print(Text(f"      Do    {verdict.rule.remedy}"))
        target.print()
    target.print(_summary(report))


def _line(verdict: Verdict, *, is_repeated: bool) -> Text:
    mark, style = MARKS[verdict.outcome]
    line = Text.assemble("  ", (mark, style), "  ", verdict.rule.title)
    if verdict.outcome in ("failed", "warned"):
        line.append(f"  ({verdict.rule.severity}, {verdict.rule.id}, section {verdict.rule.section})", "dim")
    elif verdict.outcome == "not_tried":
        line.append(f"  not tried: {'as above' if is_repeated else safe_line(verdict.detail)}", "dim")
    elif verdict.rule.id in SPOKEN_IDS:
        line.append(f"  {safe_line(verdict.detail)}", "dim")
    return line


def _summary(report: Report) -> Text:
    names: dict[Outcome, str] = {"passed": "passed", "warned": "warnings", "failed": "failed", "not_tried": "not tried"}
    counts = ", ".join(f"{report.count(outcome)} {name}" for outcome, name in names.items())
    verdict, style = ("keeps the protocol", "green") if report.is_conforming else ("breaks the protocol", "red")
    words = (f"{safe_line(report.url)} {verdict}", style)
    return Text.assemble(words, f": {len(report.verdicts)} rules, {counts}, {report.duration_ms / 1000:.1f} s")
