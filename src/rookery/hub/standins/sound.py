"""A stand-in that plays a little melody made from the words of the prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from rookery.hub.standins.melody import compose_melody, render_wav
from rookery.hub.standins.model import LocalRule, MadeFile, MeasurePicture, last_user_message
from rookery.hub.standins.naming import file_stem
from rookery.hub.standins.options import read_number, read_seed
from rookery.hub.standins.picture import seed_control
from rookery.hub.standins.words import say
from rookery.protocol.controls import ParameterControls, Section, Slider
from rookery.protocol.events import Event
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

SHORTEST_S, LONGEST_S = 1.0, 12.0
SLOWEST, FASTEST = 50, 200
"""Beats per minute."""

_CONTROLS = ParameterControls(
    sections=[
        Section(
            name="Sound",
            controls=[
                Slider(
                    label="Duration",
                    description="Seconds",
                    parameter_name="duration",
                    default_value=5,
                    min_value=SHORTEST_S,
                    max_value=LONGEST_S,
                    step=0.5,
                ),
                Slider(
                    label="Tempo",
                    description="Beats per minute",
                    parameter_name="tempo",
                    default_value=120,
                    min_value=SLOWEST,
                    max_value=FASTEST,
                    step=1,
                ),
                seed_control(),
            ],
        )
    ]
)


class SoundStandIn(LocalRule):
    """Plays the words; the same prompt and parameters give the same sound, byte by byte."""

    rule = "sound"
    description = "A rule-based stand-in that makes a little melody from your words. Not a language model."
    introduction = (
        "I am **Sound**, a rule-based stand-in and not a language model, nor a voice: I make a little melody from the "
        "letters of your words. Sad words give a minor key."
    )
    settings = SettingsResponse(allow_attachments=False, parameter_controls=_CONTROLS)

    async def make(self, query: QueryRequest, measure: MeasurePicture) -> AsyncGenerator[Event | MadeFile, None]:
        """Gives the WAV file, then a sentence on it."""
        message = last_user_message(query)
        duration_s = read_number(message.parameters, "duration", low=SHORTEST_S, high=LONGEST_S, default=5)
        tempo = read_number(message.parameters, "tempo", low=SLOWEST, high=FASTEST, default=120)
        melody = compose_melody(message.content, beats=duration_s * tempo / 60, seed=read_seed(message.parameters))
        data = await asyncio.to_thread(render_wav, melody, duration_s=duration_s, tempo=tempo)
        meta, *words = say(
            f"A melody of {duration_s:g} s in {melody.mood}, {tempo:g} beats a minute, made from the letters of your "
            "words. I am a stand-in and follow rules: no model was asked, and I cannot speak."
        )
        yield meta
        yield MadeFile(f"{file_stem(message.content, 'melody')}.wav", "audio/wav", data)
        for event in words:
            yield event
