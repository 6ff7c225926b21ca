"""Marks: one time for each batch, the same in memory and in journal parts however these are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.relay.log import EventLog, LogEntry

BATCHES = st.lists(st.integers(min_value=1, max_value=5), max_size=20)


@given(BATCHES, st.sets(st.integers(min_value=0, max_value=19)))
def test_parts_that_are_cut_between_batches_hold_all_marks_in_order(sizes: list[int], cuts: set[int]) -> None:
    log = EventLog()
    written, parts = 0, []
    for number, size in enumerate(sizes):
        log.append([LogEntry("text", b"x")] * size)
        if number in cuts or number == len(sizes) - 1:
            parts += log.marks_from(written + 1)
            written = len(log.entries)
    assert parts == log.marks
    assert [first for first, _ in log.marks] == [1 + sum(sizes[:i]) for i in range(len(sizes))]
    times = [at_us for _, at_us in log.marks]
    assert times == sorted(times)


def test_a_part_that_is_written_again_has_its_marks_again() -> None:
    log = EventLog()
    log.append([LogEntry("text", b"x")] * 3)
    log.append([LogEntry("text", b"y")])
    assert log.marks_from(1) == log.marks
    assert log.marks_from(4) == log.marks[1:]
    assert log.marks_from(5) == []
