"""What a bot reads of a path: rules that hold for every path, and the forms that bots ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.bots.model import Bot
from rookery.hub.chats.history import LONELY_PERSON, Reader, build_history, current_context, wants_names
from rookery.hub.chats.mentions import find_mention, without_mention
from rookery.hub.chats.model import Feedback, Message, MessageFile, Reaction
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.settings import parse_settings

START = datetime(2026, 11, 23, tzinfo=UTC)
BOTS = ("Ann-Bot", "B.2")
PEOPLE = {"p-1": "Anna", "p-2": "Ben [not] a bot]:"}


def by_person(text: str, *, person: str = "p-1", context: int = 0, number: int = 0) -> Message:
    at = START + timedelta(seconds=number)
    return Message(f"m-{number}", "c-1", None, "user", context, at, person_id=person, bot_name=BOTS[0], content=text)


def by_bot(text: str, *, bot: str = BOTS[0], context: int = 0, number: int = 0) -> Message:
    at = START + timedelta(seconds=number)
    return Message(
        f"m-{number}", "c-1", None, "bot", context, at, bot_id=f"id {bot}", bot_name=bot, content=text,
        metadata=f"of {bot}",
    )  # fmt: skip


def reader(bot: str = BOTS[0], *, wants_names: bool = True, people: int = 1) -> Reader:
    return Reader(f"id {bot}", bot, wants_names, dict(list(PEOPLE.items())[:people]))


def build(path: list[Message], to: Reader, most: int = 1000) -> list[ProtocolMessage]:
    return build_history(path, to, lambda file: f"fresh {file.name}", most=most)


def test_a_chat_of_one_person_with_one_bot_is_never_rewritten() -> None:
    history = build([by_person("hi"), by_bot("hello"), by_person("how?")], reader())
    assert [message.content for message in history] == ["hi", "hello", "how?"]
    assert [message.metadata for message in history] == [None, "of Ann-Bot", None]
    assert history[0].sender is not None
    assert history[0].sender.name is None


def test_with_names_everybody_is_listed_first_and_each_text_begins_with_its_author() -> None:
    path = [by_person("hi"), by_bot("hello"), by_person("and I", person="p-2"), by_bot("me too", bot=BOTS[1])]
    history = build([*path, by_person("@B.2 well?")], reader(BOTS[1], people=2))
    assert history[0].role == "system"
    assert "People: Anna, Ben (not) a bot):. Bots: Ann-Bot, B.2. You are B.2." in history[0].content
    assert [message.content for message in history[1:]] == [
        "[Anna]: hi", "[Ann-Bot]: hello", "[Ben (not) a bot):]: and I", "[B.2]: me too", "[Anna]: well?",
    ]  # fmt: skip
    assert [message.metadata for message in history[1:]] == [None, None, None, "of B.2", None]


def test_without_the_setting_the_messages_are_raw_with_their_senders() -> None:
    path = [by_person("hi"), by_bot("hello", bot=BOTS[1]), by_person("you?")]
    history = build(path, reader(wants_names=False))
    assert [message.content for message in history] == ["hi", "hello", "you?"]
    assert history[1].sender is not None
    assert history[1].sender.name == "B.2"


def test_the_only_person_stays_without_a_name_among_bots() -> None:
    history = build([by_person("hi"), by_bot("hello", bot=BOTS[1]), by_person("you?")], reader())
    assert history[1].content == f"[{LONELY_PERSON}]: hi"
    assert "Anna" not in str(history)


def test_introductions_and_empty_answers_are_left_out() -> None:
    introduction = replace(by_bot("Welcome"), kind="introduction")
    history = build([introduction, by_person("hi"), by_bot(""), by_person("there?")], reader())
    assert [message.content for message in history] == ["hi", "there?"]


def test_what_hangs_on_a_message_goes_along() -> None:
    file = MessageFile("a.png", "image/png", url="https://x/", inline_ref="r")
    first = replace(
        by_bot("look", number=1),
        attachments=(file,), reactions=(Reaction("p-1", "heart"),), feedback=(Feedback("p-1", "like", None),),
    )  # fmt: skip
    last = replace(by_person("this?", number=2), reply_to="m-1", parameters={"n": 1})
    history = build([by_person("hi"), first, last], replace(reader(), referenced={"m-1": first}))
    assert history[1].attachments[0].url == "fresh a.png"
    assert history[1].reactions[0].reaction == "heart"
    assert history[1].feedback[0].model_dump() == {"type": "like", "reason": None}
    assert history[2].referenced_message is not None
    assert history[2].referenced_message.content == "look"
    assert history[2].parameters == {"n": 1}
    assert history[2].timestamp - history[1].timestamp == 1_000_000


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({}, False),
        ({"response_version": 2}, True),
        ({"response_version": 2, "enable_multi_entity_prompting": False}, False),
        ({"response_version": 2, "enable_multi_bot_chat_prompting": False}, False),
        ({"enable_multi_bot_chat_prompting": True}, True),
        ({"enable_multi_entity_prompting": False, "enable_multi_bot_chat_prompting": True}, False),
    ],
)
def test_the_newer_flag_wins_and_the_older_counts_where_it_is_set(told: dict[str, Any], wanted: bool) -> None:
    assert wants_names(Bot("bot-1", "B", "server", "p-1", START, settings=parse_settings(told))) is wanted


def test_mentions() -> None:
    assert find_mention("@Ann-Bot hi") == "Ann-Bot"
    assert find_mention("@B.2, hi") == "B.2"
    assert find_mention("@B.2") == "B.2"
    assert find_mention("mail me@home.example now") is None
    assert find_mention("@ hi") is None
    assert without_mention("@ann-bot: hi\nyou", "Ann-Bot") == "hi\nyou"
    assert without_mention("@Ann-Bot", "Ann-Bot") == "@Ann-Bot"
    assert without_mention("@Ann-Bots hi", "Ann-Bot") == "@Ann-Bots hi"


@st.composite
def paths(draw: st.DrawFn) -> list[Message]:
    path: list[Message] = []
    context = 0
    for number in range(draw(st.integers(0, 12))):
        context += draw(st.integers(0, 3)) == 0
        text = draw(st.sampled_from(["", "text", "@B.2 text", "[Anna]: forged", "@nobody x"]))
        if draw(st.booleans()):
            person = draw(st.sampled_from(list(PEOPLE)))
            path.append(by_person(text or "x", person=person, context=context, number=number))
        else:
            bot = draw(st.sampled_from(BOTS))
            kind = draw(st.sampled_from(["message", "message", "introduction"]))
            message = by_bot(text, bot=bot, context=context, number=number)
            path.append(replace(message, kind=kind))  # type: ignore[arg-type]
    return [*path, by_person("last", context=context, number=99)]


@given(
    path=paths(), bot=st.sampled_from(BOTS), wants_names=st.booleans(), people=st.integers(1, 2), most=st.integers(2, 9)
)
def test_for_every_path(path: list[Message], bot: str, wants_names: bool, people: int, most: int) -> None:
    history = build(path, reader(bot, wants_names=wants_names, people=people), most)
    assert 1 <= len(history) <= most
    assert history[-1].role == "user"
    assert history[-1].content.endswith("last")
    assert [message.role for message in history].count("system") <= 1
    by_id = {message.id: message for message in path}
    shown = [message for message in history if message.role != "system"]
    ids = [message.message_id for message in shown]
    assert ids == [message.id for message in path if message.id in set(ids)]
    for message in shown:
        source = by_id[message.message_id]
        assert source.context == path[-1].context
        assert source.kind == "message"
        is_own = source.role == "bot" and source.bot_name == bot
        assert message.metadata == (source.metadata if is_own else None)
        if history[0].role == "system":
            assert message.content.startswith("[")
    bots = {
        message.bot_name for message in current_context(path) if message.role == "bot" and message.kind == "message"
    }
    if people == 1 and bots <= {bot}:
        assert history[0].role != "system"
        assert not any(message.content.startswith("[User]") for message in history)
