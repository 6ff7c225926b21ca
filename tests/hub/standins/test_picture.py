"""The picture: what words choose, what parameters do, and that the file is what it says."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rookery.hub.parsing.colours import colour_name
from rookery.hub.standins.pictures.colours import NAMED
from rookery.hub.standins.pictures.drawing import STYLES, draw_scene, fit
from rookery.hub.standins.pictures.scene import THINGS, compose_scene
from rookery.protocol.events import DoneEvent, MetaEvent
from rookery.protocol.reduce import reduce_events

from .asking import find_making, make

SMALL = {"size": 96}


async def draw(prompt: str, **parameters: Any) -> Image.Image:
    made = await make(find_making("picture"), prompt, {**SMALL, **parameters})
    assert made.file.content_type == "image/png"
    picture = Image.open(io.BytesIO(made.file.data))
    picture.load()
    return picture


async def test_a_prompt_gives_a_png_and_a_sentence_that_says_who_drew_it() -> None:
    made = await make(find_making("picture"), "a red boat at sunset", {})
    picture = Image.open(io.BytesIO(made.file.data))
    assert (picture.format, picture.size, made.file.name) == ("PNG", (1024, 1024), "a-red-boat-at-sunset.png")
    assert picture.info["Description"] == "a red boat at sunset"
    assert "a boat" in made.text
    assert "stand-in" in made.text
    assert isinstance(made.items[0], MetaEvent)
    assert made.items[1] is made.file
    assert made.items[-1] == DoneEvent()


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        ({"size": "256"}, (256, 256)),
        ({"size": 256, "aspect": "16:9"}, (256, 144)),
        ({"size": "256", "aspect": "9:16"}, (144, 256)),
        ({"size": "256", "aspect": "4:3"}, (256, 192)),
        ({"size": 1}, (64, 64)),
        ({"size": "large", "aspect": "wide"}, (1024, 1024)),
    ],
)
async def test_size_and_aspect_are_honoured_and_clamped(parameters: dict[str, Any], size: tuple[int, int]) -> None:
    made = await make(find_making("picture"), "a tree", parameters)
    assert Image.open(io.BytesIO(made.file.data)).size == size


def test_a_size_beyond_the_largest_is_the_largest() -> None:
    assert fit(1536, 3.0) == (1536, 512)


async def test_the_same_prompt_and_seed_give_the_same_bytes_and_another_seed_others() -> None:
    stand_in = find_making("picture")
    first, again, other = [
        (await make(stand_in, "birds over a forest", {**SMALL, "seed": seed})).file.data for seed in (3, "3", 4)
    ]
    assert first == again
    assert first != other


async def test_each_style_looks_different() -> None:
    pictures = [(await draw("a house in the snow", style=style)).tobytes() for style in STYLES]
    assert len(set(pictures)) == len(STYLES)


def test_words_choose_things_and_light() -> None:
    scene = compose_scene("Two ravens and a lighthouse-keeper's cottage by the lake at midnight")
    assert {"birds", "house", "sea", "stars"} <= scene.things
    assert scene.light == "night"
    assert compose_scene("rainy streets").light == "grey"
    assert compose_scene("ein Haus im Schnee").things >= {"house"}


def test_a_colour_belongs_to_the_thing_behind_it_else_to_the_sky() -> None:
    red_house = compose_scene("a red house by day")
    assert colour_name(*red_house.palette.accent) == "red"
    assert not {"red", "pink"} & set(colour_name(*red_house.palette.middle).split())
    red, green_part, blue = compose_scene("green fields").palette.far
    assert green_part > max(red, blue)
    snowy_night = compose_scene("a snowy village at night")
    assert (snowy_night.light, snowy_night.is_white) == ("night", True)
    green = compose_scene("everything green").palette.middle
    assert green[1] > green[0]
    assert green[1] > green[2]


def test_every_named_colour_is_another_one() -> None:
    assert len(set(NAMED.values())) == len(NAMED.keys() - {"gray"})


@pytest.mark.parametrize("thing", THINGS)
def test_everything_that_can_be_named_is_drawn_and_moves_or_stays_in_a_film(thing: str) -> None:
    scene = compose_scene(thing)
    assert thing in scene.things
    for moment in (0.0, 0.5, 1.0):
        picture = draw_scene(scene, 96, 64, moment=moment)
        assert picture.size == (96, 64)
        assert len(picture.getcolors(96 * 64) or []) > 20


@settings(max_examples=40)
@given(
    prompt=st.text(max_size=80) | st.lists(st.sampled_from([*THINGS, *NAMED, "night", "storm"])).map(" ".join),
    parameters=st.dictionaries(
        st.sampled_from(["aspect", "style", "seed"]), st.none() | st.integers() | st.floats() | st.text(max_size=9)
    ),
)
async def test_any_prompt_with_any_parameters_gives_a_picture(prompt: str, parameters: dict[str, Any]) -> None:
    made = await make(find_making("picture"), prompt, {**parameters, **SMALL})
    assert max(Image.open(io.BytesIO(made.file.data)).size) == 96
    assert reduce_events(made.events).is_done


async def test_lone_surrogates_and_null_characters_in_a_prompt_do_no_harm() -> None:
    assert (await draw("a\ud800 cat\x00 \u202e" + "x" * 10_000)).size == (96, 96)
