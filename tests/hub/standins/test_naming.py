"""Which rule stands in for a bot, by its name; and names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.standins.catalogue import STAND_INS
from rookery.hub.standins.naming import file_stem, rule_for
from rookery.hub.standins.registration import stand_in_draft


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("picture", "GPT-Image-1 DALL-E-3 dalle3 FLUX-pro-1.1 Imagen-4-Ultra StableDiffusionXL Ideogram-v3 Photo_Bot"),
        ("video", "Sora-2 Veo-3 veo3 Runway-Gen-4-Turbo Kling-2.1 Image-to-Video VideoMaker Animator"),
        ("sound", "ElevenLabs-v3 TTS-1-HD gpt-4o-mini-tts Hailuo-Speech Lyria Suno Audio-Bot MusicGen"),
        ("vision", "GPT-4-Vision Qwen2-VL gpt-4-vision-preview"),
        ("eliza", "GPT-3.5-Turbo Claude-Sonnet-4 Llama-3 Television Supervision-Bot Soraya Stdout x"),
    ],
)
def test_the_name_chooses_the_rule(rule: str, names: str) -> None:
    assert {name: rule_for(name) for name in names.split()} == dict.fromkeys(names.split(), rule)


def test_a_dependency_gets_the_fitting_rule_unless_one_is_named() -> None:
    assert stand_in_draft("Veo-3").rule == "video"
    assert stand_in_draft("Veo-3", "echo").rule == "echo"


@given(st.text(max_size=300))
def test_any_name_has_a_rule(name: str) -> None:
    assert rule_for(name) in STAND_INS


@given(st.text(max_size=300))
def test_a_file_is_always_called_something_plain(text: str) -> None:
    stem = file_stem(text, "picture")
    assert 0 < len(stem) <= 48
    assert stem.isascii()
    assert all(letter.isalnum() or letter == "-" for letter in stem)


def test_a_file_is_called_after_the_first_words() -> None:
    assert file_stem("Ein schönes Häuschen / am See!", "x") == "ein-schones-hauschen-am-see"
    assert file_stem("猫", "picture") == "picture"
