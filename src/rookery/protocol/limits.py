"""Limits of the protocol, each with unit and source. The platform enforces them, never the bot (protocol 2.5).

`Limits` is a value: the hub builds one from its settings and hands it down; nothing here reads the environment.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCESS_KEY_LENGTH = 32
"""Characters of an access key; ASCII (protocol 2.2)."""

FIRST_BYTE_S = 5.0
"""Seconds from sending any request to the first byte of the answer's body; a comment line counts (2.5, O30)."""

REPLY_S = 3600.0
"""Seconds for a whole answer, and for the whole tree of calls below one message (2.5; one deadline: decision 0004)."""

REPLY_CHARACTERS = 512_000
"""Sum of the lengths of all text in one answer, in characters (Unicode code points), since 2025-05-15 (2.5)."""

REPLY_EVENTS = 10_000
"""Events in one answer; comments are no events (2.5)."""

HISTORY_MESSAGES = 1_000
"""Messages of history sent to a bot; the oldest beyond that are left out (2.5)."""

BOT_CALLS = 10
"""Calls to other bots below one message of a person, all bots together (2.5; Poe now says 100)."""

CALL_DEPTH = 8
"""Deepest level of the tree of calls; the bot that a person talks to has depth 0 (decision 0004)."""

REPLY_FILES = 20
"""Files attached to one answer (2.5)."""

MESSAGE_FILES = 20
"""Files of one message of a person; ours, like those of an answer."""

FILE_BYTES = 50 * 1024 * 1024
"""Bytes of one file (2.5)."""

FILE_LINK_S = 600
"""Seconds for which a link to a file is good at least, counted from when a bot gets it (2.5, 7.6)."""

ANSWERS = 8
"""Parallel answers of one reply which `index` may tell apart (3.9.10, O19)."""

SUGGESTED_REPLIES = 10
"""Suggested replies kept from one answer (O15)."""

METADATA_BYTES = 64 * 1024
"""Bytes of UTF-8 kept from a `data` event (O15)."""

FRAME_BYTES = 8 * 1024 * 1024
"""Bytes of one SSE event on the wire: the text limit with every character escaped still fits (decision 0002)."""

JSON_DEPTH = 200
"""Levels of objects and lists in the data of one event; ours, so that all that was read can be written again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that hold for one answer; see the constants of this module for units and sources."""

    first_byte_s: float = FIRST_BYTE_S
    reply_s: float = REPLY_S
    reply_characters: int = REPLY_CHARACTERS
    reply_events: int = REPLY_EVENTS
    frame_bytes: int = FRAME_BYTES
    reply_files: int = REPLY_FILES
    metadata_bytes: int = METADATA_BYTES
    history_messages: int = HISTORY_MESSAGES
    bot_calls: int = BOT_CALLS
    call_depth: int = CALL_DEPTH
