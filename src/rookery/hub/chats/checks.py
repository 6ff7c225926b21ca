"""Bounds of what people write: each refusal names the limit and the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from rookery.hub.chats.model import CONTENT_CHARACTERS, PARAMETERS_BYTES, REACTION_CHARACTERS
from rookery.hub.errors import BadInput, TooLarge
from rookery.protocol.limits import MESSAGE_FILES

SEARCH_WORDS = 10
_WORD = re.compile(r"[^\W_]+")


def check_text(text: str, what: str) -> str:
    """Gives the text back; raises BadInput for characters that no text has."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput("invalid_text", f"{what} has a character that is no text (NUL, or half of a character).")
    return text


def check_content(content: str, files: int) -> None:
    """Raises TooLarge or BadInput for a message that cannot be sent."""
    if len(content) > CONTENT_CHARACTERS:
        raise TooLarge(
            "message_too_long",
            f"The message has {len(content)} characters; the limit is {CONTENT_CHARACTERS}.",
            "Send the text as a file.",
        )
    if files > MESSAGE_FILES:
        raise BadInput("too_many_files", f"The message has {files} files; the limit is {MESSAGE_FILES}.")
    if not content.strip() and not files:
        raise BadInput("empty_message", "The message has neither text nor files.")
    check_text(content, "The message")


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Raises BadInput for values that cannot be kept as JSON, TooLarge for too many of them."""
    try:
        encoded = orjson.dumps(dict(parameters))
    except (TypeError, orjson.JSONEncodeError):
        raise BadInput(
            "invalid_parameters", "The parameters hold a value that is no JSON, or a number beyond 64 bits."
        ) from None
    if b"\\u0000" in encoded:
        raise BadInput("invalid_parameters", "The parameters hold a NUL character.")
    if len(encoded) > PARAMETERS_BYTES:
        raise TooLarge(
            "parameters_too_large", f"The parameters take {len(encoded)} bytes; the limit is {PARAMETERS_BYTES}."
        )


def check_reaction(reaction: str) -> str:
    """Gives the reaction back; raises BadInput when it is no short printable text."""
    if not 0 < len(reaction) <= REACTION_CHARACTERS or not reaction.strip():
        raise BadInput("invalid_reaction", f"A reaction has 1 to {REACTION_CHARACTERS} characters.")
    if any(ord(character) < 32 or ord(character) == 127 for character in reaction):
        raise BadInput("invalid_reaction", "A reaction has no control characters.")
    return check_text(reaction, "The reaction")


def search_words(query: str) -> list[str]:
    """Gives the words of a search, without anything that could be syntax; at most ten."""
    return list(dict.fromkeys(_WORD.findall(query.replace("\0", " ").lower())))[:SEARCH_WORDS]
