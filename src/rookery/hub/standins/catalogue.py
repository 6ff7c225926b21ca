"""Which stand-ins there are, by the name of their rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from rookery.hub.standins.echo import EchoStandIn
from rookery.hub.standins.eliza import ElizaStandIn
from rookery.hub.standins.model import AnyStandIn
from rookery.hub.standins.picture import PictureStandIn
from rookery.hub.standins.sound import SoundStandIn
from rookery.hub.standins.suggest import SuggestStandIn
from rookery.hub.standins.tools import ToolsStandIn
from rookery.hub.standins.video import VideoStandIn
from rookery.hub.standins.vision import VisionStandIn

STAND_INS: Mapping[str, Callable[[], AnyStandIn]] = MappingProxyType(
    {
        "eliza": ElizaStandIn,
        "echo": EchoStandIn,
        "picture": PictureStandIn,
        "sound": SoundStandIn,
        "video": VideoStandIn,
        "vision": VisionStandIn,
        "tools": ToolsStandIn,
        "suggest": SuggestStandIn,
    }
)
"""Name of each rule to what makes it. (`scripted` needs a script and is made by hand.)"""


class UnknownRule(LookupError):
    """No stand-in has a rule of this name; the text lists those there are."""


def find_stand_in(rule: str) -> AnyStandIn:
    """Gives the stand-in of a rule. Raises UnknownRule."""
    try:
        return STAND_INS[rule]()
    except KeyError:
        raise UnknownRule(f"there is no stand-in '{rule[:100]}'; there are: {', '.join(sorted(STAND_INS))}") from None
