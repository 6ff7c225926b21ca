"""`@Name …` at the beginning of a message says whom it is for."""

from __future__ import annotations

import re

from rookery.hub.bots.model import name_key

_MENTION = re.compile(r"@([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)[,:]?(?:\s+|$)")


def find_mention(content: str) -> str | None:
    """Gives the name after the leading `@`, or None; whether there is such a bot is another question."""
    match = _MENTION.match(content)
    return match[1] if match else None


def without_mention(content: str, bot_name: str) -> str:
    """Gives the text as the mentioned bot reads it: without its own name in front.

    A mention of another bot stays (it says whom that message was for), and so does one with nothing behind it.
    """
    match = _MENTION.match(content)
    if match is None or name_key(match[1]) != name_key(bot_name):
        return content
    return content[match.end() :] or content
