"""What lies at the horizon and below: mountains, hills, water, a skyline, woods."""

from __future__ import annotations

import itertools
import math
from random import Random

from rookery.hub.standins.pictures.canvas import Canvas, Point
from rookery.hub.standins.pictures.colours import Colour, mix
from rookery.hub.standins.pictures.sky import light_at

WHITE = (255, 255, 255)


def paint_mountains(canvas: Canvas) -> None:
    """Draws three ranges, the farther the paler, with snow on the highest."""
    palette, chance = canvas.scene.palette, canvas.scene.chance("mountains")
    for number in range(3):
        share = number / 2
        foot = canvas.horizon + canvas.unit * 0.02 * number
        height = canvas.unit * (0.34 - 0.1 * number) * chance.uniform(0.85, 1.15)
        ridge = _jagged(chance, canvas.width, foot, height)
        colour = mix(mix(palette.far, palette.low, 0.45 - 0.45 * share), palette.near, 0.3 * share)
        outline = [*ridge, (canvas.width, canvas.horizon * 1.1), (0, canvas.horizon * 1.1)]
        canvas.shape(outline, (colour, mix(colour, palette.low, 0.35)))
        if number == 0 or canvas.scene.is_white:
            _paint_snow_line(canvas, ridge, foot - height * 0.62, chance)


def _jagged(chance: Random, width: int, foot: float, height: float) -> list[Point]:
    # Midpoint displacement: a line, broken in the middle again and again, by less each time.
    levels = [chance.uniform(0.15, 0.6), chance.uniform(0.5, 1), chance.uniform(0.2, 0.7), chance.uniform(0.6, 1), 0.3]
    reach = 0.3
    for _ in range(6):
        pairs = itertools.pairwise(levels)
        broken = [value for a, b in pairs for value in (a, (a + b) / 2 + chance.uniform(-reach, reach) * 0.5)]
        levels = [*broken, levels[-1]]
        reach *= 0.56
    step = width / (len(levels) - 1)
    return [(number * step, foot - max(0.02, level) * height) for number, level in enumerate(levels)]


def _paint_snow_line(canvas: Canvas, ridge: list[Point], line: float, chance: Random) -> None:
    caps: list[list[Point]] = [[]]
    for x, y in ridge:
        if y < line:
            caps[-1].append((x, y))
        elif caps[-1]:
            caps.append([])
    bright = mix(WHITE, canvas.scene.palette.low, 0.25)
    for cap in caps:
        if len(cap) > 2:
            ragged = [(x, y + (line - y) * chance.uniform(0.3, 0.95)) for x, y in reversed(cap)]
            canvas.draw.polygon([*cap, *ragged], fill=(*bright, 215))


def paint_hills(canvas: Canvas) -> None:
    """Lays rolling land in front, down to the lower edge."""
    palette, chance = canvas.scene.palette, canvas.scene.chance("hills")
    has_sea = "sea" in canvas.scene.things
    layers = 1 if has_sea else 3
    for number in range(layers):
        share = 1.0 if has_sea else number / (layers - 1)
        top = (
            canvas.height * 0.85
            if has_sea
            else canvas.horizon + (canvas.height - canvas.horizon) * (0.08 + 0.28 * number)
        )
        outline = _rolling(chance, canvas, top, canvas.unit * (0.03 if has_sea else 0.045))
        colour = mix(mix(palette.far, palette.near, 0.25 + 0.75 * share), palette.low, 0.12 * (1 - share))
        canvas.shape(
            [*outline, (canvas.width, canvas.height), (0, canvas.height)], (mix(colour, palette.low, 0.16), colour)
        )


def _rolling(chance: Random, canvas: Canvas, top: float, swing: float) -> list[Point]:
    waves = [(chance.uniform(0.6, 1.3), chance.random(), 1.0), (chance.uniform(2, 3), chance.random(), 0.35)]
    points: list[Point] = []
    for number in range(81):
        part = number / 80
        lift = sum(math.sin(math.tau * (rate * part + phase)) * size for rate, phase, size in waves)
        points.append((part * canvas.width, top - lift * swing))
    return points


def ground_at(canvas: Canvas, depth: float) -> float:
    """Gives the height at which something stands; `depth` 0 at the far end of the near land, 1 at the lower edge."""
    start = canvas.height * 0.85 if "sea" in canvas.scene.things else canvas.horizon + canvas.unit * 0.08
    return start + (canvas.height - start) * depth


