"""Access keys: finding a bot's key at start and checking a caller's at each request (protocol 2.2, 9.7.2)."""

from __future__ import annotations

import hmac
import os
import warnings

from rookery.protocol.limits import ACCESS_KEY_LENGTH
from rookery.sdk.addresses import create_bot_url

KEY_VARIABLE = "POE_ACCESS_KEY"
OLD_KEY_VARIABLE = "POE_API_KEY"


class MissingAccessKey(ValueError):
    """No key was given for a bot, and doing without one was not allowed."""


def find_access_key(access_key: str = "", api_key: str = "") -> str | None:
    """Looks for the key of a single bot: argument, `POE_ACCESS_KEY`, and the deprecated two (protocol 9.7.2).

    None when there is none. Warns (DeprecationWarning) when the key came from `api_key` or `POE_API_KEY`.
    """
    if access_key:
        return access_key
    if from_environment := os.environ.get(KEY_VARIABLE):
        return from_environment
    if api_key:
        warnings.warn("the argument api_key is deprecated; pass access_key", DeprecationWarning, stacklevel=4)
        return api_key
    if from_environment := os.environ.get(OLD_KEY_VARIABLE):
        warnings.warn(f"{OLD_KEY_VARIABLE} is deprecated; set {KEY_VARIABLE}", DeprecationWarning, stacklevel=4)
        return from_environment
    return None


def check_key_length(access_key: str, owner: str) -> None:
    """Raises ValueError for a key that no platform can have given out; the text holds its length, never the key."""
    if len(access_key) != ACCESS_KEY_LENGTH:
        raise ValueError(
            f"The access key of {owner} has {len(access_key)} characters; an access key has {ACCESS_KEY_LENGTH}. "
            f"Copy it from the bot's page ({create_bot_url()} for a new bot)."
        )


def missing_key_help(owner: str) -> str:
    """Gives the sentences that tell how a bot gets its key."""
    return (
        f"{owner} has no access key. Set it on the bot (access_key=...), pass access_key to make_app() or run(), or "
        f"set the environment variable {KEY_VARIABLE} (one bot only). You find the key on the page where the bot is "
        f"made: {create_bot_url()}. To serve it to anyone who knows the address, pass allow_without_key=True."
    )


def is_same_key(given: bytes, expected: str) -> bool:
    """Compares in constant time (10.1, S1)."""
    return hmac.compare_digest(given, expected.encode())


def read_bearer(header: str) -> bytes | None:
    """Gives the token of an `Authorization` header, or None when it is not of the Bearer scheme (any case)."""
    scheme, _, token = header.strip().partition(" ")
    return token.strip().encode("latin-1", "replace") if scheme.lower() == "bearer" else None
