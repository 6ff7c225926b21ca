"""What is above the horizon: sky, stars, sun, moon, clouds, rainbow, rain and snow."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from rookery.hub.standins.pictures.canvas import Canvas
from rookery.hub.standins.pictures.colours import Colour, mix

WHITE = (255, 255, 255)
_RAINBOW = ((226, 60, 60), (240, 150, 50), (246, 220, 80), (90, 180, 90), (70, 130, 210), (130, 80, 180))


def paint_sky(canvas: Canvas) -> None:
    """Fills the canvas with the sky's gradient."""
    palette = canvas.scene.palette
    canvas.fill(0, canvas.horizon * 1.04, (palette.top, palette.middle, palette.low))


def paint_stars(canvas: Canvas) -> None:
    """Scatters stars, more of them high up; in a film they twinkle."""
    chance = canvas.scene.chance("stars")
    strength = 1.0 if canvas.scene.is_dark else 0.5
    for _ in range(170):
        x, y = chance.random() * canvas.width, chance.random() ** 1.5 * canvas.horizon * 0.95
        size, phase = canvas.unit * chance.choice((0.0012, 0.0016, 0.0022, 0.0032)), chance.random()
        twinkle = 0.65 + 0.35 * math.sin(math.tau * (phase + 2 * canvas.moment))
        alpha = round(255 * strength * twinkle * (1 - y / canvas.horizon * 0.7))
        canvas.disc(x, y, size, mix(WHITE, canvas.scene.palette.glow, chance.random()), alpha)
        if size > canvas.unit * 0.003:
            canvas.glow(x, y, size * 6, WHITE, 0.35 * strength * twinkle)


def light_at(canvas: Canvas) -> tuple[float, float]:
    """Gives where sun or moon stands, which water and clouds must know too."""
    chance = canvas.scene.chance("light")
    is_low = canvas.scene.light in ("dusk", "dawn")
    x = canvas.width * chance.choice((0.26, 0.32, 0.66, 0.72))
    y = canvas.horizon * (chance.uniform(0.62, 0.74) if is_low else chance.uniform(0.22, 0.36))
    return x, y + canvas.unit * 0.03 * canvas.moment * (1 if canvas.scene.light == "dusk" else -1)


def paint_sun(canvas: Canvas) -> None:
    """Puts the sun with its light round it."""
    x, y = light_at(canvas)
    radius = canvas.unit * (0.085 if canvas.scene.light in ("dusk", "dawn") else 0.065)
    glow = canvas.scene.palette.glow
    canvas.glow(x, y, radius * 7, mix(glow, canvas.scene.palette.low, 0.4), 0.55)
    canvas.glow(x, y, radius * 2.6, glow, 0.85)
    canvas.disc(x, y, radius, mix(glow, WHITE, 0.35))


def paint_moon(canvas: Canvas) -> None:
    """Puts the moon: full with its seas, or a crescent, as the words fall."""
    x, y = light_at(canvas)
    if "sun" in canvas.scene.things:
        x = canvas.width - x
    chance = canvas.scene.chance("moon")
    radius, glow = canvas.unit * 0.062, canvas.scene.palette.glow
    canvas.glow(x, y, radius * 6, mix(glow, canvas.scene.palette.middle, 0.35), 0.5)
    if "crescent" in canvas.scene.prompt.casefold() or chance.random() < 0.4:
        side = round(radius * 2)
        mask = Image.new("L", (side, side))
        pen = ImageDraw.Draw(mask)
        pen.ellipse((0, 0, side - 1, side - 1), fill=255)
        pen.ellipse((side * 0.25, -side * 0.06, side * 1.15, side * 0.84), fill=0)
        canvas.image.paste(glow, (round(x - radius), round(y - radius)), mask)
        return
    canvas.disc(x, y, radius, glow)
    for _ in range(7):
        angle, far = chance.random() * math.tau, chance.random() * 0.62
        size = radius * chance.uniform(0.08, 0.24)
        spot = (x + math.cos(angle) * far * radius, y + math.sin(angle) * far * radius)
        canvas.disc(*spot, size, mix(glow, canvas.scene.palette.middle, 0.5), 90)


