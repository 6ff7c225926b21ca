"""A stand-in that proposes how a conversation may go on: three short lines, by rule.

The hub may ask it for suggested replies (protocol 3.9.1, `suggested_replies`); one line is one reply.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rookery.hub.standins.model import LocalRule
from rookery.hub.standins.reading import STOP_WORDS, read_message
from rookery.hub.standins.words import say
from rookery.protocol.events import Event
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

SUGGESTIONS = 3
SUGGESTION_CHARACTERS = 60
"""Longest line."""
_LONG_ANSWER = 600

_WORD = re.compile(r"[^\W\d_][\w'’-]{2,30}")
_CODE = re.compile(r"```|\bdef \w+\(|[{};]\s*$", re.MULTILINE)
_DULL_WORDS = """answer asked because been being cannot even follow-up hello message model more most much only please
replies reply rule rules short stand-in suggest suggestion suggestions thank thanks three user very words yes okay"""
_DULL = STOP_WORDS | frozenset(_DULL_WORDS.split())


class SuggestStandIn(LocalRule):
    """Proposes three next messages, taken from what was just said."""

    rule = "suggest"
    description = "A rule-based stand-in that proposes three next messages. Not a language model."
    introduction = (
        "I am **Suggest**, a rule-based stand-in and not a language model: I read the last messages and propose three "
        "ways to go on, one on each line."
    )
    settings = SettingsResponse(allow_attachments=False)

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives three lines."""
        return say("\n".join(suggest_replies(query.query)))


def suggest_replies(messages: list[ProtocolMessage]) -> list[str]:
    """Gives three different messages that a person may want to send next; none is longer than 60 characters."""
    answer = next((message for message in reversed(messages) if message.role == "bot"), None)
    asked = next((message for message in reversed(messages) if message.role == "user"), None)
    said = answer.content if answer else ""
    kinds = [attachment.content_type.partition("/")[0] for attachment in (answer.attachments if answer else [])]
    found = list(_by_kind(said, kinds))
    topics = _find_topics(said, asked.content if asked else "")
    patterns = ("Tell me more about {}", "Give me an example with {}", "Why does {} matter?")
    for pattern, topic in zip(patterns, topics, strict=False):
        found.append(pattern.format(topic))
    found += ["Can you say that in one sentence?", "What should I know next?", "Can you give an example?"]
    short = [line for line in dict.fromkeys(found) if len(line) <= SUGGESTION_CHARACTERS]
    return short[:SUGGESTIONS]


def _by_kind(said: str, kinds: list[str]) -> Iterator[str]:
    if "image" in kinds or "video" in kinds:
        yield "Make another one in a different style"
        yield "The same again, at night"
    elif "audio" in kinds:
        yield "The same again, but slower"
    elif _CODE.search(said):
        yield "Explain this code step by step"
        yield "Write a test for it"
    elif len(said) > _LONG_ANSWER:
        yield "Make it shorter"


def _find_topics(said: str, asked: str) -> list[str]:
    # Names first; then words that both sides used, or that come again and again, or are long.
    text = said[:2_000]
    names = [name for name in read_message(text).names if name.casefold() not in _DULL and 4 <= len(name) <= 30]
    words = [
        word for word in _WORD.findall(f"{text} {asked[:2_000]}") if word.casefold() not in _DULL and len(word) > 4
    ]
    counts = Counter(word.casefold() for word in words)
    spelled = {word.casefold(): word for word in reversed(words)}
    ranked = [spelled[word] for word in sorted(counts, key=lambda word: (-counts[word], -len(word), word))]
    known: set[str] = set()
    topics: list[str] = []
    for topic in [*names[:2], *ranked]:
        parts = set(topic.casefold().split())
        if not parts & known:
            known |= parts
            topics.append(topic)
    return topics[:SUGGESTIONS]
