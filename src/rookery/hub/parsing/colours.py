"""Names of colours in plain English, from hue, saturation and lightness. Pure."""

from __future__ import annotations

import colorsys

_HUES = (
    (12, "red"),
    (40, "orange"),
    (68, "yellow"),
    (160, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (340, "pink"),
    (360, "red"),
)
"""Degrees up to which a hue has this name."""


def colour_name(red: int, green: int, blue: int) -> str:
    """An English name for a colour; each part from 0 to 255. "dark blue", "light grey", "white"."""
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    spread = (max(red, green, blue) - min(red, green, blue)) / 255
    if lightness < 0.06:
        return "black"
    if lightness > 0.96:
        return "white"
    if spread < 0.08 or saturation < 0.1:
        return _grey(lightness)
    degrees = hue * 360
    name = next(name for limit, name in _HUES if degrees <= limit)
    if 12 < degrees <= 48 and lightness < 0.4:
        return "dark brown" if lightness < 0.2 else "brown"
    if lightness < 0.3:
        return f"dark {name}"
    if lightness > 0.75:
        name = "pink" if name == "red" else name
        return f"light {name}"
    return name


def _grey(lightness: float) -> str:
    if lightness < 0.3:
        return "dark grey"
    return "light grey" if lightness > 0.7 else "grey"


def hex_of(red: int, green: int, blue: int) -> str:
    """The colour as `#0b1f3a`."""
    return f"#{red:02x}{green:02x}{blue:02x}"
