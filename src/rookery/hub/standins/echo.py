"""The echo: gives the last message back, to see a whole round trip."""

from __future__ import annotations

from collections.abc import Iterator

from rookery.hub.standins.model import CANNOT_READ_FILES, LocalRule, last_user_message
from rookery.hub.standins.words import say
from rookery.protocol.events import Event
from rookery.protocol.requests import QueryRequest

ECHO_CHARACTERS = 20_000
"""How much of a message is given back."""
ECHO_FILES = 20
PARSED_CHARACTERS = 200
"""How much of what the hub read in a file is given back."""

NOTHING_TO_REPEAT = "There is no text to repeat."
REST_LEFT_OUT = "\n\n[The rest is left out: I am a stand-in and repeat no more than {limit} characters.]"


class EchoStandIn(LocalRule):
    """Repeats the last message of the person, as plain text."""

    rule = "echo"
    description = "A rule-based stand-in that repeats your message. Not a language model."
    introduction = (
        "I am **Echo**, a rule-based stand-in and not a language model: whatever you write, I give it back unchanged."
    )

    def answer(self, query: QueryRequest) -> Iterator[Event]:
        """Gives the last message of the person; a sentence where there is no text or a file."""
        message = last_user_message(query)
        text = message.content
        if len(text) > ECHO_CHARACTERS:
            text = text[:ECHO_CHARACTERS] + REST_LEFT_OUT.format(limit=ECHO_CHARACTERS)
        if not text.strip():
            text = NOTHING_TO_REPEAT
        if message.attachments:
            text += f"\n\n[{CANNOT_READ_FILES}]"
        for attachment in message.attachments[:ECHO_FILES]:
            if parsed := (attachment.parsed_content or "").strip():
                start = parsed[:PARSED_CHARACTERS] + ("…" if len(parsed) > PARSED_CHARACTERS else "")
                text += f"\n\n[The hub read '{attachment.name[:100]}' for me: {start}]"
        return say(text)
