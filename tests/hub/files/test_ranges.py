"""Ranges and conditions of HTTP, compared with slices."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.files.ranges import (
    ByteRange,
    Unsatisfiable,
    etag,
    has_it_already,
    http_date,
    may_send_part,
    parse_range,
)

MOMENT = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
TAG = etag("ab" * 32)
sizes = st.integers(min_value=1, max_value=1000)
places = st.integers(min_value=0, max_value=1200)


@given(sizes, places, places)
def test_first_and_last_are_a_slice(size: int, first: int, last: int) -> None:
    data = bytes(number % 251 for number in range(size))
    header = f"bytes={first}-{last}"
    if last < first:
        assert parse_range(header, size) is None
    elif first >= size:
        with pytest.raises(Unsatisfiable):
            parse_range(header, size)
    else:
        part = parse_range(header, size)
        assert part is not None
        assert data[part.start : part.end] == data[first : last + 1]


@given(sizes, st.integers(min_value=1, max_value=1200))
def test_a_suffix_is_the_last_bytes(size: int, length: int) -> None:
    assert parse_range(f"bytes=-{length}", size) == ByteRange(max(0, size - length), size)


@given(st.text(), st.integers(min_value=0, max_value=1000))
def test_no_header_breaks_the_parsing(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.start < part.end <= size


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=" + "9" * 99]
)
def test_what_cannot_be_honoured_is_ignored(header: str | None) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"])
def test_what_lies_outside_is_refused(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 100)


@pytest.mark.parametrize("header", [TAG, f"W/{TAG}", "*", f'"x", {TAG}', f'"x",W/{TAG} , "y"'])
def test_a_copy_with_this_tag_is_current(header: str) -> None:
    assert has_it_already(TAG, MOMENT, header, None)


def test_a_tag_wins_over_a_date() -> None:
    assert not has_it_already(TAG, MOMENT, '"x"', http_date(MOMENT))
    assert has_it_already(TAG, MOMENT, None, http_date(MOMENT))
    assert not has_it_already(TAG, MOMENT, None, "Mon, 01 Jan 1990 00:00:00 GMT")
    assert not has_it_already(TAG, MOMENT, None, "yesterday")


def test_a_part_is_sent_only_of_the_same_content() -> None:
    assert may_send_part(TAG, MOMENT, None)
    assert may_send_part(TAG, MOMENT, TAG)
    assert may_send_part(TAG, MOMENT, http_date(MOMENT))
    assert not may_send_part(TAG, MOMENT, f"W/{TAG}")
    assert not may_send_part(TAG, MOMENT, '"x"')
    assert not may_send_part(TAG, MOMENT, "nonsense")


@given(st.text())
def test_no_date_breaks_the_comparison(text: str) -> None:
    has_it_already(TAG, MOMENT, None, text)
    may_send_part(TAG, MOMENT, text)
