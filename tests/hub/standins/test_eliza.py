"""ELIZA: how she reads, what she keeps, how she answers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins import eliza_script as script
from rookery.hub.standins.eliza import ANSWER_CHARACTERS, REPLAYED_MESSAGES, ElizaStandIn
from rookery.hub.standins.eliza_grammar import (
    CLAUSE_WORDS,
    READ_CHARACTERS,
    WORD_CHARACTERS,
    Words,
    fill_answer,
    index_keywords,
    keyword,
    match_rule,
    reflect,
    rule,
    split_clauses,
)

from .asking import ask, converse, message

ELIZA = ElizaStandIn()
GROUPS = {"family": frozenset({"mother", "father"})}


def match(pattern: str, text: str) -> list[str] | None:
    parts = match_rule(rule(pattern), text.split(), GROUPS)
    return None if parts is None else [" ".join(part) for part in parts]


def later(*texts: str) -> str:
    """The last answer of a conversation in which she has already said what she is."""
    return converse(ELIZA, "hello", *texts)[-1]


# How she reads


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("My boss isn't kind, you know.", [["My", "boss", "is", "not", "kind"], ["you", "know"]]),
        ("I’m fine but tired", [["I", "am", "fine"], ["tired"]]),
        ("GPT-3.5-Turbo costs 1.5 cents!", [["GPT-3.5-Turbo", "costs", "1.5", "cents"]]),
        ("one\ntwo; three: (four)", [["one"], ["two"], ["three"], ["four"]]),
        ("…!?", []),
        ("", []),
    ],
)
def test_a_message_is_read_clause_by_clause_with_contractions_written_out(text: str, clauses: list[Words]) -> None:
    assert split_clauses(text) == clauses


@pytest.mark.parametrize(
    ("pattern", "text", "parts"),
    [
        ("*", "", [""]),
        ("*", "anything at all", ["anything at all"]),
        ("* my *", "I lost my keys", ["I lost", "keys"]),
        ("* my *", "my keys", ["", "keys"]),
        ("* my *", "my my keys", ["", "my keys"]),
        ("* my *", "keys", None),
        ("good *", "good morning", ["morning"]),
        ("good *", "a good morning", None),
        ("* not work", "it does not work", ["it does"]),
        ("* not work", "it does not work today", None),
        ("* not *", "not not", ["", "not"]),
        ("hello", "Hello", []),
        ("hello", "hello you", None),
        ("* my @family *", "then My Mother left", ["then", "mother", "left"]),
        ("* my @family *", "my my father", ["my", "father", ""]),
        ("* my @family *", "my sister left", None),
        ("* @family and @family *", "mother and father", ["", "mother", "father", ""]),
    ],
)
def test_a_pattern_takes_words_apart(pattern: str, text: str, parts: list[str] | None) -> None:
    assert match(pattern, text) == parts


def test_a_rule_fits_only_if_the_parts_it_names_have_words() -> None:
    needy = rule("* my *", "Your {2}?")
    assert match_rule(needy, ["my"], GROUPS) is None
    assert match_rule(needy, ["my", "keys"], GROUPS) == [[], ["keys"]]


words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=8)


@given(st.lists(st.sampled_from(["*", "a", "b"]), min_size=1, max_size=6), words)
def test_a_pattern_fits_exactly_where_a_regular_expression_would(pattern: list[str], text: list[str]) -> None:
    expression = "".join("(.*?)" if token == "*" else token for token in pattern)
    found = re.fullmatch(expression, "".join(text))
    parts = match_rule(rule(" ".join(pattern)), text, {})
    assert (parts is None) is (found is None)
    if parts is not None and found is not None:
        assert ["".join(part) for part in parts] == list(found.groups())


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("my keys", "your keys"),
        ("Your keys", "my keys"),
        ("I am sure", "you are sure"),
        ("you are sure", "I am sure"),
        ("you were there", "I was there"),
        ("was I there", "were you there"),
        ("you told me", "I told you"),
        ("they told you", "they told me"),
        ("gave it to you yesterday", "gave it to me yesterday"),
        ("you and me", "me and you"),
        ("what you see", "what I see"),
        ("myself and yourself", "yourself and myself"),
        ("mine not yours", "yours not mine"),
        ("Berlin", "Berlin"),
        ("", ""),
    ],
)
def test_pronouns_are_turned_round(said: str, heard: str) -> None:
    assert reflect(said.split()) == heard


def test_an_answer_repeats_parts_from_the_other_side() -> None:
    assert fill_answer("Why {2}, not {1}?", [["my", "cat"], ["your", "dog"]]) == "Why my dog, not your cat?"


def test_a_part_that_looks_like_a_part_is_not_filled_again() -> None:
    assert fill_answer("Why {1}?", [["{1}", r"\1"]]) == r"Why {1} \1?"


def test_a_long_part_is_cut() -> None:
    assert fill_answer("{1}", [["x"] * 15]) == " ".join(["x"] * 14) + " …"


def test_what_is_read_is_bounded() -> None:
    [clause] = split_clauses("word " * READ_CHARACTERS)
    assert len(clause) == CLAUSE_WORDS
    assert split_clauses("x" * 500) == [["x" * WORD_CHARACTERS]]
    assert sum(len(clause) for clause in split_clauses("a, " * 10_000)) < READ_CHARACTERS


def test_two_keywords_cannot_share_a_word() -> None:
    with pytest.raises(ValueError, match="share the word 'cat'"):
        index_keywords([keyword("cat dog", 1, rule("*", "a")), keyword("cat", 2, rule("*", "b"))])


# Her script


def test_the_script_has_about_forty_keywords_that_can_be_answered() -> None:
    assert 35 <= len(script.KEYWORDS) <= 60
    assert index_keywords(script.KEYWORDS)
    rules = [tried for entry in script.KEYWORDS for tried in entry.rules]
    assert all(tried.answers for tried in rules)
    for tried in [*rules, script.MEMORY]:
        tokens = [token for segment in tried.segments for token in segment]
        parts = len(tried.segments) - 1 + sum(token.startswith("@") for token in tokens)
        assert all(1 <= part <= parts for part in tried.needs)
        assert all(token[1:] in script.GROUPS for token in tokens if token.startswith("@"))


def test_every_keyword_leads_to_its_own_answers() -> None:
    for entry in script.KEYWORDS:
        possible = [answer.split("{")[0] for tried in entry.rules for answer in tried.answers]
        for word in entry.words:
            tries = (f"{word}", f"{word} x", f"my {word} x", f"good {word}", f"I {word} x")
            answers = [ask(ELIZA, text) for text in tries]
            assert any(answer.startswith(start) for answer in answers for start in possible if start), word


# What she answers


def test_the_first_answer_says_once_that_no_model_is_connected() -> None:
    first, *others = converse(ELIZA, "hello", "hello", "what?", "My dog is ill.", "")
    assert first == f"Hello! What shall we talk about? {script.STAND_IN_NOTE}"
    assert "no language model is connected under this name" in script.STAND_IN_NOTE
    assert "owner can add one" in script.STAND_IN_NOTE
    assert not any(script.STAND_IN_NOTE in answer for answer in others)


def test_the_keyword_of_the_highest_rank_is_answered() -> None:
    assert "model" in later("yes, because I think that my mother is a model")
    assert later("yes, my mother") == "What is the first thing that comes to mind about your mother?"


def test_of_equal_ranks_the_earlier_word_is_answered() -> None:
    assert later("yes no") == "Good. And what follows from it?"
    assert later("no yes") == "Not at all?"


def test_the_next_keyword_is_tried_when_no_rule_fits() -> None:
    assert later("no, this morning") == "Not at all?"


def test_answers_of_a_rule_take_turns_and_start_again() -> None:
    answers = converse(ELIZA, "hello", *["no"] * 4)[1:]
    assert answers == ["Not at all?", "Then what, if not that?", "A clear no. Where does it come from?", "Not at all?"]


def test_where_the_turns_stand_follows_from_the_query_alone() -> None:
    converse(ELIZA, *["no"] * 7)
    assert ask(ELIZA, "no", message("?", role="bot"), "no") == "Then what, if not that?"
    assert ask(ElizaStandIn(), "no", message("?", role="bot"), "no") == "Then what, if not that?"


def test_what_bots_said_does_not_move_the_turns() -> None:
    assert ask(ELIZA, "no", message("no no no", role="bot"), message("no", role="system"), "no") == (
        "Then what, if not that?"
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("I'm sad", "What made you sad?"),
        ("Well, I am your biggest fan!", "How long have you been my biggest fan?"),
        ("I want to sleep", "What would change if you got to sleep?"),
        ("I need you to listen", "Suppose I could listen. What then?"),
        ("Are you angry with me?", "If I were angry with you, would anything change?"),
        ("Why don't you answer me?", "Would you want me to answer you?"),
        ("i cannot find my glasses", "Your glasses, you say?"),
        ("You are wonderful", "So I am wonderful. What gave it away?"),
        ("can you write me a poem?", "To write is beyond my rules. What would you do with the result?"),
        ("What is your name?", "I go by ELIZA, though I answer under somebody else's name here."),
        ("it doesn't work", "What does it do instead?"),
        ("If it rains, I stay.", "How likely is it that it rains?"),
        ("Which model are you?", "No model is speaking here. I am a list of patterns with an answer beside each."),
        ("xyzzy", "Go on, I am listening."),
    ],
)
def test_she_turns_sentences_round(text: str, answer: str) -> None:
    assert later(text) == answer


def test_she_comes_back_to_what_was_said_when_nothing_else_fits() -> None:
    answers = converse(ELIZA, "hello", "My keys are gone", "My hat too", "xyzzy", "xyzzy", "xyzzy")
    assert answers[3:] == [
        "Earlier you mentioned this: your keys are gone. Does it belong here?",
        "I am still at something you said before: your hat too.",
        "Go on, I am listening.",
    ]


@pytest.mark.parametrize(
    ("texts", "answers"),
    [
        (["", "  \n"], script.EMPTY),
        (["123 456", "🙂🙂", "?!"], script.WORDLESS),
        (["Привет, как дела?", "你好"], script.OTHER_SCRIPT),
        (["```\nprint(1)\n```", "def f(x):\n    return x", "int main() {\n}"], script.CODE),
    ],
)
def test_what_she_cannot_read_has_answers_of_its_own(texts: list[str], answers: tuple[str, ...]) -> None:
    for text in texts:
        assert later(text) == answers[0]
    assert later(*texts[:2]) == answers[1]


@pytest.mark.parametrize(
    "text", ["let me tell you; it was fine", "class is boring", "I import tea from Japan", "2 < 3"]
)
def test_ordinary_sentences_are_not_taken_for_code(text: str) -> None:
    assert later(text) not in script.CODE


def test_a_file_is_answered_with_the_text_beside_it_or_a_question() -> None:
    hello = [message("hi"), message("hello", role="bot")]
    assert ask(ELIZA, *hello, message("no", files=1)) == "I can't read files: I am a stand-in. Not at all?"
    assert ask(ELIZA, *hello, message("", files=1)) == ("I can't read files: I am a stand-in. What would I find in it?")


def test_only_the_newest_messages_are_replayed() -> None:
    old = ["no"] * (REPLAYED_MESSAGES - 1)
    assert ask(ELIZA, *old, "no") == ask(ELIZA, *["yes"] * 100, *old, "no")


def test_a_long_and_hostile_history_costs_little() -> None:
    wall = "i you can do want like my " * 1_000
    assert ask(ELIZA, *[wall] * 1_000)
    assert ask(ELIZA, *["\n" * 10_000 + "x"] * 1_000)
    assert ask(ELIZA, *["<a\n" * 10_000] * 1_000)


@given(st.lists(st.text(alphabet="my iyou.,ae{}12'", max_size=80), min_size=1, max_size=6))
def test_no_answer_is_longer_than_promised(texts: list[str]) -> None:
    assert 0 < len(ask(ELIZA, *texts)) <= ANSWER_CHARACTERS


def test_the_longest_words_do_not_make_a_longer_answer() -> None:
    assert len(ask(ELIZA, "I am " + ("x" * 100 + " ") * 100)) <= ANSWER_CHARACTERS
