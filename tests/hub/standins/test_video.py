"""The film: made by the real ffmpeg where there is one; without it a sentence that says what to do."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rookery.hub.standins.video import FFMPEG_MISSING, VideoStandIn
from rookery.protocol.events import ErrorEvent
from rookery.protocol.reduce import reduce_events

from .asking import find_making, make

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="ffmpeg is not installed; what happens without it is tested all the same",
)
SMALL = {"size": 96, "duration": 2}


def probe(data: bytes, folder: Path) -> dict[str, Any]:
    path = folder / "film.mp4"
    path.write_bytes(data)
    found = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        check=True,
        capture_output=True,
    )
    return dict(json.loads(found.stdout))


def program(folder: Path, script: str) -> str:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@needs_ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameters", "size", "seconds"),
    [
        ({"size": 128}, (128, 72), 3),
        ({"size": "96", "aspect": "9:16", "duration": 2}, (54, 96), 2),
        ({"size": 1, "aspect": "1:1", "duration": 99}, (64, 64), 4),
    ],
)
async def test_a_film_has_the_size_shape_and_length_that_were_asked_for(
    parameters: dict[str, Any], size: tuple[int, int], seconds: float, tmp_path: Path
) -> None:
    made = await make(find_making("video"), "birds over the sea", parameters)
    assert (made.file.name, made.file.content_type) == ("birds-over-the-sea.mp4", "video/mp4")
    facts = await asyncio.to_thread(probe, made.file.data, tmp_path)
    picture, sound = facts["streams"]
    assert (picture["width"], picture["height"]) == size
    assert picture["pix_fmt"] == "yuv420p"
    assert sound["codec_type"] == "audio"
    assert float(picture["duration"]) == pytest.approx(seconds, abs=0.06)
    assert "stand-in" in made.text


async def test_without_ffmpeg_the_error_says_how_to_get_it() -> None:
    made = await make(VideoStandIn(lambda: None), "birds")
    assert made.items == [ErrorEvent(text=FFMPEG_MISSING, allow_retry=False)]
    assert "apt-get install ffmpeg" in FFMPEG_MISSING


async def test_ffmpeg_that_fails_is_told_with_its_last_line(tmp_path: Path) -> None:
    broken = program(tmp_path, "echo first >&2; echo 'no such codec' >&2; exit 3")
    made = await make(VideoStandIn(lambda: broken), "birds", SMALL)
    error = reduce_events(made.events).error
    assert error is not None
    assert error.text == "The film could not be made: ffmpeg ended with status 3: no such codec."
    assert not error.allow_retry
    assert not made.files


async def test_ffmpeg_that_makes_nothing_or_cannot_be_run_is_told(tmp_path: Path) -> None:
    silent = program(tmp_path, "cat > /dev/null")
    for path in (silent, str(tmp_path / "gone"), str(tmp_path)):
        made = await make(VideoStandIn(lambda path=path: path), "birds", SMALL)  # type: ignore[misc]
        error = reduce_events(made.events).error
        assert error is not None
        assert (error.text or "").startswith("The film could not be made: ffmpeg could not be run")


async def test_a_stopped_query_kills_ffmpeg_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    stuck = program(tmp_path, f"echo $$ > {started}; exec sleep 600")
    films = tmp_path / "films"
    films.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(films))
    task = asyncio.create_task(make(VideoStandIn(lambda: stuck), "birds", SMALL))
    process_id = int(await asyncio.to_thread(started.read_text))
    os.kill(process_id, 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    assert list(films.iterdir()) == []
