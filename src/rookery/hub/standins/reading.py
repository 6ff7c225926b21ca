"""What a message holds that can fill an argument or choose a tool: words, numbers, quoted texts, names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

READ_CHARACTERS = 2_000
"""How much of a message is read."""

_WORD = re.compile(r"[^\W_]+")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W_A-Za-z]+")
_QUOTED = re.compile(r"\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|(?<!\w)'([^'\n]{1,300})'(?!\w)|`([^`\n]{1,300})`")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d{1,15}(?:\.\d{1,10})?(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_TOKEN = re.compile(r"[^\W_][\w'’-]*|[^\w\s]")
_SENTENCE = re.compile(r"[.!?:;\n]+(?:\s+|$)")
_CLAUSE = re.compile(r"\s*(?:[,;.!?]\s+|\b(?:and|then|also|und|et|y)\b)+\s*", re.IGNORECASE)

_STOP_WORDS = """a about all also am an and any are as at be by can could do does for from get give has have he her
here him his how i if in into is it its just like let me my need no not of on one or our please she
show so some tell than that the their them then there these they this to today tomorrow up us use
using want was we were what when where which who why will with would you your s t re ll ve d m"""
_VERBS = """add ask book calculate check compute convert create draw fetch find look make multiply play search send set
sum turn"""

STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that choose nothing."""
_OPENERS = STOP_WORDS | frozenset(_VERBS.split())
"""Words whose capital letter only says that a sentence begins."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message, taken apart."""

    text: str
    words: tuple[str, ...]
    """Lower case, without stop words, in the form that is compared (`stem`)."""
    numbers: tuple[float, ...]
    quoted: tuple[str, ...]
    names: tuple[str, ...]
    """Runs of capitalised words that do not only begin a sentence: `San Francisco`."""


def read_message(text: str) -> Message:
    """Takes a message apart."""
    text = text[:READ_CHARACTERS]
    quoted = tuple(next(part for part in found if part) for found in _QUOTED.findall(text))
    bare = _QUOTED.sub(" , ", text)
    numbers = tuple(float(found.replace("−", "-")) for found in _NUMBER.findall(_THOUSANDS.sub("", bare)))
    return Message(text, tuple(content_words(text)), numbers, quoted, tuple(_find_names(bare)))


def split_clauses(text: str) -> list[str]:
    """Gives the parts of a message between commas, full stops and `and`; at least one. Quoted text stays whole."""
    text = text[:READ_CHARACTERS].replace("\0", " ")
    quoted = [found[0] for found in _QUOTED.finditer(text)]
    parts = [part for part in _CLAUSE.split(_QUOTED.sub("\0", text)) if part.strip()]
    kept = iter(quoted)
    return ["".join(next(kept, "") if letter == "\0" else letter for letter in part) for part in parts] or [text]


def content_words(text: str) -> list[str]:
    """Gives the words that carry meaning, in the form that is compared."""
    return [stem(word) for word in (found.casefold() for found in _WORD.findall(text)) if word not in STOP_WORDS]


def identifier_words(name: str) -> list[str]:
    """Gives the words of an identifier: `get_currentWeather` has `current` and `weather`."""
    return [stem(word) for word in (found.casefold() for found in _PIECES.findall(name)) if word not in STOP_WORDS]


def stem(word: str) -> str:
    """Gives a crude common form: `temperatures` and `temperature`, `adding` and `add`, are one."""
    for ending in ("ing", "ies", "ed", "s"):
        if len(word) > len(ending) + 2 and word.endswith(ending) and not word.endswith("ss"):
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word.removesuffix("e") if len(word) > 3 else word


def _find_names(text: str) -> list[str]:
    names: list[str] = []
    openers: list[str] = []
    for sentence in _SENTENCE.split(text):
        for is_opening, run in _capitalised_runs(_TOKEN.findall(sentence)):
            # A single capitalised word that opens a sentence is more often a verb than a name.
            (openers if is_opening and len(run) == 1 else names).append(" ".join(run))
    return names or openers


def _capitalised_runs(tokens: list[str]) -> Iterator[tuple[bool, list[str]]]:
    run: list[str] = []
    start = 0
    for number, token in enumerate([*tokens, "."]):
        if token[0].isupper() and not (number == 0 and _plain(token) in _OPENERS) and _plain(token) not in STOP_WORDS:
            start = start if run else number
            run.append(token)
        elif run:
            yield start == 0, run
            run = []


def _plain(token: str) -> str:
    return token.casefold().replace("’", "'").partition("'")[0]
