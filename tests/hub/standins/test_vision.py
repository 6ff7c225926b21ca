"""The facts of pictures, and pictures that are none."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rookery.hub.standins.looking import UnreadablePicture, look_at
from rookery.hub.standins.vision import NO_MODEL, NO_PICTURE

from .asking import Made, find_making, make


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", colour: str = "#cc2030") -> bytes:
    image = Image.new(mode, size, colour)
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def huge_png(side: int) -> bytes:
    """A few bytes that claim to be a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


async def look(*files: tuple[str, str, bytes | None]) -> Made:
    attachments = [
        {"url": f"https://files/{number}", "name": name, "content_type": kind}
        for number, (name, kind, _) in enumerate(files)
    ]
    contents = {f"https://files/{number}": data for number, (_, _, data) in enumerate(files)}
    return await make(find_making("vision"), "what is this?", files=contents, attachments=attachments)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
async def test_format_size_and_colour_are_told(kind: str) -> None:
    made = await look(("rook.x", "image/png", picture(kind)))
    assert made.text.startswith(f"'rook.x' is a wide {kind} picture of 60 × 40 pixels, mostly red (100 %).")
    assert made.text.endswith(NO_MODEL)


def test_two_halves_have_two_colours() -> None:
    image = Image.new("RGB", (40, 40), "white")
    image.paste((30, 90, 200), (0, 0, 40, 10))
    target = io.BytesIO()
    image.save(target, "PNG")
    assert look_at(target.getvalue()).colours == (("white", 75), ("blue", 25))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_any_mode_can_be_looked_at(mode: str) -> None:
    target = io.BytesIO()
    Image.new(mode, (8, 9)).save(target, "TIFF")
    assert (look_at(target.getvalue()).width, look_at(target.getvalue()).height) == (8, 9)


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
async def test_a_picture_that_claims_to_be_huge_is_not_decoded(side: int) -> None:
    made = await look(("bomb.png", "image/png", huge_png(side)))
    assert "pixels" in made.text
    assert "than I look at" in made.text or "million I look at" in made.text


async def test_what_is_no_picture_is_said_to_be_none() -> None:
    made = await look(
        ("a.png", "image/png", b"<html>"),
        ("b.png", "image/png", picture()[:60]),
        ("c.png", "image/png", None),
        ("d.txt", "text/plain", None),
    )
    assert "'a.png' is no picture in a format that I know." in made.text
    assert "'b.png' is damaged" in made.text
    assert "'c.png' could not be opened." in made.text
    assert "'d.txt' is no picture but text/plain." in made.text


async def test_only_the_first_pictures_are_looked_at() -> None:
    made = await look(*[(f"{number}.png", "image/png", picture()) for number in range(7)])
    assert "2 more were left out" in made.text
    assert "'5.png'" not in made.text


async def test_without_a_picture_it_says_so() -> None:
    assert (await look()).text == f"{NO_PICTURE} {NO_MODEL}"


@given(st.binary(max_size=200) | st.tuples(st.integers(0, 300), st.binary(max_size=20)).map(lambda cut: _damage(*cut)))
def test_any_bytes_are_looked_at_or_refused(data: bytes) -> None:
    # Any other exception than this one fails the test.
    with suppress(UnreadablePicture):
        assert look_at(data).colours


def _damage(place: int, noise: bytes) -> bytes:
    data = picture("GIF")
    return data[:place] + noise + data[place + len(noise) :]
