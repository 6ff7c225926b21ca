"""A stand-in that draws a picture from the words of the prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

from rookery.hub.standins.model import LocalRule, MadeFile, MeasurePicture, last_user_message
from rookery.hub.standins.naming import file_stem
from rookery.hub.standins.options import read_choice, read_number, read_ratio, read_seed
from rookery.hub.standins.pictures.drawing import STYLES, draw_scene, encode_png, fit
from rookery.hub.standins.pictures.scene import Scene, compose_scene
from rookery.hub.standins.words import say
from rookery.protocol.controls import (
    AspectRatio,
    AspectRatioOption,
    DropDown,
    FullControls,
    ParameterControls,
    Section,
    Slider,
    ValueNamePair,
)
from rookery.protocol.events import Event
from rookery.protocol.requests import QueryRequest
from rookery.protocol.settings import SettingsResponse

SMALLEST, LARGEST = 64, 1536
"""Pixels of the longer side."""
_SIZES = (256, 512, 1024, 1536)
_RATIOS = ((1, 1), (16, 9), (9, 16), (4, 3))


def look_controls(sizes: tuple[int, ...], default_size: int, default_ratio: str = "1:1") -> list[FullControls]:
    """Gives the controls for how a drawn scene looks: size, aspect, seed, style."""
    return [
        DropDown(
            label="Size",
            description="Pixels of the longer side",
            parameter_name="size",
            default_value=str(default_size),
            options=[ValueNamePair(value=str(size), name=f"{size} px") for size in sizes],
        ),
        AspectRatio(
            label="Shape",
            parameter_name="aspect",
            default_value=default_ratio,
            options=[AspectRatioOption(width=width, height=height) for width, height in _RATIOS],
        ),
        DropDown(
            label="Style",
            parameter_name="style",
            default_value=STYLES[0],
            options=[ValueNamePair(value=style, name=style.capitalize()) for style in STYLES],
        ),
        seed_control(),
    ]


def seed_control() -> Slider:
    """Gives the control for the seed."""
    return Slider(
        label="Seed",
        description="Another number arranges the same words anew",
        parameter_name="seed",
        default_value=0,
        min_value=0,
        max_value=9999,
        step=1,
    )


class PictureStandIn(LocalRule):
    """Draws what the prompt's words name; the same prompt and parameters give the same picture, byte by byte."""

    rule = "picture"
    description = "A rule-based stand-in that draws a picture from your words. Not a language model."
    introduction = (
        "I am **Picture**, a rule-based stand-in and not a language model, nor an image model: I know some words "
        "(sun, sea, mountains, city, tree, house, cat, birds, rain, colours …) and paint what they name."
    )
    settings = SettingsResponse(
        allow_attachments=False,
        parameter_controls=ParameterControls(sections=[Section(name="Picture", controls=look_controls(_SIZES, 1024))]),
    )

    async def make(self, query: QueryRequest, measure: MeasurePicture) -> AsyncGenerator[Event | MadeFile, None]:
        """Gives the picture, then a sentence on what it shows."""
        message = last_user_message(query)
        scene = compose_scene(message.content, read_seed(message.parameters))
        data = await asyncio.to_thread(_draw, scene, message.parameters)
        meta, *words = say(f"I drew {scene.describe()}. I am a stand-in and follow rules: no image model was asked.")
        yield meta
        yield MadeFile(f"{file_stem(scene.prompt, 'picture')}.png", "image/png", data)
        for event in words:
            yield event


def _draw(scene: Scene, parameters: Mapping[str, object]) -> bytes:
    size = round(read_number(parameters, "size", low=SMALLEST, high=LARGEST, default=1024))
    style = read_choice(parameters, "style", STYLES, default=STYLES[0])
    width, height = fit(size, read_ratio(parameters, "aspect", default="1:1"))
    return encode_png(draw_scene(scene, width, height, style=style), scene)
