"""ELIZA, after Joseph Weizenbaum's program of 1966: keywords, patterns and your own words turned round.

Nothing is kept between calls. Where each list of answers stands, and what is remembered, follows from the person's
messages in the query: they are played again, oldest first, and the last one gives the answer.

    message ─► clauses ─► highest-ranked keyword ─► first rule that fits ─► its next answer
                            none ─► something remembered, or a sentence that fits always
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping

from rookery.hub.standins import eliza_script as script
from rookery.hub.standins.eliza_grammar import (
    READ_CHARACTERS,
    Keyword,
    Words,
    fill_answer,
    index_keywords,
    match_rule,
    split_clauses,
)
from rookery.hub.standins.model import CANNOT_READ_FILES, LocalRule
from rookery.hub.standins.words import say
from rookery.protocol.events import Event
from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.requests import QueryRequest

REPLAYED_MESSAGES = 50
"""Messages of the person that an answer depends on, the newest ones."""
ANSWER_CHARACTERS = 2_000
"""No answer is longer: what is repeated of a message is a few words, each of bounded length."""
TRIED_KEYWORDS = 8
"""Keywords of one message that are looked at, so that a wall of them costs no more than a sentence."""
REMEMBERED = 10

_INDEX: Mapping[str, Keyword] = index_keywords(script.KEYWORDS)
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]")
_CODE = re.compile(
    r"```|[{};][ \t]*$|^[ \t]*(?:"
    r"def \w+\(|class \w+[:({]|import [\w.]+[ \t]*$|from [\w.]+ import |#include|(?:async )?function\b.*\(|"
    r"(?:const|let|var) \w+ =|</?\w+[^>\n]*>|\$ \w"
    r")",
    re.MULTILINE,
)
"""Marks of code that ordinary sentences do not have."""


class ElizaStandIn(LocalRule):
    """Answers in the manner of 1966."""

    rule = "eliza"
    description = "A rule-based stand-in (ELIZA, 1966 style). Not a language model."
    introduction = (
        "I am **ELIZA**, a rule-based stand-in in the manner of 1966 and not a language model: I look for words I know "
        "and turn your sentences round."
    )

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives the answer to the last message of the person; the first of a conversation says what speaks."""
        asked = [message for message in query.query if message.role == "user"][-REPLAYED_MESSAGES:]
        conversation = _Conversation()
        text = ""
        for message in asked or [ProtocolMessage(role="user", content="")]:
            text = conversation.reply(message)
        if not any(message.role == "bot" for message in query.query):
            text += f" {script.STAND_IN_NOTE}"
        return say(text)


class _Conversation:
    """Where the lists of answers stand and what is remembered."""

    def __init__(self) -> None:
        self._turns: Counter[tuple[str, ...]] = Counter()
        self._memory: deque[str] = deque(maxlen=REMEMBERED)

    def reply(self, message: ProtocolMessage) -> str:
        text = message.content
        if not message.attachments:
            return self._reply_to_text(text)
        rest = self._reply_to_text(text) if text.strip() else self._next(script.FILE)
        return f"{CANNOT_READ_FILES} {rest}"

    def _reply_to_text(self, text: str) -> str:
        read = text[:READ_CHARACTERS]
        if not read.strip():
            return self._next(script.EMPTY)
        if _CODE.search(read):
            return self._next(script.CODE)
        if not _LATIN.search(read):
            return self._next(script.OTHER_SCRIPT if any(map(str.isalpha, read)) else script.WORDLESS)
        return self._reply_to_clauses(split_clauses(read))

    def _reply_to_clauses(self, clauses: list[Words]) -> str:
        found = self._find_answer(clauses)
        self._remember(clauses)
        if found is not None:
            return found
        return self._memory.popleft() if self._memory else self._next(script.NOTHING_FITS)

    def _find_answer(self, clauses: list[Words]) -> str | None:
        hits = [(_INDEX[word.lower()], words) for words in clauses for word in words if word.lower() in _INDEX]
        hits.sort(key=lambda hit: -hit[0].rank)  # stable: of equal ranks the earlier word is tried first
        for hit, words in hits[:TRIED_KEYWORDS]:
            for tried in hit.rules:
                parts = match_rule(tried, words, script.GROUPS)
                if parts is not None:
                    return fill_answer(self._next(tried.answers), parts)
        return None

    def _remember(self, clauses: list[Words]) -> None:
        for words in clauses:
            parts = match_rule(script.MEMORY, words, script.GROUPS)
            if parts is not None:
                self._memory.append(fill_answer(self._next(script.MEMORY.answers), parts))
                return

    def _next(self, answers: tuple[str, ...]) -> str:
        turn = self._turns[answers]
        self._turns[answers] += 1
        return answers[turn % len(answers)]
