"""Names: which rule stands in for a bot of some name, and what made files are called. Pure."""

from __future__ import annotations

import re
import unicodedata

DEFAULT_RULE = "eliza"
"""Who stands in for a model of language, and for everything that no other rule fits."""

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""`DALL-E-3` has the parts DALL, E; `ElevenLabs` has Eleven, Labs."""

_WHOLE_PARTS = {
    "video": {"sora", "veo", "kling", "pika", "luma", "hailuo", "seedance", "pixverse", "gif"},
    "sound": {"tts", "suno", "udio", "lyria", "cartesia", "bark"},
    "picture": {"dall", "flux", "sdxl", "sd", "ideogram", "recraft", "midjourney", "kandinsky", "seedream"},
    "vision": {"vl", "ocr"},
}
_BEGINNINGS = {
    "video": ("video", "runway", "animat", "movie"),
    "sound": ("eleven", "audio", "speech", "voice", "music", "sound", "speak"),
    "picture": ("image", "diffusion", "picture", "photo", "draw", "paint", "dalle"),
    "vision": ("vision",),
}


def rule_for(bot_name: str) -> str:
    """Gives the rule that fits a bot of this name best: media models get one that makes such media."""
    # Television and supervision are no vision: a part of the name has to be, or begin with, a word of the lists.
    parts = [part.casefold() for part in _PART.findall(bot_name[:200])]
    # What a bot makes says more than whose it is: "Hailuo-Speech" speaks, though Hailuo also makes films.
    for rule, beginnings in _BEGINNINGS.items():
        if any(part.startswith(beginnings) for part in parts):
            return rule
    for rule, words in _WHOLE_PARTS.items():
        if words.intersection(parts):
            return rule
    return DEFAULT_RULE


def file_stem(text: str, otherwise: str) -> str:
    """Gives a short file name without ending: the first words of a text in plain letters, joined by `-`."""
    plain = unicodedata.normalize("NFKD", text[:200]).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words[:6])[:48].strip("-") or otherwise
