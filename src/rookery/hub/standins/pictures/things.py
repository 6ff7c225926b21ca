"""What stands, sits, sails or flies in a scene."""

from __future__ import annotations

import itertools
import math
from random import Random

from rookery.hub.standins.pictures.canvas import Canvas
from rookery.hub.standins.pictures.colours import Colour, mix
from rookery.hub.standins.pictures.land import ground_at

WHITE = (255, 255, 255)
DARK = (16, 12, 24)


def paint_tree(canvas: Canvas) -> None:
    """Plants a few broad trees; the largest in front."""
    chance, palette = canvas.scene.chance("tree"), canvas.scene.palette
    is_autumn = any(word in canvas.scene.prompt.casefold() for word in ("autumn", "fall", "maple"))
    is_bloom = any(word in canvas.scene.prompt.casefold() for word in ("cherry", "blossom", "spring"))
    leaf = (214, 110, 40) if is_autumn else (244, 178, 200) if is_bloom else mix((74, 134, 66), palette.far, 0.3)
    if canvas.scene.is_dark:
        leaf = mix(leaf, palette.top, 0.55)
    side = chance.choice((0.2, 0.8))
    for depth, x, size in ((0.02, 1 - side, 0.2), (0.1, (side + 0.5) / 2, 0.15), (0.24, side, 0.36)):
        x = canvas.width * (x + chance.uniform(-0.06, 0.06))
        _paint_one_tree(canvas, chance, x, ground_at(canvas, depth), canvas.unit * size, leaf)


def _paint_one_tree(canvas: Canvas, chance: Random, x: float, foot: float, height: float, leaf: Colour) -> None:
    bark = mix((74, 50, 40), canvas.scene.palette.near, 0.45)
    half = height * 0.045
    top = foot - height * 0.55
    trunk = [(x - half * 1.7, foot), (x - half * 0.6, top), (x + half * 0.6, top), (x + half * 1.7, foot)]
    canvas.draw.polygon(trunk, fill=bark)
    canvas.draw.ellipse(
        (x - height * 0.3, foot - height * 0.025, x + height * 0.3, foot + height * 0.035), fill=(0, 0, 10, 60)
    )
    sway = math.sin(math.tau * canvas.moment) * height * 0.008
    puffs = [
        (chance.triangular(-0.3, 0.3, 0), chance.uniform(-0.26, 0.14), chance.uniform(0.1, 0.17)) for _ in range(22)
    ]
    for shade, lift in ((0.34, 0.0), (0.0, -0.03), (-0.24, -0.07)):
        colour = mix(leaf, DARK, shade) if shade >= 0 else mix(leaf, canvas.scene.palette.glow, -shade)
        scale = 1.0 if shade > 0 else 0.82 if shade == 0 else 0.46
        for along, up, size in puffs:
            centre = (x + along * height + sway + lift * height * 0.5, foot - height * 0.66 + (up + lift) * height)
            canvas.disc(*centre, size * height * scale, colour, 255 if shade >= 0 else 120)


