"""Suggested replies that the hub makes: what is asked, and what is read from the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.relay.suggestions import (
    SUGGESTION_CHARACTERS,
    read_suggestions,
    suggestion_query,
    wants_suggestions,
)
from rookery.protocol.events import MetaEvent
from rookery.protocol.reduce import Reply


@pytest.mark.parametrize(
    "text",
    [
        "Tell me more\nWhy?\nThank you",
        "1. Tell me more\n2. Why?\n3) Thank you\n4. One too many",
        "Here are three suggestions:\n\n- Tell me more\n* “Why?”\n• **Thank you**",
        "Tell me more\nTell me more\n\nWhy?\nThank you",
    ],
)
def test_the_lines_of_an_answer_are_the_suggestions(text: str) -> None:
    assert read_suggestions(text) == ["Tell me more", "Why?", "Thank you"]


@given(st.text())
def test_any_answer_gives_at_most_three_short_lines(text: str) -> None:
    suggestions = read_suggestions(text)
    assert len(suggestions) <= 3
    assert len(set(suggestions)) == len(suggestions)
    assert all(line and "\n" not in line and len(line) <= SUGGESTION_CHARACTERS for line in suggestions)


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (Reply(text="a", meta=MetaEvent(suggested_replies=True)), True),
        (Reply(text="a", meta=MetaEvent(suggested_replies=True), suggested_replies=("own",)), False),
        (Reply(text="a"), False),
        (Reply(text=" ", meta=MetaEvent(suggested_replies=True)), False),
    ],
)
def test_suggestions_are_made_only_when_the_bot_asks_and_has_none(reply: Reply, wanted: bool) -> None:
    assert wants_suggestions(reply) is wanted


def test_the_suggesting_bot_reads_the_last_messages_and_the_answer() -> None:
    said = [
        {
            "role": "user" if i % 2 == 0 else "bot",
            "content": str(i),
            "message_type": None,
            "attachments": [{"url": "x"}],
        }
        for i in range(9)
    ]
    query = suggestion_query({"version": "1.2", "query": said, "language_code": "de"}, "the answer")
    assert [message.content for message in query.query[:-1]] == ["3", "4", "5", "6", "7", "8", "the answer"]
    assert query.query[-1].role == "user"
    assert not any(message.attachments for message in query.query)
    assert query.language_code == "de"
