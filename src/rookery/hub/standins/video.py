"""A stand-in that makes a short film of the scene that the prompt describes, where ffmpeg is installed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable

from rookery.hub.standins.film import FRAMES_PER_SECOND, FilmFailed, FilmPlan, make_film
from rookery.hub.standins.melody import compose_melody, render_wav
from rookery.hub.standins.model import LocalRule, MadeFile, MeasurePicture, last_user_message
from rookery.hub.standins.naming import file_stem
from rookery.hub.standins.options import read_choice, read_number, read_ratio, read_seed
from rookery.hub.standins.picture import look_controls
from rookery.hub.standins.pictures.drawing import STYLES, draw_scene, fit
from rookery.hub.standins.pictures.scene import compose_scene
from rookery.hub.standins.words import say
from rookery.protocol.controls import FullControls, ParameterControls, Section, Slider
from rookery.protocol.events import ErrorEvent, Event
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

SHORTEST_S, LONGEST_S = 2.0, 4.0
SMALLEST, LARGEST = 64, 768
"""Pixels of the longer side."""
_SIZES = (256, 512, 768)
_TEMPO = 120

FFMPEG_MISSING = (
    "A film cannot be made here because ffmpeg is not installed where the hub runs. Install it (Debian, Ubuntu: "
    "apt-get install ffmpeg; macOS: brew install ffmpeg) and ask again."
)

_LENGTH: list[FullControls] = [
    Slider(
        label="Duration",
        description="Seconds",
        parameter_name="duration",
        default_value=3,
        min_value=SHORTEST_S,
        max_value=LONGEST_S,
        step=0.5,
    )
]


class VideoStandIn(LocalRule):
    """Lets the drawn scene move: clouds drift, birds fly, water glitters. A melody plays below it."""

    rule = "video"
    description = "A rule-based stand-in that makes a short film of what your words name. Not a language model."
    introduction = (
        "I am **Video**, a rule-based stand-in and not a language model, nor a video model: I know some words (sea, "
        "city, birds, snow, balloons …), paint what they name and let it move for a few seconds."
    )
    settings = SettingsResponse(
        allow_attachments=False,
        parameter_controls=ParameterControls(
            sections=[Section(name="Film", controls=[*look_controls(_SIZES, 512, "16:9"), *_LENGTH])]
        ),
    )

    def __init__(self, find_ffmpeg: Callable[[], str | None] = lambda: shutil.which("ffmpeg")) -> None:
        self._find_ffmpeg = find_ffmpeg

    async def make(self, query: QueryRequest, measure: MeasurePicture) -> AsyncGenerator[Event | MadeFile, None]:
        """Gives the MP4 file, then a sentence; an error where ffmpeg is missing or fails."""
        ffmpeg = await asyncio.to_thread(self._find_ffmpeg)
        if ffmpeg is None:
            yield ErrorEvent(text=FFMPEG_MISSING, allow_retry=False)
            return
        message = last_user_message(query)
        parameters, seed = message.parameters, read_seed(message.parameters)
        scene = compose_scene(message.content, seed)
        size = round(read_number(parameters, "size", low=SMALLEST, high=LARGEST, default=512))
        width, height = fit(size, read_ratio(parameters, "aspect", default="16:9"))
        style = read_choice(parameters, "style", STYLES, default=STYLES[0])
        duration_s = read_number(parameters, "duration", low=SHORTEST_S, high=LONGEST_S, default=3)
        frames = round(duration_s * FRAMES_PER_SECOND)
        melody = compose_melody(scene.prompt, beats=duration_s * _TEMPO / 60, seed=seed)

        def draw_frame(number: int) -> bytes:
            return draw_scene(scene, width, height, style=style, moment=(number + 1) / frames).tobytes()

        wav = await asyncio.to_thread(render_wav, melody, duration_s=duration_s, tempo=_TEMPO)
        try:
            data = await make_film(ffmpeg, FilmPlan(width, height, frames, wav), draw_frame)
        except FilmFailed as failure:
            yield ErrorEvent(text=f"The film could not be made: ffmpeg {failure}.", allow_retry=False)
            return
        meta, *words = say(
            f"A film of {frames / FRAMES_PER_SECOND:g} s: {scene.describe()}. I am a stand-in and follow rules: no "
            "video model was asked."
        )
        yield meta
        yield MadeFile(f"{file_stem(scene.prompt, 'film')}.mp4", "video/mp4", data)
        for event in words:
            yield event
