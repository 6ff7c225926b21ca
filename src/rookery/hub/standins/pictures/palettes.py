"""The colours of a scene in each light, and how a named colour changes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rookery.hub.standins.pictures.colours import Colour, mix

_SNOW = (214, 224, 240)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a scene."""

    top: Colour
    """The sky above …"""
    middle: Colour
    low: Colour
    """… and at the horizon."""
    far: Colour
    """Land at a distance …"""
    near: Colour
    """… and in front."""
    water: Colour
    accent: Colour
    """Roofs, sails, petals, balloons."""
    glow: Colour
    """Sun, moon, lit windows."""


PALETTES: Mapping[str, tuple[Palette, ...]] = MappingProxyType(
    {
        "day": (
            Palette((46, 120, 190), (120, 185, 226), (253, 236, 205), (120, 158, 178), (38, 92, 84),
                    (44, 120, 150), (226, 88, 62), (255, 244, 204)),
            Palette((58, 142, 186), (150, 210, 214), (255, 246, 214), (134, 176, 150), (42, 104, 64),
                    (52, 140, 150), (236, 128, 46), (255, 250, 220)),
        ),
        "dusk": (
            Palette((44, 34, 92), (190, 70, 110), (255, 190, 110), (124, 62, 108), (36, 22, 56),
                    (104, 52, 104), (255, 120, 72), (255, 224, 150)),
            Palette((24, 44, 92), (228, 104, 84), (255, 214, 132), (112, 74, 110), (30, 26, 56),
                    (70, 62, 110), (240, 84, 84), (255, 232, 164)),
        ),
        "dawn": (
            Palette((104, 132, 200), (232, 176, 196), (255, 232, 206), (162, 142, 178), (74, 84, 112),
                    (136, 146, 186), (240, 110, 120), (255, 246, 226)),
            Palette((96, 164, 190), (206, 206, 222), (255, 226, 196), (146, 164, 178), (66, 98, 104),
                    (120, 160, 178), (236, 128, 108), (255, 246, 222)),
        ),
        "night": (
            Palette((8, 12, 38), (22, 38, 88), (74, 92, 142), (34, 48, 88), (8, 14, 30),
                    (18, 38, 78), (232, 122, 84), (255, 240, 196)),
            Palette((10, 8, 40), (52, 26, 92), (128, 78, 148), (54, 36, 94), (14, 8, 34),
                    (38, 28, 88), (255, 96, 148), (255, 236, 206)),
        ),
        "grey": (
            Palette((72, 88, 108), (122, 140, 156), (190, 200, 204), (112, 128, 138), (48, 64, 66),
                    (78, 102, 116), (212, 84, 72), (236, 240, 232)),
        ),
        "snowy": (
            Palette((96, 132, 172), (170, 196, 218), (244, 240, 238), (164, 184, 206), (226, 234, 242),
                    (110, 146, 176), (204, 66, 66), (255, 246, 222)),
        ),
    }
)  # fmt: skip
"""Light to the palettes that fit it."""


def snow_on(palette: Palette) -> Palette:
    """Gives a palette whose land lies under snow."""
    return replace(palette, far=mix(palette.far, _SNOW, 0.3), near=mix(palette.near, _SNOW, 0.4))


def tint(palette: Palette, colours: Mapping[str, Colour], light: str) -> Palette:
    """Gives a palette with colours in it; their keys are `sky`, `land`, `water`, `glow`, `accent`."""
    is_night = light == "night"
    if sky := colours.get("sky"):
        dark = mix(sky, (12, 10, 30), 0.78 if is_night else 0.35)
        palette = replace(
            palette,
            top=mix(dark, palette.top, 0.2),
            middle=mix(mix(sky, (12, 10, 30), 0.26 if is_night else 0.12), palette.middle, 0.3),
            low=mix(mix(sky, (255, 244, 226), 0.25 if is_night else 0.66), palette.low, 0.35),
            water=mix(mix(sky, (10, 20, 40), 0.4), palette.water, 0.4),
        )
    if land := colours.get("land") or (colours.get("sky") and mix(colours["sky"], palette.near, 0.4)):
        palette = replace(
            palette,
            far=mix(mix(land, palette.low, 0.3), palette.far, 0.3),
            near=mix(mix(land, (10, 10, 24), 0.6), palette.near, 0.25),
        )
    if water := colours.get("water"):
        palette = replace(palette, water=mix(mix(water, (10, 20, 40), 0.2), palette.water, 0.2))
    if glow := colours.get("glow"):
        palette = replace(palette, glow=mix(glow, (255, 255, 240), 0.25))
    if accent := colours.get("accent"):
        palette = replace(palette, accent=mix(accent, (255, 255, 255), 0.08))
    return palette
