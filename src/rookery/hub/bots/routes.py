"""`/api/bots`: the registry over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from rookery.hub.accounts.model import Actor, Person
from rookery.hub.bots.bodies import (
    BODY_BYTES,
    BotDraftBody,
    BotEditBody,
    BotListBody,
    ChangeBody,
    ChangesBody,
    CreatedBotBody,
    DifferenceBody,
    OneBotBody,
    SyncedBotBody,
)
from rookery.hub.bots.changes import KEPT_CHANGES
from rookery.hub.bots.describing import BotDescriber
from rookery.hub.bots.drafting import draft_of, edited_settings
from rookery.hub.bots.drafts import BotDraft, BotEdit
from rookery.hub.bots.model import Bot, name_key
from rookery.hub.bots.parameters import effective_controls
from rookery.hub.bots.ports import PersonFinder
from rookery.hub.bots.service import BotService
from rookery.hub.bots.settings_sync import SettingsSync
from rookery.hub.errors import HubError, NotAllowed, NotFound
from rookery.hub.http import bounded_route, refusals, require_actor, require_unscoped
from rookery.protocol.parameter_schema import parameters_schema

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]
Name = Annotated[str, Path(min_length=1, max_length=200)]


def bots_router(
    bots: BotService, sync: SettingsSync, people: PersonFinder, stand_in_draft: Callable[[str, str], BotDraft]
) -> APIRouter:
    """Gives the routes. `stand_in_draft` takes a name and a rule."""
    router = APIRouter(prefix="/api/bots", tags=["bots"], route_class=bounded_route(BODY_BYTES))
    describe = BotDescriber(bots, people)

    @router.get("", summary="The bots that I may use", responses=refusals())
    async def list_bots(actor: CurrentActor) -> BotListBody:
        usable = bots.list_usable(actor.person)
        if actor.scope is not None:
            usable = [bot for bot in usable if bot.key == name_key(actor.scope)]
        return BotListBody(bots=[await describe(bot, actor.person) for bot in usable])

    @router.post(
        "",
        status_code=201,
        summary="Make a bot; its access key is shown this once",
        responses=refusals(400, 404, 409, 413),
    )
    async def create_bot(body: BotDraftBody, actor: UnscopedActor) -> CreatedBotBody:
        return await create_from(body, actor.person)

    async def create_from(body: BotDraftBody, person: Person) -> CreatedBotBody:
        if body.kind == "model" and person.role != "owner":
            # A model bot spends the hub's provider keys.
            raise NotAllowed("owner_only", "Only the hub's owner may register model bots.")
        shared_with = await _find_people(people, body.shared_with)
        bot = await bots.create_bot(person.id, draft_of(body, stand_in_draft))
        if shared_with:
            edit = BotEdit(shared_with=shared_with, visibility=body.visibility or "shared")
            bot = await bots.edit_bot(person, bot.name, edit)
        reading, trouble = None, None
        try:
            reading = await sync.pull(bot, "registration")
        except HubError as error:
            trouble = error.sentence
        return CreatedBotBody(
            bot=await describe(reading.bot if reading else bots.get_bot(bot.name), person),
            access_key=bot.access_key,
            settings_error=trouble,
            warnings=reading.warnings if reading else [],
            stand_ins=reading.stand_ins if reading else [],
        )

    @router.get("/{name}", summary="One bot", responses=refusals(400, 404))
    async def get_bot(name: Name, actor: CurrentActor) -> OneBotBody:
        return OneBotBody(bot=await describe(_get_in_reach(bots, actor, name), actor.person))

    @router.patch("/{name}", summary="Change a bot of mine", responses=refusals(400, 404, 413))
    async def edit_bot(name: Name, body: BotEditBody, actor: UnscopedActor) -> OneBotBody:
        current = bots.get_managed(actor.person, name)
        edit = BotEdit(
            description=body.description,
            visibility=body.visibility,
            shared_with=None if body.shared_with is None else await _find_people(people, body.shared_with),
            base_bot=body.base_bot,
            prompt=body.prompt,
            prompt_visibility=body.prompt_visibility,
            suggests_replies=body.suggests_replies,
            settings=edited_settings(current, body),
        )
        bot = await bots.edit_bot(actor.person, name, edit)
        return OneBotBody(bot=await describe(bot, actor.person))

    @router.get(
        "/{name}/parameters", summary="What a bot takes as parameters, as JSON Schema", responses=refusals(400, 404)
    )
    async def get_parameters(name: Name, actor: CurrentActor) -> dict[str, Any]:
        bot = _get_in_reach(bots, actor, name)
        return parameters_schema(effective_controls(bot, bots.find_base), f"Parameters of {bot.name}")

    @router.get(
        "/{name}/settings/changes",
        summary="How a bot's settings changed, newest first",
        responses=refusals(400, 404),
    )
    async def list_changes(
        name: Name, actor: UnscopedActor, limit: Annotated[int, Query(ge=1, le=KEPT_CHANGES)] = KEPT_CHANGES
    ) -> ChangesBody:
        changes = await bots.list_changes(bots.get_managed(actor.person, name), limit)
        return ChangesBody(
            changes=[
                ChangeBody(
                    changed_at=change.changed_at.isoformat(),
                    source=change.source,
                    differences=[
                        DifferenceBody(path=each.path, before=each.before, after=each.after)
                        for each in change.differences
                    ],
                )
                for change in changes
            ]
        )

    @router.post("/{name}/sync", summary="Pull a bot's settings now", responses=refusals(400, 404, 413, 502, 504))
    async def sync_bot(name: Name, actor: UnscopedActor) -> SyncedBotBody:
        reading = await sync.pull(bots.get_managed(actor.person, name))
        return SyncedBotBody(
            bot=await describe(reading.bot, actor.person),
            is_changed=reading.is_changed,
            warnings=reading.warnings,
            stand_ins=reading.stand_ins,
        )

    @router.delete("/{name}", status_code=204, summary="Delete a bot of mine", responses=refusals(400, 404, 413))
    async def delete_bot(name: Name, actor: UnscopedActor) -> Response:
        await bots.delete_bot(actor.person, name)
        return Response(status_code=204)

    return router


def _get_in_reach(bots: BotService, actor: Actor, name: str) -> Bot:
    if actor.scope is not None and name_key(actor.scope) != name_key(name):
        raise NotAllowed("key_scope", f"This API key reaches the bot '{actor.scope}' only.")
    return bots.get_usable(actor.person, name)


async def _find_people(people: PersonFinder, references: list[str]) -> frozenset[str]:
    found = set()
    for reference in references:
        person = await people.find_person(reference)
        if person is None:
            raise NotFound(
                "unknown_person", f"There is nobody '{reference[:100]}' on this hub.", "See: GET /api/people"
            )
        found.add(person.id)
    return frozenset(found)
