"""Facts about pictures in plain English, and as JSON; no picture is opened here."""

from __future__ import annotations

from typing import Any

from rookery.hub.parsing.model import Colour, PictureFacts

HONESTY = "This was measured by the hub, not seen: no vision model has looked at the picture."


def describe_facts(facts: PictureFacts) -> str:
    """A description for bots and people which says that no vision model made it.

    "PNG picture, 640 × 480 pixels; mostly dark blue (#0b1f3a, 62 %) and white (#ffffff, 30 %). This was measured …"
    """
    return f"{list_facts(facts)}. {HONESTY}"


def list_facts(facts: PictureFacts) -> str:
    """The facts as the beginning of a sentence: "PNG picture, 640 × 480 pixels; mostly white (#ffffff, 80 %)"."""
    kind = f"{'Animated ' if facts.is_animated else ''}{facts.format} picture"
    parts = [f"{kind}, {facts.width} × {facts.height} pixels", _colours(facts.dominant_colours)]
    if facts.has_alpha and facts.dominant_colours:
        parts.append("parts of it may be transparent")
    return "; ".join(parts)


def _colours(colours: tuple[Colour, ...]) -> str:
    if not colours:
        return "entirely transparent"
    shown = [f"{colour.name} ({colour.hex}, {round(colour.share * 100)} %)" for colour in colours]
    if len(shown) == 1:
        return f"{'entirely' if colours[0].share > 0.995 else 'mostly'} {shown[0]}"
    return f"mostly {', '.join(shown[:-1])} and {shown[-1]}"


def facts_to_json(facts: PictureFacts) -> dict[str, Any]:
    """The facts as JSON."""
    colours = [[colour.hex, colour.name, colour.share] for colour in facts.dominant_colours]
    return {
        "format": facts.format,
        "width": facts.width,
        "height": facts.height,
        "dominant_colours": colours,
        "is_animated": facts.is_animated,
        "has_alpha": facts.has_alpha,
    }


def facts_from_json(value: dict[str, Any]) -> PictureFacts:
    """The facts that `facts_to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    colours = tuple(Colour(str(hex), str(name), float(share)) for hex, name, share in value["dominant_colours"])
    return PictureFacts(
        format=str(value["format"]),
        width=int(value["width"]),
        height=int(value["height"]),
        dominant_colours=colours,
        is_animated=bool(value["is_animated"]),
        has_alpha=bool(value["has_alpha"]),
    )
