"""Guide: pictures, HTML, sounds, videos in an answer."""

from __future__ import annotations

import pytest

from tests.support.scripted_bot import scripted_bot

from .makers import maker
from .running import Guide

VIDEO = {"url": "https://files.example.org/sea.mp4", "content_type": "video/mp4", "name": "sea.mp4"}


@pytest.mark.parametrize(
    ("asked", "begins", "ends"),
    [
        ("picture", "![a duck on the water](https://", ".jpg)"),
        ("block", "```html\n<html>\n", "</html>\n```"),
        ("inline", "<html>\n<body", "</html>"),
        ("iframe", '<iframe src="https://www.example.org/" height="400">', "</iframe>"),
    ],
)
async def test_the_answer_arrives_exactly_as_written(guide: Guide, asked: str, begins: str, ends: str) -> None:
    answer = await guide.ask("RichBot", asked)
    assert answer.text.startswith(begins)
    assert answer.text.endswith(ends)
    assert answer.reply.meta.content_type == "text/markdown"
    assert answer.reply.suggested_replies == ("picture", "block", "inline", "iframe", "sound", "video")


async def test_inline_html_holds_no_empty_line(guide: Guide) -> None:
    assert "\n\n" not in (await guide.ask("RichBot", "inline")).text


async def test_a_video_of_another_bot_is_passed_on(guide: Guide) -> None:
    async with scripted_bot(maker(VIDEO)) as video:
        await guide.hub.register("Video", video.url, replace=True)
        answer = await guide.ask("RichBot", "video")
    assert [(file.url, file.content_type) for file in answer.reply.files] == [(VIDEO["url"], "video/mp4")]


async def test_a_sound_has_a_type_that_gets_a_player(guide: Guide) -> None:
    answer = await guide.ask("RichBot", "sound")
    (file,) = answer.reply.files
    assert (file.file_name, file.content_type) == ("beep.wav", "audio/wav")
    assert (await guide.download(file.url)).startswith(b"RIFF")
