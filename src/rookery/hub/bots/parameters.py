"""A person's parameters against the controls of the bot they ask (protocol 4.5).

Every query of a person passes `checked_query`, whichever way it came. Calls between bots do not: what a bot passes on
stays unchanged (5.1.6).
"""

from __future__ import annotations

from rookery.hub.bots.model import Bot
from rookery.hub.bots.prompts import BaseFinder, BaseTrouble, base_chain, last_user_message
from rookery.hub.errors import BadInput
from rookery.protocol.controls import ParameterControls
from rookery.protocol.parameters import check_parameters, declared_parameters, merge_controls
from rookery.protocol.requests import QueryRequest

NAMED_FAULTS = 20


def effective_controls(bot: Bot, find_base: BaseFinder) -> ParameterControls | None:
    """Gives the form that a person fills in for a bot: its own, and for a prompt bot also that of its base.

    None when there is none. Raises BadInput when a prompt bot has no usable base.
    """
    if bot.kind != "prompt":
        return bot.resolved.parameter_controls
    controls = bot.resolved.parameter_controls
    for base in usable_base_chain(bot, find_base):
        controls = merge_controls(controls, base.resolved.parameter_controls)
    return controls


def own_parameters(bot: Bot, find_base: BaseFinder) -> set[str]:
    """Gives the parameters that are a prompt bot's alone, so that its base is not to see them. Raises BadInput."""
    controls = bot.resolved.parameter_controls
    if controls is None:
        return set()
    own = set(declared_parameters(controls))
    for base in usable_base_chain(bot, find_base):
        if base.resolved.parameter_controls is not None:
            own -= set(declared_parameters(base.resolved.parameter_controls))
    return own


def usable_base_chain(bot: Bot, find_base: BaseFinder) -> list[Bot]:
    """Gives `prompts.base_chain`; raises BadInput where that has none."""
    try:
        return base_chain(bot, find_base)
    except BaseTrouble as trouble:
        raise BadInput(trouble.code, f"Bot '{bot.name}' {trouble.clause}.", trouble.remedy) from None


def checked_query(bot: Bot, query: QueryRequest, find_base: BaseFinder) -> QueryRequest:
    """Gives the query with the parameters of its last user message checked and completed by defaults.

    A bot without controls gets whatever was sent. Raises BadInput `invalid_parameters`, naming each parameter, its
    limit and its value; `base_gone` and the like for a prompt bot without a usable base.
    """
    controls = effective_controls(bot, find_base)
    last = last_user_message(query)
    if controls is None or last is None:
        return query
    complete, faults = check_parameters(controls, last.parameters)
    if faults:
        named = [f"parameters.{fault}" for fault in faults[:NAMED_FAULTS]]
        rest = len(faults) - len(named)
        raise BadInput(
            "invalid_parameters",
            f"The message's parameters do not fit the bot '{bot.name}': {'; '.join(named)}"
            + (f"; and {rest} more." if rest > 0 else "."),
            f"Its parameters: GET /api/bots/{bot.name}/parameters",
        )
    if complete == last.parameters:
        return query
    checked = last.model_copy(update={"parameters": complete})
    messages = [checked if message is last else message for message in query.query]
    return query.model_copy(update={"query": messages})
