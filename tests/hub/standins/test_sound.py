"""The melody: length, determinism, and what the words do."""

from __future__ import annotations

import io
import wave
from array import array
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rookery.hub.standins.melody import SAMPLE_RATE, compose_melody, render_wav
from rookery.protocol.reduce import reduce_events

from .asking import find_making, make


def seconds_of(data: bytes) -> float:
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
        return float(file.getnframes() / file.getframerate())


@pytest.mark.parametrize(
    ("parameters", "seconds"),
    [({}, 5), ({"duration": 2.5}, 2.5), ({"duration": "3"}, 3), ({"duration": 0}, 1), ({"duration": 1e9}, 12)],
)
async def test_the_duration_is_honoured_and_clamped(parameters: dict[str, Any], seconds: float) -> None:
    made = await make(find_making("sound"), "good morning", parameters)
    assert (made.file.name, made.file.content_type) == ("good-morning.wav", "audio/wav")
    assert seconds_of(made.file.data) == pytest.approx(seconds, abs=0.001)
    assert "stand-in" in made.text


async def test_the_same_words_and_seed_give_the_same_bytes() -> None:
    short = {"duration": 1}
    sounds = [
        (await make(find_making("sound"), text, {**short, **more})).file.data
        for text, more in [("rook", {}), ("rook", {}), ("rook", {"seed": 1}), ("rook", {"tempo": 60}), ("owl", {})]
    ]
    assert sounds[0] == sounds[1]
    assert len(set(sounds)) == 4


def test_the_sound_is_loud_enough_never_clipped_and_ends_in_silence() -> None:
    data = render_wav(compose_melody("la la", beats=4), duration_s=2, tempo=120)
    with wave.open(io.BytesIO(data)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    assert 20_000 < max(abs(sample) for sample in samples) < 32_000
    assert abs(samples[-1]) < 200


def test_sad_words_are_minor_and_glad_ones_major() -> None:
    assert compose_melody("a sad and rainy day", beats=8).mood == "minor"
    assert compose_melody("happy birthday", beats=8).mood == "major"


@given(text=st.text(max_size=50), beats=st.floats(0.5, 40), seed=st.integers(0, 2**32))
def test_a_melody_stays_within_its_beats_and_within_hearing(text: str, beats: float, seed: int) -> None:
    melody = compose_melody(text, beats=beats, seed=seed)
    assert melody.notes
    assert all(0 <= note.beat <= beats and 30 <= note.pitch <= 100 for note in melody.notes)


@settings(max_examples=25)
@given(
    parameters=st.dictionaries(
        st.sampled_from(["tempo", "seed"]), st.none() | st.integers() | st.floats() | st.text(max_size=9)
    )
)
async def test_any_parameters_give_a_sound(parameters: dict[str, Any]) -> None:
    made = await make(find_making("sound"), "x", {**parameters, "duration": 1})
    assert seconds_of(made.file.data) == pytest.approx(1, abs=0.001)
    assert reduce_events(made.events).is_done
