"""A little melody from words: which notes, and their sound as a WAV. Pure; standard library only.

    prompt ─► scale, lead and bass notes (beat, pitch, length) ─► plucked strings mixed ─► 16-bit mono WAV

Blocks for about a tenth of a second per second of sound; callers use a thread.
"""

from __future__ import annotations

import io
import math
import re
import wave
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SAMPLE_RATE = 22_050
"""Samples per second."""

_WORD = re.compile(r"[^\W_]+")
_SAD_WORDS = "sad dark night rain rainy grey gray lonely cold winter death ghost storm lost tears minor melancholy"
_GLAD_WORDS = "happy glad birthday summer sun sunny love joy fun dance party bright spring wedding holiday major"
_SCALES = {"major": (0, 2, 4, 7, 9), "minor": (0, 3, 5, 7, 10)}
_CHORDS = {"major": ((0, 7), (9, 4), (5, 0), (7, 2)), "minor": ((0, 7), (8, 3), (5, 0), (7, 2))}
_LOUDEST = 0.86
_FADE_S = 0.25


@dataclass(frozen=True, slots=True)
class Note:
    """One plucked string."""

    beat: float
    """When, in beats from the start."""
    pitch: int
    """Semitones, MIDI numbers: 60 is middle C."""
    loudness: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Melody:
    """What will be played."""

    notes: tuple[Note, ...]
    mood: str
    """`major` or `minor`."""


def compose_melody(prompt: str, *, beats: float, seed: int = 0) -> Melody:
    """Gives a melody of so many beats, in a pentatonic scale: each word is a small figure, made of its letters."""
    words = _WORD.findall(prompt[:2_000].casefold()) or ["la"]
    chance = Random(f"{zlib.crc32(' '.join(words).encode('utf-8', 'replace'))}:{seed}")
    mood = chance.choice(("major", "major", "minor"))
    if set(words) & set(_GLAD_WORDS.split()):
        mood = "major"
    elif set(words) & set(_SAD_WORDS.split()):
        mood = "minor"
    root = 57 + chance.randrange(7)
    notes = [*_lead(words, mood, root, beats, chance), *_bass(mood, root, beats)]
    return Melody(tuple(sorted(notes, key=lambda note: (note.beat, note.pitch))), mood)


def _lead(words: list[str], mood: str, root: int, beats: float, chance: Random) -> Iterator[Note]:
    scale, beat, step, number = _SCALES[mood], 0.0, 4, 0
    while beat < beats - 0.5:
        word = words[number % len(words)]
        for letter in word[:4]:
            # A letter moves the melody by a few steps of the scale, and it never leaves two octaves.
            step = min(max(step + (ord(letter) % 5) - 2, 0), 9)
            if beat >= beats - 0.5:
                return
            yield Note(beat, root + 12 + 12 * (step // 5) + scale[step % 5], 0.75 if beat % 2 else 0.95)
            beat += chance.choice((0.5, 0.5, 1.0))
        beat = math.ceil(beat * 2) / 2 + (0.5 if len(word) > 5 else 0)
        number += 1
    # It comes home at the end.
    yield Note(max(0.0, beats - 0.5), root + 12, 0.9)


def _bass(mood: str, root: int, beats: float) -> Iterator[Note]:
    for bar in range(math.ceil(beats / 4)):
        low, high = _CHORDS[mood][bar % 4]
        for beat, pitch in ((0, low - 12), (1, high), (2, low), (3, high)):
            if bar * 4 + beat < beats - 0.5:
                yield Note(bar * 4 + beat, root + pitch, 0.5)


def render_wav(melody: Melody, *, duration_s: float, tempo: float) -> bytes:
    """Gives the sound as a WAV file of exactly this length; `tempo` in beats per minute."""
    length = round(duration_s * SAMPLE_RATE)
    mixed = array("f", bytes(4 * length))
    strings: dict[int, list[float]] = {}
    for note in melody.notes:
        start = round(note.beat * 60 / tempo * SAMPLE_RATE)
        string = strings.setdefault(note.pitch, [])
        if not string:
            string.extend(_pluck(note.pitch))
        for number, value in enumerate(string[: max(0, length - start)], start=start):
            mixed[number] += value * note.loudness
    return _to_wav(mixed)


def _pluck(pitch: int) -> Iterator[float]:
    # A decaying tone with three partials; the higher ones fade first, as on a string or a music box.
    turn = math.tau * 440 * 2 ** ((pitch - 69) / 12) / SAMPLE_RATE
    length = int(SAMPLE_RATE * (1.3 if pitch < 64 else 0.9))
    fade, sin = 4.2 / length, math.sin
    for number in range(length):
        angle = number * turn
        left = math.exp(-number * fade) - 0.015
        attack = min(1.0, number / 90)
        yield attack * left * (sin(angle) + 0.45 * left * sin(2 * angle) + 0.3 * left * left * sin(3.01 * angle))


def _to_wav(mixed: array[float]) -> bytes:
    peak = max((abs(value) for value in mixed), default=0.0) or 1.0
    scale, fade = 32_767 * _LOUDEST / peak, int(_FADE_S * SAMPLE_RATE)
    rest = len(mixed)
    samples = array("h", (int(value * scale * min(1.0, (rest - number) / fade)) for number, value in enumerate(mixed)))
    if samples.itemsize == 2 and array("h", [1]).tobytes() != b"\x01\x00":
        samples.byteswap()  # WAV is little-endian whatever the machine is
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.tobytes())
    return target.getvalue()
