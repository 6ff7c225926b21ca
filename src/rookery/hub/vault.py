"""The hub's secret and what is made from it: hashes of credentials, encryption at rest, pseudonyms, ids.

The secret is one file in the data folder (mode 0600). Losing it makes stored access keys unreadable and changes
every pseudonym; a backup of the data folder includes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from rookery.protocol.identifiers import IDENTIFIER_BYTES, Identifier, encode_identifier
from rookery.protocol.limits import ACCESS_KEY_LENGTH

SECRET_BYTES = 32
API_KEY_PREFIX = "rk-"
API_KEY_CHARACTERS = 43
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Vault:
    """Everything that needs the hub's secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the hub's secret must have {SECRET_BYTES} bytes, not {len(secret)}")
        self._hash_key = hashlib.blake2b(secret, digest_size=32, person=b"credentials").digest()
        self._pseudonym_key = hashlib.blake2b(secret, digest_size=32, person=b"pseudonyms").digest()
        at_rest = hashlib.blake2b(secret, digest_size=32, person=b"at rest").digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(at_rest))

    def hash_credential(self, credential: str) -> str:
        """Gives 64 hex digits to store and look up a key by.

        A keyed hash without stretching is enough: keys are random with at least 128 bits, or checked in full
        length against what their owner wrote into a file. Looking a hash up leaks no timing about the key.
        """
        return hmac.digest(self._hash_key, credential.encode(), "sha256").hex()

    def encrypt(self, text: str) -> str:
        """Gives a token that `decrypt` reads."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Raises ValueError when the token was made with another secret."""
        try:
            return self._fernet.decrypt(token.encode("ascii")).decode()
        except InvalidToken:
            raise ValueError("this value was encrypted with another hub secret") from None

    def pseudonym(self, tag: str, *parts: str) -> Identifier:
        """Gives the same identifier for the same parts: stable names that reveal nothing (O2, O3)."""
        message = "\x00".join((tag, *parts)).encode()
        digest = hmac.digest(self._pseudonym_key, message, "sha256")
        return encode_identifier(tag, digest[:IDENTIFIER_BYTES])


def new_identifier(tag: str) -> Identifier:
    """Gives a fresh identifier that cannot be guessed (128 bits)."""
    return encode_identifier(tag, secrets.token_bytes(IDENTIFIER_BYTES))


def new_access_key() -> str:
    """Gives 32 random ASCII letters and digits (protocol 2.2)."""
    return _random_text(ACCESS_KEY_LENGTH)


def new_api_key() -> str:
    """Gives a person's key: a recognisable prefix and 256 random bits, in letters and digits that copy as one word."""
    return API_KEY_PREFIX + _random_text(API_KEY_CHARACTERS)


def new_sign_in_token() -> str:
    """Gives the secret of a sign-in link or a session: 43 letters and digits, 256 random bits."""
    return _random_text(API_KEY_CHARACTERS)


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def open_vault(data_dir: Path) -> Vault:
    """Reads the data folder's secret, or makes it on the first start; the folder exists.

    Raises ValueError when the file is damaged, OSError when it cannot be made.
    """
    path = data_dir / "secret.key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Vault(_read_secret(path))
    secret = secrets.token_bytes(SECRET_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
    return Vault(secret)


def _read_secret(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        raise ValueError(f"{path} does not hold the hub's secret (64 hex digits)") from None
