"""The shared streams of `fixtures/`, read as their expectation says (see `fixtures/README.md`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rookery.protocol.encoding import event_body
from rookery.protocol.reading import ReplyReader
from rookery.protocol.reduce import Reply

from .shapes import FIXTURES, Body

STREAMS = sorted(FIXTURES.glob("*.sse"))


def describe_reply(reply: Reply) -> Body:
    error = reply.error
    return {
        "text": reply.text,
        "alternatives": {str(index): text for index, text in reply.alternatives.items()},
        "files": [event_body(file) for file in reply.files],
        "suggested_replies": list(reply.suggested_replies),
        "metadata": reply.metadata,
        "meta": event_body(reply.meta),
        "data": list(reply.data),
        "error": error
        and {
            "text": error.text,
            "allow_retry": error.allow_retry,
            "error_type": error.error_type,
            "raw_response": error.raw_response,
        },
        "is_done": reply.is_done,
    }


def describe(reader: ReplyReader) -> Body:
    fault = reader.fault
    return {
        "reply": describe_reply(reader.builder.reply()),
        "fault": fault and {"clause": fault.clause, "message": fault.problem.message, "allow_retry": fault.allow_retry},
        "problems": [problem.message for problem in reader.problems],
        "notices": reader.notices,
    }


def test_there_are_streams_and_each_has_its_expectation() -> None:
    assert len(STREAMS) >= 10
    assert [path.with_suffix(".json") for path in STREAMS] == sorted(FIXTURES.glob("*.json"))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000_000])
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_shared_stream_is_read_as_expected_however_it_is_cut(path: Path, size: int) -> None:
    stream = path.read_bytes()
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert expected.pop("about")
    reader = ReplyReader()
    for start in range(0, len(stream), size):
        reader.feed(stream[start : start + size])
    assert describe(reader) == expected
