"""Colours as values, with the names that people use for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""

NAMED: Mapping[str, Colour] = MappingProxyType(
    {
        "black": (20, 20, 24),
        "white": (244, 244, 242),
        "grey": (132, 136, 142),
        "gray": (132, 136, 142),
        "silver": (190, 196, 204),
        "red": (206, 44, 48),
        "crimson": (168, 20, 56),
        "orange": (240, 130, 36),
        "brown": (122, 76, 44),
        "beige": (226, 208, 176),
        "yellow": (246, 208, 60),
        "gold": (226, 172, 52),
        "green": (56, 140, 72),
        "olive": (124, 126, 54),
        "lime": (152, 206, 60),
        "emerald": (24, 146, 104),
        "teal": (26, 128, 132),
        "turquoise": (56, 190, 184),
        "cyan": (70, 200, 222),
        "blue": (44, 96, 196),
        "navy": (24, 36, 92),
        "indigo": (70, 48, 160),
        "purple": (128, 58, 164),
        "violet": (140, 82, 206),
        "lavender": (186, 166, 226),
        "magenta": (206, 44, 150),
        "pink": (240, 142, 180),
        "rose": (230, 96, 128),
        "coral": (250, 124, 98),
        "peach": (252, 190, 150),
    }
)
"""Colour words to a colour that looks well in a picture."""


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Gives a colour between two; `share` of the other, 0 to 1."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )
