"""The canvas that all parts of a picture are painted on: sizes by fraction, soft gradients, see-through colours."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from rookery.hub.standins.pictures.colours import Colour, mix
from rookery.hub.standins.pictures.scene import Scene

Point = tuple[float, float]

_EDGE = 180
"""Value of Pillow's radial gradient in the middle of its edges; only the corners reach 255."""


def _light_at(value: int, strength: float) -> int:
    return round(255 * strength * max(0.0, 1 - value / _EDGE) ** 2)


class Canvas:
    """An RGB picture in the making. `moment` (0 to 1) is where a film stands; 0 in a still picture."""

    def __init__(self, scene: Scene, width: int, height: int, moment: float = 0.0) -> None:
        self.scene = scene
        self.width = width
        self.height = height
        self.moment = moment
        self.unit = min(width, height)
        """Pixels of the shorter side: things are sized by it."""
        self.horizon = height * (0.64 if width >= height else 0.68)
        self.image = Image.new("RGB", (width, height))
        self.image.paste(mix(scene.palette.far, scene.palette.near, 0.3), (0, 0, width, height))
        # Mode RGBA on an RGB picture: what is drawn with an alpha is mixed with what is there.
        self.draw = ImageDraw.Draw(self.image, "RGBA")

    def fill(self, top: float, bottom: float, stops: Sequence[Colour]) -> None:
        """Fills a band of the whole width with a gradient from the first colour to the last."""
        self.image.paste(self.gradient(self.width, round(bottom) - round(top), stops), (0, round(top)))

    def shape(self, outline: Sequence[Point], stops: Sequence[Colour]) -> None:
        """Fills a polygon with a gradient from its highest to its lowest point."""
        left, right = (max(0, min(x for x, _ in outline)), min(self.width, max(x for x, _ in outline)))
        top, bottom = (max(0, min(y for _, y in outline)), min(self.height, max(y for _, y in outline)))
        size = (round(right - left) + 1, round(bottom - top) + 1)
        if size[0] < 2 or size[1] < 2:
            return
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in outline], fill=255)
        self.image.paste(self.gradient(*size, stops), (round(left), round(top)), mask)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Lays light round a point; `strength` 0 to 1."""
        size = max(2, round(radius * 2))
        light = Image.radial_gradient("L").point([_light_at(value, strength) for value in range(256)])
        mask = light.resize((size, size), Image.Resampling.BILINEAR)
        self.image.paste(Image.new("RGB", (size, size), colour), (round(x - radius), round(y - radius)), mask)

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: int = 255) -> None:
        """Draws a filled circle."""
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, alpha))

    @staticmethod
    def gradient(width: int, height: int, stops: Sequence[Colour]) -> Image.Image:
        """Gives a picture that goes from the first colour above to the last below."""
        strip = Image.new("RGB", (1, len(stops)))
        strip.putdata(list(stops))
        if len(stops) > 1:
            # From the middle of the first stop to the middle of the last, so that both ends have their full colour.
            box = (0, 0.5, 1, len(stops) - 0.5)
            strip = strip.resize((1, max(1, height)), Image.Resampling.BILINEAR, box=box)
        return strip.resize((max(1, width), max(1, height)), Image.Resampling.NEAREST)
