"""A scene becomes a picture: everything back to front at twice the size, smoothed, finished in a style, signed.

Blocks for a second or two at the largest size; callers use a thread.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont, ImageOps
from PIL.PngImagePlugin import PngInfo

from rookery.hub.standins.pictures import land, sky, things
from rookery.hub.standins.pictures.canvas import Canvas
from rookery.hub.standins.pictures.scene import Scene

STYLES = ("painted", "poster", "pixel", "mono")
"""How a picture can be finished; the first is the usual one."""
SIGNATURE = "stand-in: drawn by rule, no image model"

_OVERSIZE = 2
_Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

_LAYERS: tuple[tuple[str, Callable[[Canvas], None]], ...] = (
    ("", sky.paint_sky),
    ("stars", sky.paint_stars),
    ("sun", sky.paint_sun),
    ("moon", sky.paint_moon),
    ("rainbow", sky.paint_rainbow),
    ("clouds", sky.paint_clouds),
    ("mountains", land.paint_mountains),
    ("city", land.paint_city),
    ("sea", land.paint_sea),
    ("", land.paint_hills),
    ("forest", land.paint_forest),
    ("birds", things.paint_birds),
    ("balloon", things.paint_balloon),
    ("boat", things.paint_boat),
    ("tree", things.paint_tree),
    ("house", things.paint_house),
    ("flowers", things.paint_flowers),
    ("cat", things.paint_cat),
    ("rain", sky.paint_rain),
    ("snow", sky.paint_snow),
)
"""What is painted, back to front; the empty name is always there."""


def fit(size: int, ratio: float) -> tuple[int, int]:
    """Gives width and height in pixels: the longer side has `size`, and both are even, as films need."""
    width, height = (size, size / ratio) if ratio >= 1 else (size * ratio, size)
    return max(2, round(width / 2) * 2), max(2, round(height / 2) * 2)


def draw_scene(scene: Scene, width: int, height: int, *, style: str = STYLES[0], moment: float = 0.0) -> Image.Image:
    """Gives the picture, mode RGB; `moment` (0 to 1) is where a film stands."""
    canvas = Canvas(scene, width * _OVERSIZE, height * _OVERSIZE, moment)
    for thing, paint in _LAYERS:
        if not thing or thing in scene.things:
            paint(canvas)
    picture = canvas.image.resize((width, height), Image.Resampling.BOX)
    picture = _finish(_darken_edges(picture), scene, style)
    _sign(picture, scene.prompt)
    return picture


def encode_png(picture: Image.Image, scene: Scene) -> bytes:
    """Gives the picture as a PNG that says in itself what it is."""
    notes = PngInfo()
    notes.add_itxt("Description", scene.prompt.encode("utf-8", "replace").decode())
    notes.add_text("Software", f"Rookery ({SIGNATURE})")
    target = io.BytesIO()
    picture.save(target, "PNG", pnginfo=notes, compress_level=6)
    return target.getvalue()


def _darken_edges(picture: Image.Image) -> Image.Image:
    shade = Image.radial_gradient("L").point([max(0, round((v - 130) * 0.62)) for v in range(256)])
    picture.paste((6, 4, 18), mask=shade.resize(picture.size, Image.Resampling.BILINEAR))
    return picture


def _finish(picture: Image.Image, scene: Scene, style: str) -> Image.Image:
    match style:
        case "poster":
            return picture.quantize(10, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
        case "pixel":
            cell = max(2, min(picture.size) // 96)
            small = picture.resize(
                (max(1, picture.width // cell), max(1, picture.height // cell)), Image.Resampling.BOX
            )
            small = small.quantize(40, dither=Image.Dither.NONE).convert("RGB")
            return small.resize(picture.size, Image.Resampling.NEAREST)
        case "mono":
            grey = ImageOps.autocontrast(ImageOps.grayscale(picture), cutoff=1)
            return ImageOps.colorize(grey, (18, 16, 28), (248, 240, 224), mid=(126, 112, 106))
        case _:
            return picture


def _sign(picture: Image.Image, prompt: str) -> None:
    size = max(9, round(min(picture.size) * 0.024))
    font, small = ImageFont.load_default(size), ImageFont.load_default(max(8, round(size * 0.8)))
    pad, draw = round(size * 0.8), ImageDraw.Draw(picture, "RGBA")
    lines = _wrap(_readable(prompt), font, picture.width - 4 * pad, 2)
    height = round(size * 1.3) * len(lines) + round(size * 1.15) + pad
    top = picture.height - height - pad
    draw.rounded_rectangle(
        (pad, top, picture.width - pad, picture.height - pad), round(size * 0.6), fill=(8, 8, 20, 150)
    )
    y = top + pad * 0.45
    for line in lines:
        draw.text((2 * pad, y), line, font=font, fill=(255, 255, 255, 235))
        y += round(size * 1.3)
    signature = _wrap(SIGNATURE, small, picture.width - 4 * pad, 1)[0]
    draw.text((2 * pad, y), signature, font=small, fill=(255, 255, 255, 165))


def _readable(prompt: str) -> str:
    # The font that comes with Pillow has Latin letters; of others it would draw empty boxes.
    return "".join(letter if letter < "\u0180" or letter in "–—‘’“”…€" else "·" for letter in prompt)


def _wrap(text: str, font: _Font, width: float, most: int) -> list[str]:
    lines: list[str] = []
    rest = text[:400].split()
    while rest and len(lines) < most:
        count = len(rest)
        while count > 1 and font.getlength(" ".join(rest[:count])) > width:
            count -= 1
        lines.append(" ".join(rest[:count]))
        rest = rest[count:]
    if lines and (rest or font.getlength(lines[-1]) > width):
        last = lines[-1]
        while last and font.getlength(f"{last}…") > width:
            last = last[:-1]
        lines[-1] = f"{last}…"
    return lines
