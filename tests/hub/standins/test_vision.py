"""The facts of pictures, told by a stand-in that measures nothing itself."""

from __future__ import annotations

import io

from PIL import Image

from rookery.hub.standins.vision import NO_MODEL, NO_PICTURE
from tests.support.hub import RunningHub

from .asking import Made, find_making, make


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "#cc2030").save(target, "PNG")
    return target.getvalue()


async def look(*files: tuple[str, str, str | None]) -> Made:
    attachments = [
        {"url": f"https://files/{number}", "name": name, "content_type": kind}
        for number, (name, kind, _) in enumerate(files)
    ]
    measured = {f"https://files/{number}": facts for number, (_, _, facts) in enumerate(files)}
    return await make(find_making("vision"), "what is this?", pictures=measured, attachments=attachments)


async def test_what_the_hub_measured_is_told_with_the_remark_that_nobody_saw_it(hub: RunningHub) -> None:
    await hub.stand_in("Eyes", "vision")
    kept = await hub.hub.files.keep_bytes(hub.hub.owner.id, "rook.png", picture())
    attachment = {"url": hub.hub.files.link(kept), "name": "rook.png", "content_type": "image/png"}
    reply = await hub.ask_with("Eyes", "what is this?", attachments=[attachment])
    assert reply.text == f"'rook.png': PNG picture, 60 × 40 pixels; entirely red (#cc2030, 100 %). {NO_MODEL}"


async def test_a_damaged_picture_and_one_elsewhere_are_said_to_be_that(hub: RunningHub) -> None:
    await hub.stand_in("Eyes", "vision")
    kept = await hub.hub.files.keep_bytes(hub.hub.owner.id, "a.png", picture()[:60])
    attachments = [
        {"url": hub.hub.files.link(kept), "name": "a.png", "content_type": "image/png"},
        {"url": "http://127.0.0.1:9/b.png", "name": "b.png", "content_type": "image/png"},
    ]
    reply = await hub.ask_with("Eyes", attachments=attachments)
    assert "'a.png' could not be read: it is damaged" in reply.text
    assert "'b.png' could not be opened." in reply.text


async def test_each_picture_is_told_and_what_cannot_be_one_is_not_measured() -> None:
    made = await look(
        ("a.png", "image/png", "'a.png': a rook."), ("c.png", "image/png", None), ("d.txt", "text/plain", "never asked")
    )
    told = "'a.png': a rook. 'c.png' could not be opened. 'd.txt' is no picture but text/plain."
    assert made.text == f"{told} {NO_MODEL}"


async def test_only_the_first_pictures_are_looked_at() -> None:
    made = await look(*[(f"{number}.png", "image/png", f"'{number}.png'.") for number in range(7)])
    assert "2 more were left out" in made.text
    assert "'5.png'" not in made.text


async def test_without_a_picture_it_says_so() -> None:
    assert (await look()).text == f"{NO_PICTURE} {NO_MODEL}"
