"""`/api/messages`: one message of a chat, other answers to it, and what people think of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from rookery.hub.accounts.model import Actor
from rookery.hub.chats.bodies import (
    BODY_BYTES,
    MESSAGE_ID,
    FeedbackDraft,
    OneChatBody,
    OneMessageBody,
    RegeneratedBody,
    RegenerateDraft,
)
from rookery.hub.chats.describing import chat_body, message_body, page_bodies
from rookery.hub.chats.model import REACTION_CHARACTERS
from rookery.hub.chats.service import ChatService
from rookery.hub.http import bounded_route, refusals, require_actor

CurrentActor = Annotated[Actor, Depends(require_actor)]
MessageId = Annotated[str, Path(pattern=MESSAGE_ID)]
ReactionName = Annotated[str, Path(min_length=1, max_length=REACTION_CHARACTERS)]


def messages_router(service: ChatService) -> APIRouter:
    """Gives the routes of messages."""
    router = APIRouter(prefix="/api/messages", tags=["chats"], route_class=bounded_route(BODY_BYTES))

    @router.get("/{message_id}", summary="A message; a running answer so far", responses=refusals(400, 404))
    async def get_message(message_id: MessageId, actor: CurrentActor) -> OneMessageBody:
        _, page = await service.open_message(actor, message_id)
        return OneMessageBody(message=page_bodies(page, service.files)[0])

    @router.delete(
        "/{message_id}", summary="Delete a message and all below it; gives the chat", responses=refusals(400, 404, 413)
    )
    async def delete_message(message_id: MessageId, actor: CurrentActor) -> OneChatBody:
        return OneChatBody(chat=chat_body(await service.delete_message(actor, message_id)))

    @router.post(
        "/{message_id}/regenerate",
        status_code=202,
        summary="Ask for another answer beside this one",
        responses=refusals(400, 404, 413),
    )
    async def regenerate(message_id: MessageId, actor: CurrentActor, draft: RegenerateDraft) -> RegeneratedBody:
        _, page, answer = await service.regenerate(actor, message_id, bot_name=draft.bot, parameters=draft.parameters)
        return RegeneratedBody(answer=message_body(answer, page, service.files), query_id=answer.query_id or "")

    @router.put(
        "/{message_id}/reactions/{reaction}",
        summary="React to an answer; the bot is told",
        responses=refusals(400, 404, 413),
    )
    async def add_reaction(message_id: MessageId, reaction: ReactionName, actor: CurrentActor) -> OneMessageBody:
        _, page = await service.react(actor, message_id, reaction)
        return OneMessageBody(message=page_bodies(page, service.files)[0])

    @router.delete(
        "/{message_id}/reactions/{reaction}", summary="Take a reaction back", responses=refusals(400, 404, 413)
    )
    async def remove_reaction(message_id: MessageId, reaction: ReactionName, actor: CurrentActor) -> OneMessageBody:
        _, page = await service.take_back(actor, message_id, reaction)
        return OneMessageBody(message=page_bodies(page, service.files)[0])

    @router.post(
        "/{message_id}/feedback", summary="Like or dislike an answer, with a reason", responses=refusals(400, 404, 413)
    )
    async def give_feedback(message_id: MessageId, draft: FeedbackDraft, actor: CurrentActor) -> OneMessageBody:
        _, page = await service.give_feedback(actor, message_id, draft.type, draft.reason)
        return OneMessageBody(message=page_bodies(page, service.files)[0])

    return router
