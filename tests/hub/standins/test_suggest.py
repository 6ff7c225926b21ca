"""Suggestions: three lines, from what was just said."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins.suggest import SUGGESTION_CHARACTERS, suggest_replies
from rookery.protocol.messages import ProtocolMessage

from .asking import ask, find_speaking, message

texts = st.text(max_size=200) | st.lists(st.sampled_from(["Rome", "Julius Caesar", "was", "```", "a" * 80, "."])).map(
    " ".join
)


def suggest(*messages: tuple[str, str]) -> list[str]:
    return suggest_replies([ProtocolMessage.model_validate(message(text, role=role)) for role, text in messages])


def test_the_lines_are_about_what_was_said() -> None:
    lines = suggest(
        ("user", "Tell me about the history of Rome"),
        ("bot", "The city was founded by Romulus; the Roman Empire grew when Julius Caesar came."),
    )
    assert lines[:2] == ["Tell me more about Romulus", "Give me an example with Roman Empire"]


def test_code_and_pictures_get_lines_of_their_own() -> None:
    assert "Explain this code step by step" in suggest(("user", "sort"), ("bot", "```python\nsorted(x)\n```"))
    picture: dict[str, Any] = message("Here it is.", role="bot")
    picture["attachments"] = [{"url": "x", "content_type": "image/png", "name": "x.png"}]
    lines = ask(find_speaking("suggest"), "draw", picture).split("\n")
    assert lines[0] == "Make another one in a different style"


def test_a_long_answer_may_be_made_shorter() -> None:
    assert "Make it shorter" in suggest(("user", "go on"), ("bot", "word " * 200))


@given(history=st.lists(st.tuples(st.sampled_from(["user", "bot", "system"]), texts), max_size=5))
def test_there_are_always_three_different_short_lines(history: list[tuple[str, str]]) -> None:
    lines = suggest(*history)
    assert len(lines) == len(set(lines)) == 3
    assert all(0 < len(line) <= SUGGESTION_CHARACTERS and "\n" not in line for line in lines)
