"""Drawing traces: bars that fit, events that fold. Pure parts of `rookery trace`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from rookery.cli.output import describe_size
from rookery.cli.trace.chart import FIRST, Hop, bar, draw, list_hops
from rookery.cli.trace.folding import describe_duration, fold
from rookery.cli.trace.sheet import sheet

BEGIN = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW = BEGIN + timedelta(seconds=9)

NAMES = st.text(max_size=8) | st.sampled_from(["word " * 30, "😀é" * 40, "x" * 90, "a\u200b\u0301" * 30])
TIMES = st.integers(min_value=0, max_value=4 * 10**9)


def queries(calls: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "bot": NAMES,
            "query_id": st.just("bq-1"),
            "state": st.sampled_from(["running", "done", "failed", "stopped", "interrupted"]),
            "started_at": st.integers(0, 10**7).map(lambda us: (BEGIN + timedelta(microseconds=us)).isoformat()),
            "error": st.none() | NAMES,
            "event_count": st.integers(0, 10_000),
            "timing": st.fixed_dictionaries({"first_event_us": st.none() | TIMES, "ended_us": st.none() | TIMES}),
            "refusals": st.lists(
                st.fixed_dictionaries({"at_us": TIMES, "callee": NAMES, "code": NAMES, "text": NAMES}), max_size=2
            ),
            "calls": calls,
            "request": st.none() | st.fixed_dictionaries({"query": st.just([{"role": "user", "content": "é" * 200}])}),
            "events": st.lists(
                st.fixed_dictionaries(
                    {
                        "at_us": st.none() | TIMES,
                        "name": st.sampled_from(["text", "json", "done", "error"]),
                        "data": st.fixed_dictionaries({"text": NAMES}) | st.just({}),
                    }
                ),
                max_size=5,
            ),
            "notes": st.lists(st.fixed_dictionaries({"at_us": TIMES, "kind": NAMES, "text": NAMES}), max_size=2),
            "reports": st.lists(
                st.fixed_dictionaries({"at_us": TIMES, "type": NAMES, "text": NAMES, "bot": NAMES}), max_size=2
            ),
        }
    )


TREES = queries(st.lists(queries(st.just([])), max_size=2))


@given(TREES, st.integers(min_value=72, max_value=140))
def test_nothing_is_wider_than_the_terminal_and_every_query_has_its_line(query: dict[str, Any], width: int) -> None:
    assert max(cell_len(line.plain) for line in sheet(query, width, NOW)) <= width
    hops = list_hops(query, NOW)
    assert len(draw(hops, width)) == len(hops) + 1


@given(TIMES, TIMES, st.none() | TIMES, TIMES, st.integers(min_value=12, max_value=100))
def test_a_bar_stays_on_its_axis_and_shows_its_first_event(
    begin: int, taken: int, first: int | None, rest: int, cells: int
) -> None:
    hop = Hop("", "Bot", "done", begin, first, begin + taken)
    drawn = bar(hop, max(1, begin + taken + rest), cells)
    assert 1 <= len(drawn) <= cells
    assert (FIRST in drawn) == (first is not None)


def event(name: str, text: str | None, at_us: int) -> dict[str, Any]:
    return {"number": 1, "at_us": at_us, "name": name, "data": {} if text is None else {"text": text}}


def test_runs_of_text_become_one_line() -> None:
    events = [
        event("text", "Hé", 310_000),
        event("text", "llo", 2_800_000),
        {"number": 3, "at_us": 2_900_000, "name": "file", "data": {"name": "a"}},
        event("text", "x", 2_900_000),
        event("done", None, 2_950_000),
    ]
    assert [(item.span, item.label, item.excerpt) for item in fold(events)] == [
        ("0.31–2.80 s", "text × 2, 6 B", "Héllo"),
        ("2.90 s", "file, 13 B", '{"name": "a"}'),
        ("2.90 s", "text, 1 B", "x"),
        ("2.95 s", "done", ""),
    ]


@given(st.lists(st.tuples(st.sampled_from(["text", "json", "done"]), st.text(max_size=5), TIMES), max_size=20))
def test_folding_loses_no_event(given: list[tuple[str, str, int]]) -> None:
    folds = fold([event(name, text, at_us) for name, text, at_us in given])
    assert sum(item.count for item in folds) == len(given)
    assert sum(item.size for item in folds) == sum(len(text.encode()) for _, text, _ in given)


def test_sizes_and_durations_are_for_people() -> None:
    assert [describe_size(size) for size in (0, 999, 1200, 3_400_000)] == ["0 B", "999 B", "1.2 kB", "3.4 MB"]
    spans = [describe_duration(us) for us in (900, 99_400, 310_000, 12_300_000, 125_000_000)]
    assert spans == ["1 ms", "99 ms", "0.31 s", "12.3 s", "2 min 5 s"]
