"""Prompts put into queries, and what prompt bots may stand on; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.bots.model import Bot
from rookery.hub.bots.prompts import BaseTrouble, base_chain, render_prompt
from rookery.protocol.requests import QueryRequest

NOW = datetime(2026, 1, 1, tzinfo=UTC)
texts = st.text(max_size=40)


def prompt_bot(prompt: str, name: str = "P", base: str | None = "B") -> Bot:
    return Bot("bot-1", name, "prompt", "p-1", NOW, base_bot=base, prompt=prompt)


def query(*messages: tuple[str, str], **parameters: Any) -> QueryRequest:
    bodies: list[dict[str, Any]] = [{"role": role, "content": content} for role, content in messages]
    if bodies:
        bodies[-1]["parameters"] = parameters
    ids = {"user_id": "", "conversation_id": "", "message_id": ""}
    return QueryRequest.model_validate({"version": "1.2", "type": "query", "query": bodies, **ids})


def rendered(prompt: str, asked: QueryRequest) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in render_prompt(prompt_bot(prompt), asked).query]


def test_a_prompt_is_a_system_message_before_the_history() -> None:
    asked = query(("user", "a"), ("bot", "b"), ("user", "c"))
    assert rendered("Be a pirate.", asked) == [("system", "Be a pirate."), ("user", "a"), ("bot", "b"), ("user", "c")]


@pytest.mark.parametrize("placeholder", ["{user_prompt}", "{{user_prompt}}"])
def test_a_prompt_with_the_user_prompt_wraps_the_last_user_message(placeholder: str) -> None:
    asked = query(("user", "a"), ("bot", "b"), ("user", "a fox"))
    assert rendered(f"Draw {placeholder}, {placeholder}!", asked) == [
        ("user", "a"),
        ("bot", "b"),
        ("user", "Draw a fox, a fox!"),
    ]


def test_parameters_are_filled_in_as_text() -> None:
    asked = query(("user", "x"), style="oil", steps=3, ratio=1.5, hires=True, tags=["a"])
    prompt = "{{style}} {{steps}} {{ratio}} {{hires}} {{tags}} {{unknown}} {style} {{ style }}"
    assert rendered(prompt, asked)[0] == ("system", 'oil 3 1.5 true ["a"] {{unknown}} {style} {{ style }}')


def test_what_is_filled_in_is_not_interpreted_again() -> None:
    asked = query(("user", "{{style}} {user_prompt}"), style="{user_prompt} {{style}}")
    assert rendered("{{style}} | {user_prompt}", asked) == [
        ("user", "{user_prompt} {{style}} | {{style}} {user_prompt}")
    ]


def test_own_parameters_are_not_passed_on() -> None:
    passed = render_prompt(prompt_bot("x"), query(("user", "a"), own=1, other=2), own_parameters={"own"})
    assert passed.query[-1].parameters == {"other": 2}


def test_a_query_without_a_user_message_keeps_the_placeholder() -> None:
    assert rendered("{user_prompt}", query(("bot", "a"))) == [("system", "{user_prompt}"), ("bot", "a")]


@given(prompt=texts.filter(lambda text: "{" not in text and text), content=texts, value=texts)
def test_a_prompt_without_placeholders_changes_no_message(prompt: str, content: str, value: str) -> None:
    asked = query(("user", content), a=value)
    assert rendered(prompt, asked) == [("system", prompt), ("user", content)]


@given(before=texts, after=texts, content=texts)
def test_a_wrapped_message_stands_whole_between_the_words_of_the_prompt(before: str, after: str, content: str) -> None:
    before, after = before.replace("{", ""), after.replace("}", "")
    assert rendered(f"{before}{{user_prompt}}{after}", query(("user", content)))[-1] == (
        "user",
        f"{before}{content}{after}",
    )


def chain(*bots: Bot) -> list[str]:
    names = {bot.name: bot for bot in bots}
    return [bot.name for bot in base_chain(bots[0], lambda bot: names.get(bot.base_bot or ""))]


def server(name: str) -> Bot:
    return Bot("bot-2", name, "server", "p-1", NOW)


def test_a_chain_of_prompt_bots_ends_at_another_kind() -> None:
    assert chain(prompt_bot("x", "A", "B"), prompt_bot("x", "B", "C"), server("C")) == ["B", "C"]
    assert chain(server("C")) == []


@pytest.mark.parametrize(
    ("bots", "code"),
    [
        ([prompt_bot("x", "A", "A")], "base_is_itself"),
        ([prompt_bot("x", "A", "B"), prompt_bot("x", "B", "A")], "base_cycle"),
        ([prompt_bot("x", "A", "B"), prompt_bot("x", "B", "C"), prompt_bot("x", "C", "B")], "base_cycle"),
        ([prompt_bot("secret", "A", "B")], "base_gone"),
        ([prompt_bot("secret", "A", "B"), prompt_bot("secret", "B", "C")], "base_gone"),
    ],
)
def test_a_chain_that_ends_nowhere_is_refused_without_the_prompt(bots: list[Bot], code: str) -> None:
    with pytest.raises(BaseTrouble) as caught:
        chain(*bots)
    assert caught.value.code == code
    assert "secret" not in caught.value.clause
