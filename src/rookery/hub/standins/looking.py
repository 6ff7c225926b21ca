"""What can be said of a picture without understanding it: format, size, dominant colours. Pure.

Blocks while it decodes; callers use a thread.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from rookery.hub.standins.pictures.colours import Colour, name_colour

LARGEST_PIXELS = 40_000_000
"""Pictures with more pixels are not decoded: a small file may claim to be a huge picture."""

# Formats that are decoded by Pillow itself; others (EPS, for one) would start programs.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO")
_SAMPLE = 64
_KINDS = 8


class UnreadablePicture(ValueError):
    """The bytes cannot be looked at; the text is a clause that says why."""


@dataclass(frozen=True, slots=True)
class PictureLook:
    """What a picture looks like from afar."""

    format: str
    width: int
    """Pixels."""
    height: int
    colours: tuple[tuple[str, int], ...]
    """Names and percent of the area, the largest first; at most four."""

    def describe(self) -> str:
        """Gives the facts as words that fit after `is`."""
        shape = "square" if self.width == self.height else "wide" if self.width > self.height else "tall"
        shares = ", ".join(f"{name} ({percent} %)" for name, percent in self.colours)
        return f"a {shape} {self.format} picture of {self.width} × {self.height} pixels, mostly {shares}"


def look_at(data: bytes) -> PictureLook:
    """Gives the facts of a picture. Raises UnreadablePicture."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            width, height = picture.size
            if width * height > LARGEST_PIXELS:
                raise UnreadablePicture(
                    f"has {width} × {height} pixels, more than the {LARGEST_PIXELS // 1_000_000} million I look at"
                )
            kind = picture.format or "unknown"
            picture.draft("RGB", (_SAMPLE, _SAMPLE))  # a JPEG is decoded at the smallest size that still serves
            small = picture.convert("RGBA").resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
    except UnreadablePicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadablePicture("claims to have far more pixels than I look at") from None
    except UnidentifiedImageError:
        raise UnreadablePicture("is no picture in a format that I know") from None
    except Exception as error:
        # Decoders fail in their own ways on damaged bytes: SyntaxError, struct.error, OSError, MemoryError …
        raise UnreadablePicture(f"is damaged ({type(error).__name__})") from None
    return PictureLook(kind, width, height, _dominant_colours(small))


def _dominant_colours(small: Image.Image) -> tuple[tuple[str, int], ...]:
    ground = Image.new("RGBA", small.size, (255, 255, 255, 255))
    ground.alpha_composite(small)
    kinds = ground.convert("RGB").quantize(_KINDS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    shares: dict[str, int] = {}
    for count, colour in kinds.getcolors(_SAMPLE * _SAMPLE) or []:
        name = name_colour(_as_colour(colour))
        shares[name] = shares.get(name, 0) + count
    named = [(name, round(100 * count / _SAMPLE**2)) for name, count in shares.items()]
    named.sort(key=lambda pair: (-pair[1], pair[0]))
    return tuple(pair for pair in named[:4] if pair[1] >= 3) or tuple(named[:1])


def _as_colour(value: object) -> Colour:
    assert isinstance(value, tuple)
    return (int(value[0]), int(value[1]), int(value[2]))
