"""`/api/people`: whom the hub's owner lets in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from rookery.hub.accounts.bodies import (
    BODY_BYTES,
    IdPath,
    LinkBody,
    NewPersonBody,
    OnePersonBody,
    PeopleBody,
    PersonBody,
    PersonDraft,
)
from rookery.hub.accounts.links import sign_in_link
from rookery.hub.accounts.model import Actor, Person
from rookery.hub.accounts.people import PeopleService
from rookery.hub.accounts.sign_in import SignInService
from rookery.hub.address import PublicAddress
from rookery.hub.http import bounded_route, refusals, require_owner

Owner = Annotated[Actor, Depends(require_owner)]


def people_router(people: PeopleService, sign_in: SignInService, address: PublicAddress) -> APIRouter:
    """Gives the routes."""
    router = APIRouter(prefix="/api/people", tags=["people"], route_class=bounded_route(BODY_BYTES))

    async def make_link(person: Person) -> LinkBody:
        token, expires_at = await sign_in.create_link(person)
        return LinkBody(url=sign_in_link(address, token), token=token, expires_at=expires_at.isoformat())

    @router.get("", summary="Everybody on this hub", responses=refusals())
    async def list_people(_: Owner) -> PeopleBody:
        return PeopleBody(people=[PersonBody.of(person) for person in await people.list_people()])

    @router.post(
        "",
        status_code=201,
        summary="Let somebody in; gives a sign-in link for them, shown this once",
        responses=refusals(400, 404, 409, 413),
    )
    async def create_person(draft: PersonDraft, _: Owner) -> NewPersonBody:
        person = await people.create_person(draft.name)
        return NewPersonBody(person=PersonBody.of(person), link=await make_link(person))

    @router.patch("/{person_id}", summary="Rename somebody", responses=refusals(400, 404, 409, 413))
    async def rename_person(person_id: IdPath, draft: PersonDraft, _: Owner) -> OnePersonBody:
        return OnePersonBody(person=PersonBody.of(await people.rename_person(person_id, draft.name)))

    @router.delete(
        "/{person_id}",
        status_code=204,
        summary="Remove a member: keys and sessions end at once, bots become the owner's, chats are deleted",
        responses=refusals(400, 404, 413),
    )
    async def remove_person(person_id: IdPath, owner: Owner) -> Response:
        await people.remove_person(person_id, owner.person)
        return Response(status_code=204)

    @router.post(
        "/{person_id}/sign-in-link",
        status_code=201,
        summary="A link by which the person signs in once, within 24 hours",
        responses=refusals(400, 404, 413),
    )
    async def create_link(person_id: IdPath, _: Owner) -> LinkBody:
        return await make_link(await people.get_person(person_id))

    return router
