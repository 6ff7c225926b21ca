"""The echo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins.echo import ECHO_CHARACTERS, NOTHING_TO_REPEAT, EchoStandIn

from .asking import ask, message

ECHO = EchoStandIn()


@pytest.mark.parametrize(
    "text", ["hello there", "  kept as it is \n", "**not** <b>rendered</b>", "Привет 漢字 😀", "{1}"]
)
def test_the_last_message_comes_back_unchanged(text: str) -> None:
    assert ask(ECHO, "earlier", message("an answer", role="bot"), text) == text


@given(st.text().filter(str.strip))
def test_any_text_comes_back_unchanged(text: str) -> None:
    assert ask(ECHO, text) == text


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_without_any_text_it_says_so(text: str) -> None:
    assert ask(ECHO, text) == NOTHING_TO_REPEAT


def test_a_message_of_the_bound_comes_back_whole() -> None:
    assert ask(ECHO, "x" * ECHO_CHARACTERS) == "x" * ECHO_CHARACTERS


def test_a_longer_message_comes_back_up_to_the_bound_with_a_note() -> None:
    answer = ask(ECHO, "x" * (ECHO_CHARACTERS + 1))
    assert answer.startswith("x" * ECHO_CHARACTERS + "\n\n[The rest is left out: ")
    assert "20000 characters" in answer


def test_files_are_mentioned_after_the_text() -> None:
    assert ask(ECHO, message("look", files=2)) == "look\n\n[I can't read files: I am a stand-in.]"
