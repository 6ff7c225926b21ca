"""How ELIZA reads: words and clauses, patterns, and pronouns turned round. What she says is in `eliza_script`.

    "My boss isn't kind, you know."  ──split_clauses──►  [[My boss is not kind] [you know]]
    [My boss is not kind]  ──match_rule("* my *")──►  [[] [boss is not kind]]
    [you told me]  ──reflect──►  "I told you"

A pattern is a row of words, `*` (any number of words) and `@group` (one word of a group of synonyms). What stands for
`*` and `@group` are its parts, counted from 1; an answer names them as `{1}`, `{2}`, …
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

READ_CHARACTERS = 1_000
"""How much of a message is read."""
CLAUSE_WORDS = 40
WORD_CHARACTERS = 40
PART_WORDS = 14
"""How much of a part is repeated in an answer."""

Words = list[str]
Groups = Mapping[str, frozenset[str]]

_CLAUSE_END = re.compile(r"[.!?;:,]+(?=\s|$)|[\n()\[\]\"“”„«»…–—]+|\bbut\b", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['.\-]\w+)*")
_PART = re.compile(r"\{(\d)\}")

_CONTRACTIONS: Mapping[str, str] = {
    "i'm": "I am",
    "im": "I am",
    "i've": "I have",
    "i'd": "I would",
    "i'll": "I will",
    "you're": "you are",
    "you've": "you have",
    "you'd": "you would",
    "you'll": "you will",
    "he's": "he is",
    "she's": "she is",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "what's": "what is",
    "who's": "who is",
    "where's": "where is",
    "how's": "how is",
    "we're": "we are",
    "they're": "they are",
    "can't": "cannot",
    "cant": "cannot",
    "couldn't": "could not",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "didn't": "did not",
    "isn't": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "won't": "will not",
    "wouldn't": "would not",
    "shouldn't": "should not",
    "haven't": "have not",
    "hasn't": "has not",
    "gonna": "going to",
    "wanna": "want to",
}

_REFLECTED_PAIRS: Mapping[tuple[str, str], str] = {
    ("i", "am"): "you are",
    ("am", "i"): "are you",
    ("i", "was"): "you were",
    ("was", "i"): "were you",
    ("you", "are"): "I am",
    ("are", "you"): "am I",
    ("you", "were"): "I was",
    ("were", "you"): "was I",
}
_REFLECTED: Mapping[str, str] = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "am": "are",
}
_BEFORE_OBJECT = frozenset(
    [
        "about",
        "after",
        "against",
        "around",
        "at",
        "before",
        "behind",
        "by",
        "for",
        "from",
        "in",
        "into",
        "like",
        "near",
        "of",
        "on",
        "over",
        "than",
        "to",
        "toward",
        "towards",
        "under",
        "upon",
        "with",
        "without",
        "ask",
        "asked",
        "believe",
        "call",
        "called",
        "give",
        "gave",
        "hate",
        "hear",
        "heard",
        "help",
        "helped",
        "know",
        "knew",
        "let",
        "love",
        "make",
        "made",
        "meet",
        "met",
        "miss",
        "need",
        "see",
        "saw",
        "show",
        "tell",
        "told",
        "thank",
        "trust",
        "understand",
        "want",
    ]
)
"""Words after which `you` is an object and becomes `me`, as it does at the end; elsewhere it becomes `I`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and the answers that take turns when it fits; it fits only if every named part has words."""

    segments: tuple[tuple[str, ...], ...]
    """The words between one `*` and the next; empty ones at an end where the pattern has a `*` there."""
    answers: tuple[str, ...]
    needs: frozenset[int]
    """Parts that the answers name."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """Words that lead to rules; of the keywords in a message the one of the highest rank is tried first."""

    words: tuple[str, ...]
    rank: int
    rules: tuple[Rule, ...]


def rule(pattern: str, *answers: str) -> Rule:
    """Builds a rule from its written form."""
    needs = frozenset(int(number) for answer in answers for number in _PART.findall(answer))
    segments = tuple(tuple(segment.split()) for segment in pattern.split("*"))
    return Rule(segments, answers, needs)


def keyword(words: str, rank: int, *rules: Rule) -> Keyword:
    """Builds a keyword from its written form."""
    return Keyword(tuple(words.split()), rank, rules)


def split_clauses(text: str) -> list[Words]:
    """Gives the words of each clause, contractions written out; clauses without words are left out."""
    read = text[:READ_CHARACTERS].replace("’", "'")
    clauses = [_split_words(clause) for clause in _CLAUSE_END.split(read)]
    return [clause for clause in clauses if clause]


def _split_words(clause: str) -> Words:
    words: Words = []
    for word in _WORD.findall(clause):
        words += _CONTRACTIONS.get(word.lower(), word[:WORD_CHARACTERS]).split()
        if len(words) >= CLAUSE_WORDS:
            break
    return words


def match_rule(tried: Rule, words: Words, groups: Groups) -> list[Words] | None:
    """Gives the words of each part, or None when the rule does not fit.

    Each `*` takes as few words as it can; so one pass over the words is enough, however many `*` there are.
    """
    first, *others = tried.segments
    if not _fits(first, words, 0, groups) or (not others and len(first) != len(words)):
        return None
    parts = _group_words(first, words, 0)
    place = len(first)
    for number, segment in enumerate(others, start=1):
        end = len(words) - len(segment)
        earliest = end if number == len(others) else place  # the last one stands at the end of the clause
        start = next((at for at in range(max(earliest, place), end + 1) if _fits(segment, words, at, groups)), None)
        if start is None:
            return None
        parts += [words[place:start], *_group_words(segment, words, start)]
        place = start + len(segment)
    return parts if all(parts[part - 1] for part in tried.needs) else None


def _fits(segment: tuple[str, ...], words: Words, place: int, groups: Groups) -> bool:
    return len(words) - place >= len(segment) and all(
        word.lower() in groups[wanted[1:]] if wanted.startswith("@") else word.lower() == wanted
        for wanted, word in zip(segment, words[place:], strict=False)
    )


def _group_words(segment: tuple[str, ...], words: Words, place: int) -> list[Words]:
    return [[words[place + offset].lower()] for offset, wanted in enumerate(segment) if wanted.startswith("@")]


def reflect(words: Words) -> str:
    """Gives the words as said from the other side: I becomes you, your becomes my."""
    said: list[str] = []
    place = 0
    while place < len(words):
        pair = _REFLECTED_PAIRS.get((words[place].lower(), words[place + 1].lower() if place + 1 < len(words) else ""))
        said.append(pair if pair is not None else _reflect_word(words, place))
        place += 1 if pair is None else 2
    return " ".join(said)


def _reflect_word(words: Words, place: int) -> str:
    word = words[place].lower()
    if word == "you":
        before = words[place - 1].lower() if place else ""
        after = words[place + 1].lower() if place + 1 < len(words) else "and"
        return "me" if before in _BEFORE_OBJECT or after in ("and", "or") else "I"
    return _REFLECTED.get(word, words[place])


def fill_answer(answer: str, parts: list[Words]) -> str:
    """Puts the parts, seen from the other side, into an answer; long ones are cut."""

    def shown(named: re.Match[str]) -> str:
        part = parts[int(named[1]) - 1]
        return reflect(part[:PART_WORDS]) + (" …" if len(part) > PART_WORDS else "")

    return _PART.sub(shown, answer)


def index_keywords(keywords: Iterable[Keyword]) -> Mapping[str, Keyword]:
    """Gives the keyword of each word. Raises ValueError when two share one."""
    index: dict[str, Keyword] = {}
    for entry in keywords:
        for word in entry.words:
            if index.setdefault(word, entry) is not entry:
                raise ValueError(f"two keywords share the word '{word}'")
    return index