def paint_house(canvas: Canvas) -> None:
    """Builds a house with lit windows and a smoking chimney."""
    chance, palette = canvas.scene.chance("house"), canvas.scene.palette
    width = canvas.unit * 0.24
    x, foot = canvas.width * chance.choice((0.36, 0.58)), ground_at(canvas, 0.16)
    wall = mix(mix((240, 228, 208), palette.low, 0.2), palette.top, 0.45 if canvas.scene.is_dark else 0.04)
    roof = mix(palette.accent, DARK, 0.4 if canvas.scene.is_dark else 0.12)
    top, ridge, half = foot - width * 0.5, foot - width * 0.95, width / 2
    canvas.draw.ellipse(
        (x - width * 0.7, foot - width * 0.04, x + width * 0.75, foot + width * 0.07), fill=(0, 0, 10, 70)
    )
    chimney = x + half * 0.45
    canvas.draw.rectangle((chimney, ridge - width * 0.02, chimney + width * 0.1, top), fill=mix(roof, DARK, 0.35))
    _paint_smoke(canvas, chimney + width * 0.05, ridge - width * 0.04, width)
    canvas.shape([(x - half, top), (x + half, top), (x + half, foot), (x - half, foot)], (wall, mix(wall, DARK, 0.16)))
    eave = width * 0.08
    canvas.shape(
        [(x - half - eave, top + eave * 0.3), (x, ridge), (x + half + eave, top + eave * 0.3)],
        (mix(roof, WHITE, 0.12), roof),
    )
    if canvas.scene.is_white:
        canvas.draw.polygon(
            [(x - half * 0.8, top - width * 0.09), (x, ridge - 1), (x + half * 0.8, top - width * 0.09)],
            fill=(248, 250, 252),
        )
    door = width * 0.075
    canvas.draw.rectangle((x - door, foot - width * 0.28, x + door, foot), fill=mix(roof, DARK, 0.3))
    canvas.disc(x + door * 0.55, foot - width * 0.13, width * 0.01, palette.glow)
    for centre in (x - half * 0.6, x + half * 0.6):
        if canvas.scene.light != "day":
            canvas.glow(centre, foot - width * 0.28, width * 0.3, palette.glow, 0.5)
        box = (centre - door, foot - width * 0.36, centre + door, foot - width * 0.19)
        canvas.draw.rectangle(box, fill=palette.glow, outline=mix(roof, DARK, 0.2), width=max(1, round(width * 0.012)))
        canvas.draw.line((centre, box[1], centre, box[3]), fill=mix(roof, DARK, 0.2), width=max(1, round(width * 0.01)))


def _paint_smoke(canvas: Canvas, x: float, y: float, width: float) -> None:
    for number in range(7):
        part = (number + canvas.moment * 3) % 7
        drift = math.sin(part * 0.9) * width * 0.05 + part * width * 0.03
        grey = mix(canvas.scene.palette.low, WHITE, 0.4)
        canvas.disc(x + drift, y - part * width * 0.09, width * (0.025 + part * 0.011), grey, round(110 - part * 14))


def paint_flowers(canvas: Canvas) -> None:
    """Lets flowers grow in front, in the accent's colours."""
    chance, palette = canvas.scene.chance("flowers"), canvas.scene.palette
    kinds = (palette.accent, mix(palette.accent, WHITE, 0.5), (246, 214, 96), mix(palette.accent, (120, 60, 200), 0.5))
    for number in range(64):
        depth = 0.25 + 0.75 * (number / 63)
        x, foot = chance.random() * canvas.width, ground_at(canvas, depth) + canvas.unit * 0.02
        size = canvas.unit * (0.007 + 0.015 * depth) * chance.uniform(0.75, 1.25)
        lean = chance.uniform(-1, 1) * size + math.sin(math.tau * (canvas.moment + chance.random())) * size * 0.4
        head = (x + lean, foot - size * chance.uniform(3, 5))
        stem = mix((70, 130, 60), palette.near, 0.45)
        canvas.draw.line((x, foot, *head), fill=stem, width=max(1, round(size * 0.22)))
        colour = chance.choice(kinds)
        if canvas.scene.is_dark:
            colour = mix(colour, palette.top, 0.35)
        turn = chance.random()
        for petal in range(6):
            angle = math.tau * (petal / 6 + turn)
            canvas.disc(
                head[0] + math.cos(angle) * size * 0.62, head[1] + math.sin(angle) * size * 0.55, size * 0.42, colour
            )
        canvas.disc(*head, size * 0.36, (250, 206, 84))