def paint_rainbow(canvas: Canvas) -> None:
    """Spans a rainbow from side to side."""
    x, y, radius = canvas.width * 0.5, canvas.horizon * 1.06, min(canvas.width * 0.46, canvas.horizon * 0.84)
    band = canvas.unit * 0.013
    for number, colour in enumerate(_RAINBOW):
        inner = radius - number * band
        box = (x - inner, y - inner, x + inner, y + inner)
        canvas.draw.arc(box, 180, 360, fill=(*colour, 120), width=math.ceil(band))


def paint_clouds(canvas: Canvas) -> None:
    """Lets clouds drift by: heaps with a flat foot, brighter above."""
    chance, palette = canvas.scene.chance("clouds"), canvas.scene.palette
    is_heavy = "rain" in canvas.scene.things or canvas.scene.light == "grey"
    count = 8 if is_heavy else 5
    body = mix(palette.low, palette.middle, 0.5) if canvas.scene.is_dark else mix(palette.low, WHITE, 0.6)
    for number in range(count):
        size = canvas.unit * chance.uniform(0.09, 0.19) * (1.3 if is_heavy else 1)
        drift = canvas.moment * canvas.unit * chance.uniform(0.04, 0.1)
        x = canvas.width * (number + chance.random()) / count + drift
        y = canvas.horizon * chance.uniform(0.14, 0.62)
        _paint_cloud(canvas, chance, x, y, size, mix(body, palette.middle, 0.35 if is_heavy else 0.05))


def _paint_cloud(canvas: Canvas, chance: Random, x: float, y: float, size: float, body: Colour) -> None:
    # Drawn small and blurred, then enlarged: soft edges for little work.
    fine = 8
    width, height = round(size * 3 / fine), round(size * 1.3 / fine)
    mask = Image.new("L", (width, height))
    pen = ImageDraw.Draw(mask)
    for _ in range(11):
        along = chance.uniform(-1, 1)
        puff = height * chance.uniform(0.18, 0.33) * (1.1 - abs(along) * 0.75)
        centre = (width * (0.5 + along * 0.33), height * 0.78 - puff * chance.uniform(0.5, 1.1))
        pen.ellipse((centre[0] - puff, centre[1] - puff, centre[0] + puff, centre[1] + puff), fill=235)
    pen.rectangle((0, round(height * 0.8), width, height), fill=0)
    pen.ellipse((width * 0.1, height * 0.66, width * 0.9, height * 0.88), fill=235)
    mask = mask.filter(ImageFilter.GaussianBlur(max(1.0, height * 0.045)))
    full = (width * fine, height * fine)
    shade = mix(body, canvas.scene.palette.middle, 0.45)
    cloud = canvas.gradient(*full, (body, body, shade))
    alpha = chance.uniform(0.6, 0.9)
    soft = mask.resize(full, Image.Resampling.BICUBIC).point([round(value * alpha) for value in range(256)])
    canvas.image.paste(cloud, (round(x - full[0] / 2), round(y - full[1] / 2)), soft)


def paint_rain(canvas: Canvas) -> None:
    """Draws slanting rain over everything."""
    chance = canvas.scene.chance("rain")
    for _ in range(300):
        length = canvas.unit * chance.uniform(0.02, 0.06)
        x = chance.uniform(-0.1, 1.1) * canvas.width
        y = (chance.random() + canvas.moment * 3) % 1.1 * canvas.height - length
        fill = (*mix(canvas.scene.palette.low, WHITE, 0.5), chance.randint(50, 130))
        canvas.draw.line((x, y, x - length * 0.22, y + length), fill=fill, width=max(1, round(canvas.unit * 0.0022)))


def paint_snow(canvas: Canvas) -> None:
    """Lets it snow: small flakes far away, large ones near."""
    chance = canvas.scene.chance("snow")
    for _ in range(260):
        near = chance.random() ** 3
        sway = math.sin(math.tau * (chance.random() + canvas.moment)) * canvas.unit * 0.012
        x, y = (
            chance.random() * canvas.width + sway,
            (chance.random() + canvas.moment * (0.3 + near)) % 1 * canvas.height,
        )
        canvas.disc(x, y, canvas.unit * (0.0016 + near * 0.006), WHITE, round(120 + 110 * (1 - near)))
