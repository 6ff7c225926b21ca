"""From a prompt to a scene: which things are in it, in which light and colours. Pure; the same words, the same scene.

"a red house by the sea at night" ──► night, red, {house, sea, stars, moon}
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from rookery.hub.standins.pictures.colours import NAMED, Colour
from rookery.hub.standins.pictures.palettes import PALETTES, Palette, snow_on, tint

PROMPT_CHARACTERS = 2_000
"""How much of a prompt is read."""

_WORD = re.compile(r"[^\W\d_]+")

_THINGS: Mapping[str, str] = MappingProxyType(
    {
        "sun": "sun sunny sunshine sunlight sunrise sunset sonne",
        "moon": "moon moonlight lunar crescent mond",
        "stars": "star starry starlight galaxy space cosmos universe milky constellation stern",
        "clouds": "cloud cloudy sky storm stormy fog foggy mist misty wolke",
        "rain": "rain rainy rainfall raining drizzle storm stormy thunderstorm umbrella regen",
        "snow": "snow snowy winter blizzard snowfall snowing christmas frost ice schnee",
        "rainbow": "rainbow unicorn regenbogen",
        "mountains": "mountain mount hill hills peak alp summit volcano cliff valley canyon rock berg",
        "sea": "sea ocean lake water river beach coast wave island harbor harbour shore bay fish whale meer",
        "city": "city town skyline skyscraper tower building downtown street metropolis cyberpunk office stadt",
        "forest": "forest wood woods jungle pine fir spruce grove wald",
        "tree": "tree oak apple orchard park leaf autumn fall maple cherry garden baum",
        "house": "house home cottage cabin hut barn farm farmhouse village mansion castle haus",
        "flowers": "flower rose tulip daisy poppy meadow garden spring blossom field sunflower blume",
        "cat": "cat kitten kitty feline katze",
        "birds": "bird crow raven rook gull seagull swallow eagle owl duck goose pigeon dove flock fly vogel",
        "boat": "boat ship sail sailboat sailing yacht vessel pirate ferry boot schiff",
        "balloon": "balloon balloons airship adventure journey travel festival",
    }
)
THINGS = tuple(_THINGS)
"""Everything that can stand in a scene, roughly from back to front."""

_PLACES = {
    **dict.fromkeys(("house", "flowers", "cat", "birds", "boat", "balloon", "tree"), "accent"),
    **dict.fromkeys(("mountains", "forest", "city"), "land"),
    **dict.fromkeys(("sea",), "water"),
    **dict.fromkeys(("sun", "moon", "stars"), "glow"),
    **dict.fromkeys(("clouds",), "sky"),
}
"""Which part of the palette gets the colour that is named before a thing."""
_GROUND = frozenset({"field", "meadow", "hill", "valley"})

_BY_WORD = {word: thing for thing, words in reversed(list(_THINGS.items())) for word in words.split()}
_ALSO = {"storm": ("clouds", "rain"), "stormy": ("clouds", "rain"), "garden": ("tree", "flowers")}
_LIGHTS = {
    "day": "day daylight noon sunny sunshine summer",
    "night": "night midnight dark darkness moon moonlight star starry galaxy space nocturne cyberpunk neon nacht",
    "dusk": "sunset dusk evening twilight sundown golden romantic dramatic autumn",
    "dawn": "sunrise dawn morning pastel dream dreamy spring",
    "grey": "rain rainy raining storm stormy fog foggy mist misty grey gray gloomy overcast thunderstorm sad",
    "snowy": "snow snowy winter snowfall blizzard ice frost christmas",
}
_LIGHT_BY_WORD = {word: light for light, words in _LIGHTS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows."""

    prompt: str
    key: str
    """What all chance in the picture hangs on: prompt and seed."""
    light: str
    palette: Palette
    things: frozenset[str]

    def chance(self, part: str) -> Random:
        """Gives the dice of one part of the picture: always the same throws."""
        return Random(f"{self.key}:{part}")

    @property
    def is_dark(self) -> bool:
        """Whether it is night."""
        return self.light == "night"

    @property
    def is_white(self) -> bool:
        """Whether snow lies on everything."""
        return "snow" in self.things

    def describe(self) -> str:
        """Gives a few words on what is shown: `night, with a house, the moon and stars`."""
        names = [_ARTICLES.get(thing, thing) for thing in THINGS if thing in self.things]
        listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
        return f"{_LIGHT_NAMES[self.light]}, with {listed}"


