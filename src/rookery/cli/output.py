"""Printing: tables and lines for people, JSON for programs, errors as one sentence.

Whatever comes from bots or from the hub goes through `safe_text` or `safe_line` first: a terminal obeys control
characters, and a bot must not be able to rename the window, rewrite earlier lines or fill the clipboard.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 100_000
"""Columns of output that is no terminal: nothing is cut or wrapped there."""

GAP = "  "
"""Between two columns."""

LEAST_COLUMNS = 16
"""What must be seen of a table's last column."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[ -~])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe_text(text: str) -> str:
    """Gives text without control characters and the sequences they begin; line feeds and tabs stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def safe_line(text: str) -> str:
    """Gives text as one line, safe to print."""
    return " ".join(safe_text(text).split())


def console(*, stderr: bool = False) -> Console:
    """Gives a console for standard output or error as it is now; colours only in a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=None if stream.isatty() else WIDE)


def print_line(text: str, style: str = "", *, stderr: bool = False, is_whole: bool = False) -> None:
    """Prints safe text; a terminal's lines end between words, unless it is to be copied whole (an address, a key)."""
    console(stderr=stderr).print(Text(safe_text(text), style=style), soft_wrap=is_whole)


def print_json(body: Mapping[str, Any]) -> None:
    """Prints one JSON object: on one line for programs, indented in a terminal."""
    text = json.dumps(body, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None)
    # JSON itself escapes only the control characters of ASCII.
    print(_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_error(message: str, remedy: str = "") -> None:
    """Prints what went wrong and what to do on standard error: one line, in a terminal the remedy below it."""
    message, remedy = safe_line(message), safe_line(remedy)
    if not sys.stderr.isatty():
        print(f"{message} {remedy}".strip(), file=sys.stderr)
        return
    print_line(message, "red", stderr=True)
    if remedy:
        print_line(remedy, stderr=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Prints rows below column names.

    A terminal too narrow for all cuts the last column, or leaves it out when next to nothing of it would be seen;
    the others are never cut, so that names can be copied.
    """
    cells = [[cell if isinstance(cell, Text) else Text(safe_text(cell)) for cell in row] for row in rows]
    by_column = zip(columns, zip(*cells, strict=True), strict=True)
    widths = [max(map(_width, (Text(name), *column))) for name, column in by_column]
    others = sum(width + len(GAP) for width in widths[:-1])
    room = console().width - others
    has_last = room >= min(widths[-1], LEAST_COLUMNS)
    table = Table(box=None, pad_edge=False, padding=(0, len(GAP), 0, 0), header_style="bold")
    for name in columns if has_last else columns[:-1]:
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=room if name == columns[-1] else None)
    for row in cells:
        table.add_row(*(row if has_last else row[:-1]))
    _print_trimmed(table, least_width=others)


def _width(cell: Text) -> int:
    return max((cell_len(line) for line in cell.plain.split("\n")), default=0)


def print_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Prints names and values in two columns; values may have several lines."""
    table = Table.grid(padding=(0, len(GAP), 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(name, Text(safe_text(value)))
    _print_trimmed(table)


def _print_trimmed(table: Table, least_width: int = 0) -> None:
    target = console()
    target.width = max(target.width, least_width)
    with target.capture() as capture:
        target.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def describe_age(moment: str | None, now: datetime | None = None) -> str:
    """Gives how long ago an ISO moment was, for people: `never`, `3 s ago`, `5 min ago`, `2 h ago`, `4 d ago`."""
    if not moment:
        return "never"
    seconds = max(0, int(((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds()))
    for limit, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // unit_s} {unit} ago"
    return f"{seconds // 86_400} d ago"


def describe_moment(moment: str | None) -> str:
    """Gives an ISO moment in local time to the minute; empty for none."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""


def describe_size(size: int) -> str:
    """Gives a number of bytes for people: `0 B`, `999 B`, `1.2 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 999_950 else f"{size / 1e6:.1f} MB"
