"""Guide: calling a bot that makes pictures, sounds and videos."""

from __future__ import annotations

from tests.support.scripted_bot import scripted_bot

from .makers import maker
from .running import Guide

PICTURE = {"url": "https://files.example.org/fox.png", "content_type": "image/png", "name": "fox.png"}


async def test_a_picture_of_the_called_bot_is_shown_and_parameters_go_along(guide: Guide) -> None:
    async with scripted_bot(maker(PICTURE)) as picture:
        await guide.hub.register("Picture", picture.url, replace=True)
        answer = await guide.ask("MediaBot", "a fox", parameters={"aspect": "16:9"})
        assert [(file.url, file.content_type, file.file_name) for file in answer.reply.files] == [
            tuple(PICTURE.values())
        ]
        assert answer.text == "made\n\n1 file(s) by Picture."
        assert picture.queries[0]["query"][-1]["parameters"] == {"seed": 7, "aspect": "16:9"}


async def test_the_person_has_the_last_word_on_a_parameter(guide: Guide) -> None:
    async with scripted_bot(maker()) as sound:
        await guide.hub.register("Sound", sound.url, replace=True)
        await guide.ask("MediaBot", "the sound of rain", parameters={"seed": 3})
        assert sound.queries[0]["query"][-1]["parameters"] == {"seed": 3}


async def test_the_stand_ins_make_a_real_picture_of_the_wished_shape(guide: Guide) -> None:
    await guide.hub.hub.bots.delete_bot(guide.hub.hub.owner, "Picture")
    await guide.hub.stand_in("Picture", "picture")
    answer = await guide.ask("MediaBot", "picture of a fox", parameters={"aspect": "16:9"})
    assert "1 file(s) by Picture." in answer.text
    (file,) = answer.reply.files
    data = await guide.download(file.url)
    assert data.startswith(b"\x89PNG")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert width > height


async def test_the_stand_ins_make_a_real_sound(guide: Guide) -> None:
    await guide.hub.hub.bots.delete_bot(guide.hub.hub.owner, "Sound")
    await guide.hub.stand_in("Sound", "sound")
    answer = await guide.ask("MediaBot", "the sound of rain")
    (file,) = answer.reply.files
    assert (file.content_type, (await guide.download(file.url))[:4]) == ("audio/wav", b"RIFF")
