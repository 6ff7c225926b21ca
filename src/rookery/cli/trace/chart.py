"""The picture of a query tree: a line for each query, with a bar on a time axis that all share. Pure.

    WrapperBot              done    2.81 s  ╌╌╌●━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
    ├─ GPT-3.5-Turbo        done    1.20 s     ╌╌●━━━━━━━━━━━━━
    └─ ✗ Claude-3           refused                           ✗

╌ waits for the first event, ● has it, ━ goes on to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from rookery.cli.output import safe_line
from rookery.cli.trace.folding import describe_duration

WAITING, FIRST, GOING, REFUSED = "╌", "●", "━", "✗"
STYLES = {
    "running": "cyan",
    "done": "green",
    "failed": "red",
    "stopped": "yellow",
    "interrupted": "magenta",
    "refused": "red",
}
"""Colour of each state."""

LEAST_BAR = 12
MOST_NAME = 40
_STATE_CELLS = 12
_DURATION_CELLS = 11


@dataclass(frozen=True, slots=True)
class Hop:
    """A line of the picture; times in microseconds since the root of the picture began."""

    guides: str
    name: str
    state: str
    begin_us: int
    first_us: int | None
    end_us: int


def list_hops(query: Mapping[str, Any], now: datetime) -> list[Hop]:
    """Gives the lines of the tree below a query, the query itself first. `now` is the end of what still runs."""
    return list(_hops(query, datetime.fromisoformat(query["started_at"]), now, "", ""))


def _hops(query: Mapping[str, Any], origin: datetime, now: datetime, guides: str, below: str) -> Iterator[Hop]:
    begin_us = _microseconds(datetime.fromisoformat(query["started_at"]), origin)
    timing = query["timing"]
    ended_us, first_us = timing["ended_us"], timing["first_event_us"]
    end_us = begin_us + ended_us if ended_us is not None else max(begin_us, _microseconds(now, origin))
    first = None if first_us is None else begin_us + first_us
    yield Hop(guides, safe_line(query["bot"]), query["state"], begin_us, first, max(end_us, first or 0))
    children: list[tuple[int, Mapping[str, Any] | Hop]] = [
        (_microseconds(datetime.fromisoformat(call["started_at"]), origin), call) for call in query["calls"]
    ]
    for refusal in query["refusals"]:
        at_us = begin_us + refusal["at_us"]
        children.append((at_us, Hop("", safe_line(refusal["callee"]), "refused", at_us, None, at_us)))
    children.sort(key=lambda child: child[0])
    for number, (_, child) in enumerate(children, 1):
        branch, trunk = ("└─ ", "   ") if number == len(children) else ("├─ ", "│  ")
        if isinstance(child, Hop):
            name = f"{REFUSED} {child.name}"
            yield Hop(below + branch, name, child.state, child.begin_us, None, child.end_us)
        else:
            yield from _hops(child, origin, now, below + branch, below + trunk)


def _microseconds(moment: datetime, origin: datetime) -> int:
    return max(0, int((moment - origin).total_seconds() * 1e6))


def draw(hops: list[Hop], width: int) -> list[Text]:
    """Gives the lines of the picture, the axis first, none wider than `width` cells."""
    whole_us = max(1, *(hop.end_us for hop in hops))
    fixed = _STATE_CELLS + _DURATION_CELLS + 4
    wanted = max(cell_len(hop.guides + hop.name) for hop in hops)
    name_cells = max(8, min(wanted, MOST_NAME, width - fixed - LEAST_BAR))
    bar_cells = max(LEAST_BAR, width - fixed - name_cells)
    lines = [Text(" " * (name_cells + fixed)) + Text(_axis(whole_us, bar_cells), "dim")]
    for hop in hops:
        style = STYLES.get(hop.state, "")
        line = Text(_fit(hop.guides + hop.name, name_cells) + "  ")
        line.stylize("dim", 0, len(hop.guides))
        line.append(f"{hop.state:<{_STATE_CELLS}}", style)
        taken = "" if hop.state == "refused" else describe_duration(hop.end_us - hop.begin_us)
        line.append(f"{taken:>{_DURATION_CELLS}}  ")
        line.append(bar(hop, whole_us, bar_cells), style)
        line.rstrip()
        lines.append(line)
    return lines


def bar(hop: Hop, whole_us: int, cells: int) -> str:
    """Gives a hop's bar on an axis of so many cells that stands for `whole_us`; at least one cell is drawn."""
    begin = _cell(hop.begin_us, whole_us, cells)
    end = max(begin, _cell(hop.end_us, whole_us, cells))
    if hop.state == "refused":
        return " " * begin + REFUSED
    if hop.first_us is None:
        return " " * begin + WAITING * (end - begin + 1)
    first = min(max(begin, _cell(hop.first_us, whole_us, cells)), end)
    return " " * begin + WAITING * (first - begin) + FIRST + GOING * (end - first)


def _cell(at_us: int, whole_us: int, cells: int) -> int:
    return min(cells - 1, at_us * cells // whole_us)


def _axis(whole_us: int, cells: int) -> str:
    last = describe_duration(whole_us)
    middle = describe_duration(whole_us // 2)
    if cells < len(last) + len(middle) + 8:
        return f"0{last:>{cells - 1}}"
    left = cells // 2
    return f"0{middle:>{left - 1}}{last:>{cells - left}}"


def _fit(text: str, cells: int) -> str:
    return set_cell_size(text, cells) if cell_len(text) <= cells else set_cell_size(text, cells - 1) + "…"