_ARTICLES = {
    **{thing: f"a {thing}" for thing in ("tree", "house", "cat", "boat", "balloon", "rainbow", "city", "forest")},
    **{thing: f"the {thing}" for thing in ("sun", "moon", "sea")},
}
_LIGHT_NAMES = {
    "day": "a bright day",
    "dusk": "an evening",
    "dawn": "an early morning",
    "night": "a night",
    "grey": "a grey day",
    "snowy": "a winter day",
}


def clean_prompt(text: str) -> str:
    """Gives the part of a prompt that is read: one line, bounded, nothing unprintable."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text[:PROMPT_CHARACTERS])
    return " ".join(kept.split())


def compose_scene(prompt: str, seed: int = 0) -> Scene:
    """Gives the scene of a prompt; another seed arranges the same things anew."""
    prompt = clean_prompt(prompt)
    words = [_singular(word) for word in _WORD.findall(prompt.casefold())]
    key = f"{zlib.crc32(prompt.casefold().encode('utf-8', 'replace'))}:{seed}"
    chance = Random(key)
    things = {thing for word in words for thing in _ALSO.get(word, (_BY_WORD.get(word),)) if thing}
    lights = [_LIGHT_BY_WORD[word] for word in words if word in _LIGHT_BY_WORD]
    light = "night" if "night" in lights else next(iter(lights), None)  # a snowy night is a night first of all
    things, light = _complete(things, light, chance)
    palette = chance.choice(PALETTES[light])
    if "snow" in things and light != "snowy":
        palette = snow_on(palette)
    palette = tint(palette, _find_colours(words), light)
    return Scene(prompt, key, light, palette, frozenset(things))


def _singular(word: str) -> str:
    if word in _BY_WORD or word in _LIGHT_BY_WORD or word in NAMED:
        return word
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""), ("ish", "")):
        stem = word.removesuffix(ending) + instead
        if word.endswith(ending) and (stem in _BY_WORD or stem in NAMED):
            return stem
    return word


def _complete(things: set[str], light: str | None, chance: Random) -> tuple[set[str], str]:
    if light is None:
        light = chance.choice(("day", "day", "dusk", "dawn", "night") if not things else ("day", "day", "dusk", "dawn"))
    grounds = {"mountains", "sea", "city", "forest", "tree", "house", "flowers"}
    if not things & grounds:
        things |= set(
            chance.choice((("mountains",), ("sea", "mountains"), ("forest", "mountains"), ("tree",), ("city",)))
        )
    if "boat" in things:
        things.add("sea")
    if light == "night":
        things |= {"stars"} if things & {"rain", "snow", "sun"} else {"stars", "moon"}
    elif light == "snowy":
        things.add("snow")
    elif not things & {"moon", "rain"} and light != "grey":
        things.add("sun")
    if len(things) < 4:
        things.add("birds" if light != "night" else "clouds")
    if light in ("day", "grey") and "stars" not in things:
        things.add("clouds")
    return things, light


def _find_colours(words: list[str]) -> dict[str, Colour]:
    # A colour belongs to the thing named right after it ("red house"), else to the sky, the land, then what stands out.
    found: dict[str, Colour] = {}
    for number, word in enumerate(words):
        if word not in NAMED:
            continue
        later = next((later for later in words[number + 1 : number + 3] if later in _BY_WORD), "")
        free = next((place for place in ("sky", "land", "accent") if place not in found), "accent")
        found.setdefault("land" if later in _GROUND else _PLACES.get(_BY_WORD.get(later, ""), free), NAMED[word])
    return found
