"""What holds for every stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rookery.hub.standins.catalogue import STAND_INS, UnknownRule, find_stand_in
from rookery.hub.standins.model import CANNOT_READ_FILES, AnyStandIn, MakingStandIn, last_user_message
from rookery.hub.standins.registration import stand_in_draft
from rookery.hub.standins.scripted import ScriptedStandIn
from rookery.protocol.controls import AspectRatio, DropDown, Slider
from rookery.protocol.encoding import encode_events
from rookery.protocol.events import DoneEvent, MetaEvent, TextEvent
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.reading import ReplyReader
from rookery.protocol.reduce import reduce_events
from rookery.protocol.settings import parse_settings

from .asking import ask, find_speaking, message, query

TALKERS = ["echo", "eliza"]
SPEAKERS = [*TALKERS, "suggest", "tools"]
MAKERS = ["picture", "sound", "video", "vision"]
RULES = sorted(SPEAKERS + MAKERS)
ALL: list[AnyStandIn] = [*(find_stand_in(rule) for rule in RULES), ScriptedStandIn([])]
LONG = "my model and I " * 200_000

texts = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            *("I", "you", "me", "my", "your", "am", "are", "model", "mother", "remember", "if", "because", "not"),
            *("don't", ",", ".", "!", "?", ";", "```", "{", "}", "\n", "😀", "é", "漢"),
        ]
    ),
    max_size=60,
).map(" ".join)
messages = st.builds(
    message, texts, role=st.sampled_from(["user", "user", "bot", "system", "tool"]), files=st.integers(0, 2)
)


def test_these_are_all_rules() -> None:
    assert sorted(STAND_INS) == RULES
    assert [rule for rule in RULES if isinstance(find_stand_in(rule), MakingStandIn)] == MAKERS


@pytest.mark.parametrize("rule", RULES)
def test_a_stand_in_is_found_by_its_rule(rule: str) -> None:
    assert find_stand_in(rule).rule == rule


@pytest.mark.parametrize("rule", ["", "ELIZA", "gpt", "x" * 10_000])
def test_an_unknown_rule_is_refused_with_those_there_are(rule: str) -> None:
    with pytest.raises(UnknownRule, match=rf"^there is no stand-in '.{{0,100}}'; there are: {', '.join(RULES)}$"):
        find_stand_in(rule)


@pytest.mark.parametrize("stand_in", ALL, ids=lambda stand_in: stand_in.rule)
def test_a_stand_in_says_plainly_that_it_is_no_language_model(stand_in: AnyStandIn) -> None:
    assert stand_in.description.startswith("A rule-based stand-in")
    assert stand_in.description.endswith("Not a language model.")
    for introduction in (stand_in.introduction, stand_in.introduction_for("GPT-3.5-Turbo")):
        assert "rule-based stand-in" in introduction
        assert "not a language model" in introduction
        assert parse_settings({"introduction_message": introduction})


@pytest.mark.parametrize("rule", RULES)
def test_a_stand_in_is_registered_with_settings_that_the_hub_would_take_from_a_bot(rule: str) -> None:
    settings = stand_in_draft("GPT-3.5-Turbo", rule).settings
    assert settings is not None
    assert parse_settings(settings.model_dump(mode="json")) == settings
    assert settings.introduction_message == find_stand_in(rule).introduction_for("GPT-3.5-Turbo")


@pytest.mark.parametrize("stand_in", ALL, ids=lambda stand_in: stand_in.rule)
def test_the_introduction_names_the_bot_that_it_stands_for(stand_in: AnyStandIn) -> None:
    assert stand_in.introduction_for("GPT-3.5-Turbo").startswith("No model is connected as GPT-3.5-Turbo. ")
    assert stand_in.introduction_for("GPT-3.5-Turbo").endswith(stand_in.introduction)


@pytest.mark.parametrize("rule", SPEAKERS)
def test_an_answer_begins_with_meta_speaks_and_ends_with_done(rule: str) -> None:
    first, *pieces, last = find_speaking(rule).answer(query("hello there"))
    assert first == MetaEvent("text/plain")
    assert pieces
    assert all(type(piece) is TextEvent for piece in pieces)
    assert last == DoneEvent()


@pytest.mark.parametrize("rule", TALKERS)
def test_files_are_said_to_be_unreadable(rule: str) -> None:
    stand_in = find_speaking(rule)
    for text in ("", "What is in this file?"):
        assert CANNOT_READ_FILES in ask(stand_in, message(text, files=1))
        assert ask(stand_in, message(text, files=3)).count(CANNOT_READ_FILES) == 1
    assert CANNOT_READ_FILES not in ask(stand_in, message("Look!", files=1), message("ok", role="bot"), "and now?")


@pytest.mark.parametrize("rule", SPEAKERS)
def test_a_very_long_message_gets_a_bounded_answer(rule: str) -> None:
    events = list(find_speaking(rule).answer(query(LONG)))
    assert len(events) <= 202
    assert len(reduce_events(events).text) < 21_000


@pytest.mark.parametrize("rule", SPEAKERS)
@pytest.mark.parametrize(
    "history",
    [
        [],
        [message("You are a pirate.", role="system")],
        [message("hello", role="bot")],
        [message("[]", role="tool")],
        [message("")],
        [message(" \n\t ")],
        [message("\x00")],
    ],
)
def test_a_query_without_any_words_still_gets_an_answer(rule: str, history: list[dict[str, object]]) -> None:
    assert ask(find_speaking(rule), *history).strip()


def test_the_message_to_answer_is_the_last_one_of_a_person() -> None:
    asked = query("first", message("a", role="bot"), "second", message("b", role="bot"), message("c", role="tool"))
    assert last_user_message(asked).content == "second"
    assert last_user_message(query(message("a", role="bot"))) == ProtocolMessage(role="user", content="")


@pytest.mark.parametrize("rule", SPEAKERS)
@given(history=st.lists(messages, max_size=8))
@example(history=[message("{1} {2} {3}")])
@example(history=[message("my {9}"), message("zzz")])
@example(history=[message("I am \\1 \\g<2>")])
def test_any_conversation_gets_a_bounded_answer_and_always_the_same(
    rule: str, history: list[dict[str, object]]
) -> None:
    stand_in = find_speaking(rule)
    events = list(stand_in.answer(query(*history)))
    reply = reduce_events(events)
    assert reply.text.strip()
    assert reply.is_done
    assert len(reply.text) < 2_000
    assert "".join(event.text for event in events if isinstance(event, TextEvent)) == reply.text
    assert list(stand_in.answer(query(*history))) == events
    assert list(find_speaking(rule).answer(query(*history))) == events


@pytest.mark.parametrize("rule", SPEAKERS)
@given(history=st.lists(messages, max_size=3))
def test_an_answer_arrives_over_the_wire_without_any_complaint(rule: str, history: list[dict[str, object]]) -> None:
    events = list(find_speaking(rule).answer(query(*history)))
    reader = ReplyReader()
    reader.feed(encode_events(events))
    assert (reader.fault, reader.problems) == (None, [])
    assert reader.builder.reply() == reduce_events(events)


def test_the_documentation_names_every_rule_with_its_parameters() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "stand-ins.md").read_text()
    rows = {line.split("|")[1].strip().strip("`"): line for line in page.splitlines() if line.startswith("| `")}
    for rule in RULES:
        controls = find_stand_in(rule).settings.parameter_controls
        named = [
            control.parameter_name
            for section in (controls.sections if controls else [])
            for control in section.controls or []
            if isinstance(control, DropDown | AspectRatio | Slider)
        ]
        assert rows[rule].split("|")[3].strip() == ", ".join(f"`{name}`" for name in named)
