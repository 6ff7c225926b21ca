"""Facts about a picture, measured with Pillow; runs in a worker only. No vision model is involved."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from rookery.hub.parsing.colours import colour_name, hex_of
from rookery.hub.parsing.documents import DAMAGED
from rookery.hub.parsing.facts import facts_to_json
from rookery.hub.parsing.model import PICTURE_PIXELS, Colour, Finding, PictureFacts, failed

THUMBNAIL = 128
"""Pixels of the longer side of the small copy in which colours are counted."""
PALETTE = 16
"""Colours that the small copy is reduced to."""
SHOWN_COLOURS = 4
LEAST_SHARE = 0.04
"""A colour with a smaller share is not named, unless it is the first."""
VISIBLE_ALPHA = 32
"""Opacity, up to 255, below which a pixel counts as transparent."""

FORMATS = (
    "PNG",
    "JPEG",
    "GIF",
    "WEBP",
    "BMP",
    "TIFF",
    "ICO",
    "PPM",
    "AVIF",
    "MPO",
    "TGA",
    "ICNS",
    "JPEG2000",
    "PCX",
    "DDS",
)
"""Decoders in use. EPS is not one: Pillow gives it to Ghostscript, a program that runs what it reads."""

UNKNOWN = failed("file", "it is damaged, or a kind of picture that the hub does not know")


def look_at(path: Path) -> Finding:
    """Facts about a picture file. May take the memory and time of the process: callers are workers."""
    # Our own guard stands below; Pillow's warns at half of its limit, and warnings are of no use here.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=_formats()) as picture:
                if picture.width * picture.height > PICTURE_PIXELS:
                    size = f"{picture.width:,} × {picture.height:,} pixels"
                    return failed("file", f"it has {size}; at most {PICTURE_PIXELS // 1_000_000} million are looked at")
                return Finding(facts=facts_to_json(_facts(picture)))
    except UnidentifiedImageError:
        return UNKNOWN
    except MemoryError:
        raise
    except Exception:
        # Pillow's decoders raise nearly anything for damaged bytes: OSError, SyntaxError, struct.error, ValueError …
        return DAMAGED


@cache
def _formats() -> list[str]:
    # Pillow may be built without some of them, and refuses a list with a name that it does not know.
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _facts(picture: Image.Image) -> PictureFacts:
    kind = picture.format or "unknown"
    is_animated = bool(getattr(picture, "is_animated", False))
    has_alpha = picture.has_transparency_data
    turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    width, height = (picture.height, picture.width) if turned else picture.size
    picture.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))  # a JPEG is decoded at a fraction of its size
    small = ImageOps.contain(picture.convert("RGBA"), (THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return PictureFacts(
        format={"MPO": "JPEG", "WEBP": "WebP", "JPEG2000": "JPEG 2000"}.get(kind, kind),
        width=width,
        height=height,
        dominant_colours=_dominant_colours(small),
        is_animated=is_animated,
        has_alpha=has_alpha,
    )


def _dominant_colours(small: Image.Image) -> tuple[Colour, ...]:
    data = small.tobytes()
    visible = b"".join(data[at : at + 3] for at in range(0, len(data), 4) if data[at + 3] >= VISIBLE_ALPHA)
    total = len(visible) // 3
    if total == 0:
        return ()
    reduced = Image.frombytes("RGB", (total, 1), visible).quantize(PALETTE, Image.Quantize.FASTOCTREE)
    palette = reduced.getpalette("RGB") or []
    counted: dict[str, list[tuple[int, tuple[int, int, int]]]] = {}
    for count, index in reduced.getcolors() or []:
        if not isinstance(index, int):
            continue
        red, green, blue = palette[index * 3 : index * 3 + 3]
        # Shades with one name are one colour to a reader.
        counted.setdefault(colour_name(red, green, blue), []).append((count, (red, green, blue)))
    groups = sorted(counted.items(), key=lambda item: -sum(count for count, _ in item[1]))
    colours = [
        Colour(hex_of(*max(shades)[1]), name, round(sum(count for count, _ in shades) / total, 3))
        for name, shades in groups
    ]
    return tuple(colour for colour in colours[:SHOWN_COLOURS] if colour is colours[0] or colour.share >= LEAST_SHARE)
