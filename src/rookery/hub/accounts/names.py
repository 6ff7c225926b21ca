"""Names of people: what may be one, and when two are the same."""

from __future__ import annotations

import unicodedata

from rookery.hub.errors import BadInput

NAME_CHARACTERS = 100
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but part of correct writing in several scripts and of composed emoji."""


def check_person_name(name: str) -> str:
    """Gives the name as it is kept: composed (NFC), one space between words.

    Raises BadInput when it is empty, longer than 100 characters (as written, or in the form that look-ups compare),
    or has control characters or other invisible ones.
    """
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    key = name_key(kept)
    if not key or len(kept) > NAME_CHARACTERS or len(key) > NAME_CHARACTERS:
        raise BadInput(
            "invalid_name", f"A person's name has 1 to {NAME_CHARACTERS} characters.", "Choose a name of that length."
        )
    if not all(character.isprintable() or character in _JOINERS for character in kept):
        raise BadInput(
            "invalid_name", "A person's name cannot have control characters.", "Use letters, digits, signs and spaces."
        )
    return kept


def name_key(name: str) -> str:
    """Gives the form of a name that look-ups compare: case, width and invisible characters do not matter.

    Idempotent. Never raises, whatever the text.
    """
    key = " ".join(name.split())
    for _ in range(4):
        # Folding can make characters that normalising changes again, and the other way round.
        visible = "".join(c for c in key if unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
        folded = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).split())
        if folded == key:
            break
        key = folded
    return key