def paint_cat(canvas: Canvas) -> None:
    """Sets a cat in front, its back to us, watching it all."""
    chance = canvas.scene.chance("cat")
    words = canvas.scene.prompt.casefold()
    fur = (
        (222, 138, 62)
        if "orange" in words or "ginger" in words
        else (236, 232, 226)
        if "white" in words
        else (26, 22, 32)
    )
    size = canvas.unit * 0.3
    x, foot = canvas.width * chance.choice((0.3, 0.5, 0.68)), ground_at(canvas, 0.8)
    far, rim = chance.choice((-1, 1)), mix(fur, canvas.scene.palette.glow, 0.35)
    canvas.draw.ellipse((x - size * 0.42, foot - size * 0.05, x + size * 0.42, foot + size * 0.05), fill=(0, 0, 10, 80))
    wag = math.sin(math.tau * 2 * canvas.moment) * size * 0.05
    tail = [
        (x + far * size * (0.2 + 0.2 * math.sin(part * 2.4)) + wag * part, foot - size * 0.04 - part**2 * size * 0.36)
        for part in (n / 40 for n in range(41))
    ]
    for point in tail:
        canvas.disc(*point, size * 0.042, fur)
    for shift, colour in ((-size * 0.008, rim), (0.0, fur)):
        canvas.draw.ellipse(
            (x - size * 0.25 + shift, foot - size * 0.48, x + size * 0.25 + shift, foot + size * 0.02), fill=colour
        )
        canvas.draw.ellipse(
            (x - size * 0.17 + shift, foot - size * 0.68, x + size * 0.17 + shift, foot - size * 0.2), fill=colour
        )
        canvas.draw.ellipse(
            (x - size * 0.165 + shift, foot - size * 0.88, x + size * 0.165 + shift, foot - size * 0.58), fill=colour
        )
        for side in (-1, 1):
            ear = [
                (x + side * size * 0.155 + shift, foot - size * 0.77),
                (x + side * size * 0.135 + shift, foot - size * 0.99),
                (x + side * size * 0.03 + shift, foot - size * 0.86),
            ]
            canvas.draw.polygon(ear, fill=colour)


def paint_birds(canvas: Canvas) -> None:
    """Lets a flock fly by; the wings beat in a film."""
    chance = canvas.scene.chance("birds")
    colour = DARK if not canvas.scene.is_dark else mix(canvas.scene.palette.low, WHITE, 0.2)
    x0, y0 = canvas.width * chance.uniform(0.25, 0.6), canvas.horizon * chance.uniform(0.24, 0.5)
    for number in range(11):
        size = canvas.unit * chance.uniform(0.016, 0.034) * (1.7 if number == 0 else 1)
        x = x0 + chance.gauss(0, 0.16) * canvas.width + canvas.moment * canvas.unit * chance.uniform(0.12, 0.2)
        y = y0 + chance.gauss(0, 0.09) * canvas.horizon
        beat = math.sin(math.tau * (chance.random() + canvas.moment * 4)) if canvas.moment else chance.uniform(-0.2, 1)
        _paint_bird(canvas, x, y, size, 0.25 + 0.35 * beat, colour)


def _paint_bird(canvas: Canvas, x: float, y: float, size: float, lift: float, colour: Colour) -> None:
    for side in (-1, 1):
        upper = [
            (x + side * size * part, y - lift * size * math.sin(part * 2.4) * 1.1) for part in (n / 8 for n in range(9))
        ]
        lower = [(px, py + size * 0.2 * (1 - n / 8)) for n, (px, py) in enumerate(upper)]
        canvas.draw.polygon([*upper, *reversed(lower)], fill=colour)
    canvas.draw.ellipse((x - size * 0.1, y - size * 0.08, x + size * 0.1, y + size * 0.42), fill=colour)


