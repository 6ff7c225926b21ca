"""Bots as JSON, each person what is for them."""

from __future__ import annotations

from rookery.hub.accounts.model import Person
from rookery.hub.bots.bodies import BotBody, PersonBody
from rookery.hub.bots.model import Bot
from rookery.hub.bots.parameters import effective_controls
from rookery.hub.bots.ports import PersonFinder
from rookery.hub.bots.service import BotService
from rookery.hub.errors import BadInput
from rookery.protocol.controls import ParameterControls


class BotDescriber:
    """Gives bots as JSON, each person what is for them."""

    def __init__(self, bots: BotService, people: PersonFinder) -> None:
        self._bots = bots
        self._people = people

    async def __call__(self, bot: Bot, person: Person) -> BotBody:
        """Gives one bot, as this person may see it."""
        is_mine = bot.is_managed_by(person)
        return BotBody(
            name=bot.name,
            kind=bot.kind,
            description=bot.description,
            url=bot.url if is_mine else None,
            rule=bot.rule,
            model=bot.model,
            base_bot=bot.base_bot,
            prompt=bot.prompt if bot.shows_prompt_to(person) else None,
            prompt_visibility=bot.prompt_visibility if bot.kind == "prompt" else None,
            suggests_replies=bot.suggests_replies,
            visibility=bot.visibility,
            shared_with=await self._shared_with(bot) if is_mine else None,
            is_mine=is_mine,
            introduction=bot.resolved.introduction_message,
            dependencies=dict(bot.resolved.server_bot_dependencies),
            parameter_controls=self._controls(bot),
            rate_card=bot.resolved.rate_card,
            cost_label=bot.resolved.cost_label,
            settings=bot.settings.model_dump(mode="json") if bot.settings else None,
            settings_read_at=bot.settings_read_at.isoformat() if bot.settings_read_at else None,
            settings_error=bot.settings_error if is_mine else None,
            created_at=bot.created_at.isoformat(),
        )

    async def _shared_with(self, bot: Bot) -> list[PersonBody]:
        found = [await self._people.find_person(person_id) for person_id in sorted(bot.shared_with)]
        return [PersonBody(id=person.id, name=person.name) for person in found if person is not None]

    def _controls(self, bot: Bot) -> ParameterControls | None:
        try:
            return effective_controls(bot, self._bots.find_base)
        except BadInput:
            return bot.resolved.parameter_controls  # the base is gone, which a query says and a list need not