def paint_sea(canvas: Canvas) -> None:
    """Fills everything below the horizon with water that glitters under the light."""
    palette, chance = canvas.scene.palette, canvas.scene.chance("sea")
    depth = canvas.height - canvas.horizon
    canvas.fill(
        canvas.horizon,
        canvas.height,
        (mix(palette.water, palette.low, 0.55), palette.water, mix(palette.water, (0, 0, 12), 0.3)),
    )
    has_light = bool(canvas.scene.things & {"sun", "moon"})
    x_light, _ = light_at(canvas)
    bright = mix(palette.low, WHITE, 0.3)
    for _ in range(150):
        part = chance.random() ** 1.7
        y = canvas.horizon + depth * part
        width = canvas.unit * (0.008 + 0.05 * part) * chance.uniform(0.5, 1.5)
        drift = math.sin(math.tau * (chance.random() + canvas.moment)) * canvas.unit * 0.012
        thick = canvas.unit * (0.001 + 0.003 * part)
        if has_light and chance.random() < 0.55:
            x, fill = (
                x_light + chance.gauss(0, 1) * canvas.unit * (0.03 + 0.09 * part),
                (*palette.glow, chance.randint(70, 190)),
            )
        else:
            x, fill = chance.random() * canvas.width, (*bright, chance.randint(18, 60))
        canvas.draw.ellipse((x + drift - width, y - thick, x + drift + width, y + thick), fill=fill)


def paint_city(canvas: Canvas) -> None:
    """Builds a skyline in two rows, with lit windows."""
    palette, chance = canvas.scene.palette, canvas.scene.chance("city")
    foot = canvas.horizon + canvas.unit * 0.035
    for row in range(2):
        colour = mix(palette.far, palette.low, 0.3) if row == 0 else mix(palette.far, palette.near, 0.62)
        x = -canvas.unit * 0.02
        while x < canvas.width:
            width = canvas.unit * chance.uniform(0.045, 0.1)
            height = canvas.unit * chance.uniform(0.1, 0.42 - 0.14 * row)
            _paint_tower(canvas, chance, (x, foot - height, x + width, foot), colour, has_windows=row == 1)
            x += width + canvas.unit * chance.uniform(-0.006, 0.012)


def _paint_tower(
    canvas: Canvas, chance: Random, box: tuple[float, float, float, float], colour: Colour, *, has_windows: bool
) -> None:
    left, top, right, bottom = box
    canvas.shape(
        [(left, top), (right, top), (right, bottom), (left, bottom)],
        (colour, mix(colour, canvas.scene.palette.low, 0.22)),
    )
    middle, thin = (left + right) / 2, canvas.unit * 0.002
    roof = chance.random()
    if roof < 0.25:
        canvas.draw.rectangle((middle - thin, top - canvas.unit * 0.05, middle + thin, top), fill=colour)
    elif roof < 0.45:
        canvas.draw.polygon([(left, top), (middle, top - (right - left) * 0.6), (right, top)], fill=colour)
    if not has_windows:
        return
    step = canvas.unit * 0.016
    lit = 0.45 if canvas.scene.is_dark else 0.22
    for column in range(int((right - left) / step) - 1):
        for row in range(int((bottom - top) / step / 1.3) - 1):
            if chance.random() < lit:
                x, y = left + step * (column + 0.8), top + step * 1.3 * (row + 0.7)
                alpha = chance.randint(120, 235)
                canvas.draw.rectangle((x, y, x + step * 0.45, y + step * 0.7), fill=(*canvas.scene.palette.glow, alpha))


def paint_forest(canvas: Canvas) -> None:
    """Grows firs in three rows, the nearest the darkest."""
    palette, chance = canvas.scene.palette, canvas.scene.chance("forest")
    for row in range(3):
        colour = mix(mix(palette.far, palette.low, 0.15), mix(palette.near, (0, 24, 16), 0.25), 0.3 + 0.35 * row)
        count = 26 - 5 * row
        for number in range(count):
            x = canvas.width * (number + chance.uniform(0, 1)) / count
            height = canvas.unit * chance.uniform(0.08, 0.15) * (1 + 0.45 * row)
            _paint_fir(canvas, x, canvas.horizon + canvas.unit * (0.02 + 0.035 * row), height, colour)


def _paint_fir(canvas: Canvas, x: float, foot: float, height: float, colour: Colour) -> None:
    is_white = canvas.scene.is_white
    trunk = height * 0.03
    canvas.draw.rectangle((x - trunk, foot - height * 0.2, x + trunk, foot), fill=mix(colour, (40, 26, 20), 0.5))
    for tier in range(4):
        base, tip = foot - height * (0.04 + 0.22 * tier), foot - height * (0.5 + 0.17 * tier)
        half = height * (0.24 - 0.045 * tier)
        canvas.draw.polygon(
            [(x - half, base), (x, tip), (x + half, base)], fill=mix(colour, canvas.scene.palette.low, 0.05 * tier)
        )
        if is_white:
            canvas.draw.polygon(
                [(x - half * 0.45, (base + tip) / 2), (x, tip), (x + half * 0.45, (base + tip) / 2)],
                fill=(244, 248, 252, 230),
            )
