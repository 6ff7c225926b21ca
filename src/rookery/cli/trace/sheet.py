"""Everything about one query for a terminal: head, picture, refusals and errors, request, events, notes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from rookery.cli.output import describe_moment, describe_size, safe_line
from rookery.cli.trace.chart import STYLES, draw, list_hops
from rookery.cli.trace.folding import describe_duration, fold

MESSAGES = 12
"""Messages of a request that are shown; of longer ones the newest."""
_TIME_CELLS = 13
_KIND_CELLS = 12


def sheet(query: Mapping[str, Any], width: int, now: datetime) -> list[Text]:
    """Gives the lines about a query as `/api/queries/{id}` shows it, none wider than `width` cells."""
    parts = [
        _head(query, width),
        draw(list_hops(query, now), width),
        list(_troubles(query, width)),
        _request(query, width),
        _events(query, width),
        _notes(query, width),
    ]
    lines: list[Text] = []
    for part in parts:
        if part:
            lines += [Text(), *part] if lines else part
    return lines


def _head(query: Mapping[str, Any], width: int) -> list[Text]:
    timing = query["timing"]
    facts = []
    if timing["ended_us"] is not None:
        facts.append(f"in {describe_duration(timing['ended_us'])}")
    if timing["first_event_us"] is not None:
        facts.append(f"first event {describe_duration(timing['first_event_us'])}")
    facts.append(f"{query['event_count']} events")
    rest = f" {' · '.join(facts)}"
    room = width - len(query["state"]) - len(rest) - 2
    line = Text(_cut(safe_line(query["bot"]), max(8, room)), "bold")
    line.append("  ")
    line.append(query["state"], f"not bold {STYLES.get(query['state'], '')}".strip())
    line.append(rest, "not bold")
    return [line, Text(f"{query['query_id']}  {describe_moment(query['started_at'])}", "dim")]


def _walk(query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield query
    for call in query["calls"]:
        yield from _walk(call)


def _troubles(query: Mapping[str, Any], width: int) -> Iterator[Text]:
    for below in _walk(query):
        for refusal in below["refusals"]:
            yield from _paragraph(f"✗ {refusal['code']}: {refusal['text']}", width, "red")
        if below["error"]:
            style = STYLES.get(below["state"], "red")
            yield from _paragraph(f"! {below['bot']}: {below['error']}", width, style)


def _paragraph(text: str, width: int, style: str) -> list[Text]:
    """Breaks a sentence between words; the first word of a line may be cut."""
    lines, current = [], ""
    for word in safe_line(text).split(" "):
        joined = f"{current} {word}" if current else word
        if current and cell_len(joined) > width:
            lines.append(current)
            joined = f"  {word}"
        current = joined
    return [Text(_cut(line, width), style) for line in [*lines, current]]


def _request(query: Mapping[str, Any], width: int) -> list[Text]:
    request = query["request"]
    if request is None:
        sentence = "The exchange is not shown: this call was made by somebody else's bot."
        return _paragraph(sentence, width, "dim")
    messages = request.get("query") or []
    count = f"{len(messages)} message{'s' if len(messages) != 1 else ''}"
    size = describe_size(len(json.dumps(request, ensure_ascii=False).encode("utf-8", "surrogatepass")))
    lines = [_title(f"Request  {count}, {size}")]
    if len(messages) > MESSAGES:
        lines.append(Text(f"  … {len(messages) - MESSAGES} earlier messages", "dim"))
    for message in messages[-MESSAGES:]:
        lines.append(_row(str(message.get("role", "")), str(message.get("content", "")), width))
        for attachment in message.get("attachments") or []:
            named = f"{attachment.get('name', '')} ({attachment.get('content_type', '')})"
            lines.append(_row("", f"attachment: {named}", width, "dim"))
        if message.get("parameters"):
            lines.append(_row("", f"parameters: {json.dumps(message['parameters'], ensure_ascii=False)}", width, "dim"))
    return lines


def _events(query: Mapping[str, Any], width: int) -> list[Text]:
    folds = fold(query["events"])
    if not folds:
        return []
    labels = max(len(item.label) for item in folds)
    lines = [_title("Events")]
    for item in folds:
        line = f"  {item.span:>{_TIME_CELLS}}  {safe_line(item.label):<{labels}}  {safe_line(item.excerpt)}"
        text = Text(_cut(line.rstrip(), width), "red" if item.name == "error" else "")
        text.stylize("dim", 0, _TIME_CELLS + 2)
        lines.append(text)
    return lines


def _notes(query: Mapping[str, Any], width: int) -> list[Text]:
    happened = [(note["at_us"], note["kind"], note["text"]) for note in query["notes"]]
    happened += [(r["at_us"], r["type"], f"to {r['bot']}: {r['text']}") for r in query["reports"]]
    if not happened:
        return []
    lines = [_title("Notes")]
    for at_us, kind, said in sorted(happened, key=lambda note: note[0]):
        lines.append(Text(_cut(f"  {at_us / 1e6:>{_TIME_CELLS - 2}.2f} s  {kind}  {safe_line(said)}", width)))
        lines[-1].stylize("dim", 0, _TIME_CELLS + 2)
    return lines


def _title(text: str) -> Text:
    name, _, rest = text.partition("  ")
    line = Text(name, "bold")
    if rest:
        line.append(f"  {rest}", "not bold dim")
    return line


def _row(kind: str, said: str, width: int, style: str = "") -> Text:
    line = Text(_cut(f"  {safe_line(kind):<{_KIND_CELLS}}{safe_line(said)}".rstrip(), width), style)
    line.stylize("dim", 0, _KIND_CELLS + 2)
    return line


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
