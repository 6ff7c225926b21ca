"""Suggested replies made by the hub, when a bot asks for them and sends none itself (protocol 3.9.1, O20). Pure.

What was said, and the answer ──► a query to the configured bot ──► its lines ──► up to three suggestions
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rookery.protocol.messages import ProtocolMessage
from rookery.protocol.reduce import Reply
from rookery.protocol.requests import QueryRequest

SUGGESTIONS = 3
SUGGESTION_CHARACTERS = 120
HISTORY = 6
"""Messages of the conversation that the suggesting bot reads."""

INSTRUCTION = (
    "Suggest three short messages that I could send next in this conversation. Write each on a line of its own, "
    "in the language of the conversation, in my voice, without numbers, quotes or anything else."
)

_MARKS = re.compile(r"^\s*(?:[-*•·–]|\(?\d{1,2}[.)])\s*")
_QUOTES = "\"'“”„‘’`*_ "


def wants_suggestions(reply: Reply) -> bool:
    """Tells whether the hub should suggest replies to this answer."""
    return reply.meta.suggested_replies and not reply.suggested_replies and bool(reply.text.strip())


def suggestion_query(body: Mapping[str, Any], answer: str) -> QueryRequest:
    """Gives the query for the suggesting bot: the last messages without their files, the answer, what to do."""
    said = [
        ProtocolMessage(role=message["role"], content=message["content"])
        for message in body["query"][-HISTORY:]
        if message["role"] in ("user", "bot") and message["message_type"] is None and message["content"]
    ]
    messages = [*said, ProtocolMessage(role="bot", content=answer), ProtocolMessage(role="user", content=INSTRUCTION)]
    return helper_query(body, messages)


def helper_query(body: Mapping[str, Any], messages: list[ProtocolMessage]) -> QueryRequest:
    """Gives a query of these messages in the language of another one; its ids are filled in by the relay."""
    return QueryRequest(
        version=body["version"],
        type="query",
        query=messages,
        user_id="",
        conversation_id="",
        message_id="",
        language_code=body["language_code"],
    )


def read_suggestions(text: str) -> list[str]:
    """Gives the suggestions of an answer: its first lines, without list marks and quotes, each only once."""
    found: dict[str, None] = {}
    for line in text.splitlines():
        suggestion = " ".join(_MARKS.sub("", line).split()).strip(_QUOTES)
        if suggestion and len(suggestion) <= SUGGESTION_CHARACTERS and not suggestion.endswith(":"):
            found.setdefault(suggestion)
    return list(found)[:SUGGESTIONS]
