"""Reading messages of one or several lines."""

from __future__ import annotations

import pytest

from rookery.cli.chat.prompt import CONTINUATION, PROMPT, read_message


def read_all(*lines: str) -> tuple[list[str], list[str]]:
    """Gives the messages in these lines, and the prompts that were shown for them."""
    left = list(lines)
    prompts: list[str] = []

    def read_line(prompt: str) -> str | None:
        prompts.append(prompt)
        return left.pop(0) if left else None

    messages = []
    while (message := read_message(read_line)) is not None:
        messages.append(message)
    return messages, prompts


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (["one", " two "], ["one", "two"]),
        ([""], [""]),
        (["one \\", "two\\", "three"], ["one \ntwo\nthree"]),
        (["one\\"], ["one"]),
        (['"""one', "  two", 'three"""', "four"], ["one\n  two\nthree", "four"]),
        (['"""', "one\\", "", '"""'], ["one\\\n"]),
        (['"""one"""'], ["one"]),
        (['"""one', "two"], ["one\ntwo"]),
        (['say """', "x"], ['say """', "x"]),
    ],
)
def test_messages_are_put_together_from_lines(lines: list[str], messages: list[str]) -> None:
    got, _ = read_all(*lines)
    assert [each.strip("\n") for each in got] == [each.strip("\n") for each in messages]


def test_further_lines_have_a_prompt_of_their_own() -> None:
    assert read_all("one\\", "two", "three")[1] == [PROMPT, CONTINUATION, PROMPT, PROMPT]