def paint_boat(canvas: Canvas) -> None:
    """Sets a sailing boat on the water, with its reflection."""
    chance, palette = canvas.scene.chance("boat"), canvas.scene.palette
    size = canvas.unit * 0.17
    x = canvas.width * chance.choice((0.38, 0.56)) + canvas.moment * canvas.unit * 0.06
    y = canvas.horizon + (canvas.height - canvas.horizon) * 0.36 + math.sin(math.tau * 2 * canvas.moment) * size * 0.02
    hull, sail = mix((92, 56, 40), palette.near, 0.3), mix((250, 244, 232), palette.low, 0.25)
    for number in range(9):
        width, down = size * (0.5 - number * 0.045), y + size * (0.2 + number * 0.07)
        canvas.draw.ellipse(
            (x - width, down - size * 0.014, x + width, down + size * 0.014),
            fill=(*mix(hull, sail, number / 8), 90 - number * 9),
        )
    canvas.draw.polygon(
        [
            (x - size * 0.55, y),
            (x + size * 0.6, y),
            (x + size * 0.4, y + size * 0.2),
            (x - size * 0.38, y + size * 0.2),
        ],
        fill=hull,
    )
    canvas.draw.rectangle(
        (x - size * 0.56, y - size * 0.03, x + size * 0.61, y + size * 0.025), fill=mix(hull, WHITE, 0.25)
    )
    canvas.draw.rectangle((x - size * 0.012, y - size * 1.12, x + size * 0.012, y), fill=mix(hull, DARK, 0.3))
    canvas.shape(
        [(x + size * 0.04, y - size * 1.08), (x + size * 0.52, y - size * 0.1), (x + size * 0.04, y - size * 0.1)],
        (sail, mix(sail, palette.low, 0.3)),
    )
    canvas.shape(
        [(x - size * 0.04, y - size * 0.95), (x - size * 0.42, y - size * 0.1), (x - size * 0.04, y - size * 0.1)],
        (palette.accent, mix(palette.accent, DARK, 0.15)),
    )


def paint_balloon(canvas: Canvas) -> None:
    """Lets hot-air balloons rise, striped in the accent's colour."""
    chance, palette = canvas.scene.chance("balloon"), canvas.scene.palette
    stripes = (palette.accent, mix(palette.accent, WHITE, 0.75), mix(palette.accent, (250, 200, 80), 0.6))
    for part, size in (
        (chance.uniform(0.68, 0.8), 0.055),
        (chance.uniform(0.16, 0.26), 0.075),
        (chance.uniform(0.4, 0.54), 0.12),
    ):
        radius = canvas.unit * size
        x, y = canvas.width * part, canvas.horizon * chance.uniform(0.26, 0.5) - canvas.moment * canvas.unit * 0.06
        _paint_one_balloon(canvas, x, y, radius, stripes)


def _paint_one_balloon(canvas: Canvas, x: float, y: float, radius: float, stripes: tuple[Colour, ...]) -> None:
    def edge(angle: float, share: float) -> tuple[float, float]:
        # A round head that narrows to the mouth below.
        wide = math.sin(angle) * (1 if angle < math.pi / 2 else 1 - 0.28 * (angle / math.pi * 2 - 1))
        return x + share * wide * radius, y - math.cos(angle) * radius * (1 if angle < math.pi / 2 else 1.28)

    angles = [math.pi * 0.93 * n / 24 for n in range(25)]
    bounds = [math.sin(math.pi * (n / 8 - 0.5)) for n in range(9)]
    for number, (left, right) in enumerate(itertools.pairwise(bounds)):
        colour = mix(stripes[number % 3], DARK, 0.05 + 0.26 * number / 7)
        canvas.draw.polygon(
            [*(edge(a, left) for a in angles), *(edge(a, right) for a in reversed(angles))], fill=colour
        )
    basket, rope = y + radius * 1.62, max(1, round(radius * 0.02))
    for side in (-1, 1):
        canvas.draw.line(
            (x + side * radius * 0.16, y + radius * 1.24, x + side * radius * 0.11, basket), fill=DARK, width=rope
        )
    canvas.draw.rectangle((x - radius * 0.13, basket, x + radius * 0.13, basket + radius * 0.2), fill=(110, 72, 44))
