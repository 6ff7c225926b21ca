"""How a stand-in is entered in the registry: under any name, saying plainly what it is."""

from __future__ import annotations

from rookery.hub.bots.drafts import BotDraft
from rookery.hub.errors import BadInput
from rookery.hub.standins.catalogue import UnknownRule, find_stand_in
from rookery.hub.standins.naming import rule_for


def stand_in_draft(name: str, rule: str | None = None) -> BotDraft:
    """Gives the draft of a stand-in of this name; without a rule, the one that fits the name.

    Raises BadInput for an unknown rule.
    """
    rule = rule_for(name) if rule is None else rule
    try:
        stand_in = find_stand_in(rule)
    except UnknownRule as error:
        raise BadInput("unknown_rule", f"{str(error)[0].upper()}{str(error)[1:]}.") from None
    introduction = stand_in.introduction_for(name)
    return BotDraft(
        name=name,
        kind="stand-in",
        rule=rule,
        description=f"Stands in for '{name}'. {stand_in.description}",
        settings=stand_in.settings.model_copy(update={"introduction_message": introduction}),
    )
