"""Facts about pictures: measured, in plain English, and honest about it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rookery.hub.parsing.facts import HONESTY, describe_facts, facts_from_json, facts_to_json
from rookery.hub.parsing.model import Colour, PictureFacts
from tests.hub.parsing import hostile
from tests.hub.parsing.reading import reading


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def two_coloured() -> Image.Image:
    picture = Image.new("RGB", (640, 480), "#0b1f5a")
    picture.paste("#ffffff", (0, 0, 640, 120))
    return picture


async def test_a_picture_is_described_by_what_was_measured(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        read = await files.picture("cat.png", encoded(two_coloured()))
    assert read.reason is None
    assert read.facts == PictureFacts(
        format="PNG",
        width=640,
        height=480,
        dominant_colours=(Colour("#0b1f5a", "dark blue", 0.75), Colour("#ffffff", "white", 0.25)),
        is_animated=False,
        has_alpha=False,
    )
    assert read.text == (
        f"PNG picture, 640 × 480 pixels; mostly dark blue (#0b1f5a, 75 %) and white (#ffffff, 25 %). {HONESTY}"
    )


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP", "BMP", "TIFF"])
async def test_other_formats_are_known_too(tmp_path: Path, kind: str) -> None:
    async with reading(tmp_path) as files:
        read = await files.picture("a", encoded(two_coloured(), kind), f"image/{kind.lower()}")
    assert read.facts is not None
    assert read.facts.format.upper() == kind
    assert (read.facts.width, read.facts.height) == (640, 480)
    assert [colour.name for colour in read.facts.dominant_colours] == ["dark blue", "white"]


async def test_an_animation_and_transparency_are_facts(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    async with reading(tmp_path) as files:
        moving = await files.picture("a.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
        invisible = await files.picture("b.png", encoded(clear))
    assert moving.facts is not None
    assert moving.facts.is_animated
    assert (moving.text or "").startswith("Animated GIF picture, 8 × 8 pixels; entirely red (#")
    assert invisible.facts is not None
    assert invisible.facts.has_alpha
    assert invisible.text == f"PNG picture, 8 × 8 pixels; entirely transparent. {HONESTY}"


async def test_a_turned_photo_has_the_size_that_people_see(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    async with reading(tmp_path) as files:
        read = await files.picture("a.jpg", encoded(two_coloured(), "JPEG", exif=exif), "image/jpeg")
    assert read.facts is not None
    assert (read.facts.width, read.facts.height) == (480, 640)


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (hostile.png_head(60_000, 60_000), "it has 60,000 × 60,000 pixels; at most 100 million are looked at"),
        (hostile.png_head(5_000, 5_000), "it is damaged, or not what its name and type say"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "it is damaged, or a kind of picture that the hub does not know"),
        (b"", "it is damaged, or a kind of picture that the hub does not know"),
        (encoded(two_coloured())[:60], "it is damaged, or not what its name and type say"),
    ],
    ids=["bomb", "promise", "program", "nothing", "half"],
)
async def test_a_picture_that_cannot_be_looked_at_has_a_reason(tmp_path: Path, data: bytes, trouble: str) -> None:
    async with reading(tmp_path) as files:
        read = await files.picture("a.png", data)
        following = await files.picture("next.png", encoded(two_coloured()))
    assert read.facts is None
    assert read.text is None
    assert read.reason == f"'a.png' could not be read: {trouble}."
    assert following.facts is not None


async def test_a_picture_that_is_a_page_too_is_a_picture_by_its_type_and_no_text(tmp_path: Path) -> None:
    both = encoded(two_coloured()) + b"<html><script>alert(1)</script>hello</html>"
    async with reading(tmp_path) as files:
        picture = await files.picture("a.png", both)
        page = await files.text("a.html", both, "text/html")
    assert picture.facts is not None
    assert page.text is None
    assert page.reason == "'a.html' could not be read: it is said to be text, but holds binary data."


async def test_a_picture_has_no_text_and_a_text_no_facts(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        text = await files.text("a.png", encoded(two_coloured()), "image/png")
        picture = await files.picture("a.txt", b"crow", "text/plain")
    assert text.reason == "'a.png' could not be read: it is no kind of file that the hub finds text in (image/png)."
    assert picture.reason == "'a.txt' could not be read: it is no picture (text/plain)."


async def test_facts_are_known_after_a_restart(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        first = await files.picture("cat.png", encoded(two_coloured()))
    async with reading(tmp_path) as files:
        assert await files.picture("cat.png", encoded(two_coloured())) == first
        assert files.opened == []


def test_facts_survive_their_way_through_json() -> None:
    facts = PictureFacts("PNG", 1, 2, (Colour("#ff0000", "red", 1.0),), is_animated=True, has_alpha=True)
    assert facts_from_json(facts_to_json(facts)) == facts
    assert describe_facts(facts) == (
        "Animated PNG picture, 1 × 2 pixels; entirely red (#ff0000, 100 %); parts of it may be transparent. " + HONESTY
    )
