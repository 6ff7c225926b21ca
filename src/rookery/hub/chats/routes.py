"""`/api/chats` and `/api/search`: a person's conversations."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from rookery.hub.accounts.model import Actor
from rookery.hub.chats.bodies import (
    BODY_BYTES,
    CHAT_ID,
    MESSAGE_ID,
    ChatDraft,
    ChatPatch,
    ChatsBody,
    HitsBody,
    MessageBodyDraft,
    OneChatBody,
    OpenedChatBody,
    PersonDraft,
    SentBody,
)
from rookery.hub.chats.describing import chat_body, hit_body, message_body, page_bodies
from rookery.hub.chats.export import export_json, export_markdown
from rookery.hub.chats.files import FileDraft
from rookery.hub.chats.sending import MessageDraft
from rookery.hub.chats.service import ChatChanges, ChatService
from rookery.hub.clock import Clock
from rookery.hub.errors import BadInput
from rookery.hub.http import bounded_route, refusals, require_actor, require_unscoped

CurrentActor = Annotated[Actor, Depends(require_actor)]
UnscopedActor = Annotated[Actor, Depends(require_unscoped)]
ChatId = Annotated[str, Path(pattern=CHAT_ID)]
PersonId = Annotated[str, Path(pattern=r"^p-[a-z0-9=]{32}$")]


def chats_router(service: ChatService, clock: Clock) -> APIRouter:
    """Gives the routes of chats."""
    router = APIRouter(prefix="/api", tags=["chats"], route_class=bounded_route(BODY_BYTES))

    @router.get("/chats", summary="My chats: pinned first, then the last used first", responses=refusals(400, 404))
    async def list_chats(
        actor: CurrentActor,
        archived: bool = False,
        before: Annotated[str | None, Query(pattern=CHAT_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> ChatsBody:
        found = await service.list_chats(actor, archived=archived, before=before, limit=limit + 1)
        shown = found[:limit]
        return ChatsBody(chats=[chat_body(chat) for chat in shown], before=shown[-1].id if len(found) > limit else None)

    @router.post("/chats", status_code=201, summary="Begin a chat with a bot", responses=refusals(400, 404, 413))
    async def create_chat(draft: ChatDraft, actor: CurrentActor) -> OpenedChatBody:
        chat = await service.create_chat(actor, draft.bot, draft.title)
        page = await service.open_page(chat, None, 1)
        return OpenedChatBody(chat=chat_body(chat), messages=page_bodies(page, service.files), before=None)

    @router.get("/chats/{chat_id}", summary="A chat with the end of its shown path", responses=refusals(400, 404))
    async def get_chat(
        chat_id: ChatId,
        actor: CurrentActor,
        before: Annotated[str | None, Query(pattern=MESSAGE_ID)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> OpenedChatBody:
        chat = await service.get_chat(actor, chat_id)
        page = await service.open_page(chat, before, limit)
        earlier = page.messages[0].id if page.has_earlier else None
        return OpenedChatBody(chat=chat_body(chat), messages=page_bodies(page, service.files), before=earlier)

    @router.patch(
        "/chats/{chat_id}", summary="Rename, pin, archive, show another branch", responses=refusals(400, 404, 413)
    )
    async def change_chat(chat_id: ChatId, patch: ChatPatch, actor: CurrentActor) -> OneChatBody:
        chat = await service.get_chat(actor, chat_id)
        changes = ChatChanges(patch.title, patch.bot, patch.leaf_id, patch.pinned, patch.archived)
        return OneChatBody(chat=chat_body(await service.change_chat(actor, chat, changes)))

    @router.delete(
        "/chats/{chat_id}",
        status_code=204,
        summary="Delete a chat with all its messages",
        responses=refusals(400, 404, 413),
    )
    async def delete_chat(chat_id: ChatId, actor: CurrentActor) -> Response:
        await service.delete_chat(actor, await service.get_chat(actor, chat_id))
        return Response(status_code=204)

    @router.post(
        "/chats/{chat_id}/clear", summary="Let the bots forget what was said so far", responses=refusals(400, 404, 413)
    )
    async def clear_context(chat_id: ChatId, actor: CurrentActor) -> OneChatBody:
        chat = await service.get_chat(actor, chat_id)
        return OneChatBody(chat=chat_body(await service.clear_context(actor, chat)))

    @router.post(
        "/chats/{chat_id}/messages",
        status_code=202,
        summary="Send a message; follow the answer at /api/queries/{query_id}/events",
        responses=refusals(400, 404, 413),
    )
    async def send_message(chat_id: ChatId, body: MessageBodyDraft, actor: CurrentActor) -> SentBody:
        chat = await service.get_chat(actor, chat_id)
        page, question, answer = await service.send(actor, chat, _draft(body))
        return SentBody(
            message=message_body(question, page, service.files),
            answer=message_body(answer, page, service.files),
            query_id=answer.query_id or "",
        )

    @router.post(
        "/chats/{chat_id}/people",
        status_code=201,
        operation_id="add_person_to_chat",
        summary="Add a person of this hub",
        responses=refusals(400, 404, 413),
    )
    async def add_person(chat_id: ChatId, draft: PersonDraft, actor: UnscopedActor) -> OneChatBody:
        chat = await service.get_chat(actor, chat_id)
        return OneChatBody(chat=chat_body(await service.add_person(actor, chat, draft.name)))

    @router.delete(
        "/chats/{chat_id}/people/{person_id}",
        status_code=204,
        operation_id="remove_person_from_chat",
        summary="Remove a person, or leave",
        responses=refusals(400, 404, 413),
    )
    async def remove_person(chat_id: ChatId, person_id: PersonId, actor: UnscopedActor) -> Response:
        await service.remove_person(actor, await service.get_chat(actor, chat_id), person_id)
        return Response(status_code=204)

    @router.get(
        "/chats/{chat_id}/export",
        summary="A chat as a file: JSON (all branches) or Markdown (the shown one)",
        response_class=Response,
        responses={
            **refusals(400, 404),
            200: {"content": {"application/json": {}, "text/markdown": {"schema": {"type": "string"}}}},
        },
    )
    async def export_chat(
        chat_id: ChatId, actor: CurrentActor, format: Literal["json", "markdown"] = "json"
    ) -> Response:
        chat = await service.get_chat(actor, chat_id)
        page, path = await service.read_whole(chat)
        if format == "markdown":
            text = await asyncio.to_thread(export_markdown, chat, page, path, service.files)
            return Response(text.encode(), media_type="text/markdown", headers=_download(f"{chat.id}.md"))
        whole = await asyncio.to_thread(export_json, chat, page, path, service.files, clock.now())
        body = orjson.dumps(whole, option=orjson.OPT_INDENT_2)
        return Response(body, media_type="application/json", headers=_download(f"{chat.id}.json"))

    @router.get(
        "/search",
        summary="Find words in titles and messages of my chats, newest first",
        responses=refusals(400),
    )
    async def search(
        actor: CurrentActor,
        q: Annotated[str, Query(min_length=1, max_length=200)],
        limit: Annotated[int, Query(ge=1, le=50)] = 20,
    ) -> HitsBody:
        return HitsBody(hits=[hit_body(hit, snippet) for hit, snippet in await service.search(actor, q, limit)])

    return router


def _draft(body: MessageBodyDraft) -> MessageDraft:
    for number, attachment in enumerate(body.attachments):
        if (attachment.file_id is None) == (attachment.url is None):
            raise BadInput("invalid_attachment", f"attachments.{number} needs either 'file_id' or 'url'.")
    return MessageDraft(
        content=body.content,
        files=[FileDraft(a.file_id, a.url, a.name, a.content_type) for a in body.attachments],
        parameters=body.parameters,
        bot_name=body.bot,
        at_leaf="parent_id" not in body.model_fields_set,
        parent_id=body.parent_id,
        reply_to=body.reply_to,
    )


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
