"""The numbers of the protocol (2.2, 2.3, 2.5)."""

from __future__ import annotations

from rookery.protocol import limits
from rookery.protocol.limits import Limits
from rookery.protocol.version import PROTOCOL_VERSION, RESPONSE_VERSION


def test_the_version_is_the_references() -> None:
    assert (PROTOCOL_VERSION, RESPONSE_VERSION) == ("1.2", 2)


def test_the_limits_of_an_answer_are_the_published_ones() -> None:
    assert Limits() == Limits(
        first_byte_s=5.0,
        reply_s=3600.0,
        reply_characters=512_000,
        reply_events=10_000,
        frame_bytes=8 * 1024 * 1024,
        history_messages=1_000,
        bot_calls=10,
        call_depth=8,
    )
    assert (limits.ACCESS_KEY_LENGTH, limits.REPLY_FILES, limits.FILE_BYTES) == (32, 20, 50 * 1024 * 1024)
    assert (limits.ANSWERS, limits.SUGGESTED_REPLIES, limits.METADATA_BYTES) == (8, 10, 64 * 1024)


def test_the_longest_text_with_every_character_escaped_fits_into_one_event() -> None:
    escaped_bytes = len(rb"\ud83d\ude00")
    assert limits.REPLY_CHARACTERS * escaped_bytes < limits.FRAME_BYTES
