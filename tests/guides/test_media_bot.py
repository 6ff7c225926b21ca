"""Guide: calling a bot that makes pictures, sounds and videos."""

from __future__ import annotations

import shutil

import pytest

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


async def test_the_stand_in_makes_a_real_picture_of_the_wished_shape(guide: Guide) -> None:
    await put_stand_in(guide, "Picture", "picture")
    answer = await guide.ask("MediaBot", "picture of a fox", parameters={"aspect": "16:9"})
    assert answer.text.endswith("1 file(s) by Picture.")
    (file,) = answer.reply.files
    data = await guide.download(file.url)
    assert data.startswith(b"\x89PNG")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert round(width / height, 1) == 1.8


async def test_the_same_seed_draws_the_same_picture_again(guide: Guide) -> None:
    await put_stand_in(guide, "Picture", "picture")
    pictures = []
    for seed in (7, 7, 8):
        (file,) = (await guide.ask("MediaBot", "picture of a fox", parameters={"seed": seed})).reply.files
        pictures.append(await guide.download(file.url))
    assert pictures[0] == pictures[1] != pictures[2]


async def test_the_stand_in_makes_a_real_sound(guide: Guide) -> None:
    await put_stand_in(guide, "Sound", "sound")
    (file,) = (await guide.ask("MediaBot", "the sound of rain")).reply.files
    assert (file.content_type, (await guide.download(file.url))[:4]) == ("audio/wav", b"RIFF")


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the stand-in needs ffmpeg to make a video")
async def test_the_stand_in_makes_a_real_video(guide: Guide) -> None:
    await put_stand_in(guide, "Video", "video")
    (file,) = (await guide.ask("MediaBot", "a video of the sea")).reply.files
    assert (file.content_type, (await guide.download(file.url))[4:8]) == ("video/mp4", b"ftyp")


async def test_in_a_chat_the_file_belongs_to_the_answer(guide: Guide) -> None:
    await put_stand_in(guide, "Picture", "picture")
    chat = await guide.start_chat("MediaBot")
    await chat.say("picture of a fox")
    (file,) = (await chat.read())["messages"][-1]["attachments"]
    assert (file["content_type"], file["file_id"] is not None) == ("image/png", True)
    assert (await guide.download(file["url"])).startswith(b"\x89PNG")


async def put_stand_in(guide: Guide, name: str, rule: str) -> None:
    """Puts a stand-in in place of whatever has the name."""
    if guide.hub.hub.bots.find_bot(name) is not None:
        await guide.hub.hub.bots.delete_bot(guide.hub.hub.owner, name)
    await guide.hub.stand_in(name, rule)
