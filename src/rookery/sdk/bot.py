"""`PoeBot`: the class an author subclasses (protocol 9.3). Its helpers live in the modules they call."""

from __future__ import annotations

import warnings
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import JSONResponse

from rookery.protocol.costs import CostItem
from rookery.protocol.events import (
    DataEvent,
    DoneEvent,
    FileEvent,
    ReplaceResponseEvent,
    SuggestedReplyEvent,
    TextEvent,
)
from rookery.protocol.history import alternate_roles
from rookery.protocol.messages import Attachment, ContentType, ProtocolMessage
from rookery.protocol.requests import (
    QueryRequest,
    ReportErrorRequest,
    ReportFeedbackRequest,
    ReportReactionRequest,
    SettingsRequest,
)
from rookery.protocol.responses import AttachmentUploadResponse, DataResponse, PartialResponse
from rookery.protocol.settings import SettingsResponse
from rookery.sdk.addresses import POE_BOTS_URL, POE_COSTS_URL, POE_UPLOADS_URL
from rookery.sdk.asking import Reply, ask, find_key
from rookery.sdk.attachments import concat_attachments, insert_attachment_messages
from rookery.sdk.client import stream_request_base
from rookery.sdk.context import RequestContext
from rookery.sdk.costs import request_cost
from rookery.sdk.errors import InvalidParameterError
from rookery.sdk.files import FileInput, find_file_name, generate_inline_ref, get_filename_from_url, upload_file
from rookery.sdk.log import logger
from rookery.sdk.pending import queue_file
from rookery.sdk.rawevents import raw_event, raw_from_event
from rookery.sdk.replies import iter_reply
from rookery.sdk.settings_sync import dump_settings

if TYPE_CHECKING:
    from sse_starlette import ServerSentEvent

HandlerItem: TypeAlias = "PartialResponse | ServerSentEvent | DataResponse"
"""What `get_response` may yield; ErrorResponse and MetaResponse are PartialResponses."""


@dataclass
class PoeBot:
    """A bot. Subclass it, override `get_response`, serve it with `run` or `make_app`.

        class EchoBot(fp.PoeBot):
            async def get_response(self, request: fp.QueryRequest):
                yield fp.PartialResponse(text=request.query[-1].content)

        app = fp.make_app(EchoBot())

    Nothing about a single request is kept on the object, so subclasses may define `__init__` as they like.
    """

    path: str = "/"
    """Where the bot is served."""
    access_key: str | None = field(default=None, repr=False)
    """The secret shared with the platform; `make_app` puts it here when it was given elsewhere."""
    bot_name: str | None = None
    """The bot's name at the platform; needed for syncing settings."""
    should_insert_attachment_messages: bool = True
    """Puts what the platform parsed from attachments into the query, as messages."""
    concat_attachments_to_message: bool = False
    """Deprecated; appends it to the last message instead."""

    # What authors override.

    async def get_response(self, request: QueryRequest) -> AsyncIterable[HandlerItem]:
        """Answers a query: yield PartialResponse, MetaResponse, ErrorResponse, DataResponse or a raw event.

        An `error` ends the answer: nothing after it is run.
        """
        yield PartialResponse(text="hello")

    async def get_response_with_context(
        self, request: QueryRequest, context: RequestContext
    ) -> AsyncIterable[HandlerItem]:
        """Like `get_response`, with the HTTP request at hand; override one of the two."""
        async for item in self.get_response(request):
            yield item

    async def get_settings(self, setting: SettingsRequest) -> SettingsResponse:
        """Says how the platform should treat this bot (protocol 4.1)."""
        return SettingsResponse()

    async def get_settings_with_context(self, setting: SettingsRequest, context: RequestContext) -> SettingsResponse:
        """Like `get_settings`. When settings are pushed at start, the context holds a made-up request."""
        return await self.get_settings(setting)

    async def on_feedback(self, feedback_request: ReportFeedbackRequest) -> None:
        """Hears of a like or dislike (deprecated by reactions)."""

    async def on_feedback_with_context(self, feedback_request: ReportFeedbackRequest, context: RequestContext) -> None:
        """Like `on_feedback`, with the HTTP request at hand."""
        await self.on_feedback(feedback_request)

    async def on_reaction(self, reaction_request: ReportReactionRequest) -> None:
        """Hears of a person's reaction to an answer."""

    async def on_reaction_with_context(self, reaction_request: ReportReactionRequest, context: RequestContext) -> None:
        """Like `on_reaction`, with the HTTP request at hand."""
        await self.on_reaction(reaction_request)

    async def on_error(self, error_request: ReportErrorRequest) -> None:
        """Hears that this bot broke the protocol; logs it."""
        logger.error("The platform reports: %s %s", error_request.message, error_request.metadata)

    async def on_error_with_context(self, error_request: ReportErrorRequest, context: RequestContext) -> None:
        """Like `on_error`, with the HTTP request at hand."""
        await self.on_error(error_request)

    # Messages.

    def insert_attachment_messages(self, query_request: QueryRequest) -> QueryRequest:
        """Puts parsed attachments of the last message before it, as messages; see `attachments`."""
        return insert_attachment_messages(query_request)

    def concat_attachment_content_to_message_body(self, query_request: QueryRequest) -> QueryRequest:
        """Deprecated: appends parsed attachments to the last message's text."""
        warnings.warn(
            "concat_attachment_content_to_message_body is deprecated; use insert_attachment_messages",
            DeprecationWarning,
            stacklevel=2,
        )
        return concat_attachments(query_request)

    def make_prompt_author_role_alternated(
        self, protocol_messages: Sequence[ProtocolMessage]
    ) -> Sequence[ProtocolMessage]:
        """Merges neighbouring messages of the same role; see `protocol.history.alternate_roles`."""
        return alternate_roles(protocol_messages)

    # Files and costs.

    async def post_message_attachment(
        self,
        access_key: str | None = None,
        message_id: str | None = None,
        *,
        download_url: str | None = None,
        download_filename: str | None = None,
        file_data: FileInput | None = None,
        filename: str | None = None,
        content_type: str | None = None,
        is_inline: bool = False,
        base_url: str = POE_UPLOADS_URL,
    ) -> AttachmentUploadResponse:
        """Stores a file and shows it with the answer that is being made.

        `message_id` is `request.message_id`. Give `file_data` with `filename`, or `download_url`. With `is_inline`
        the result's `inline_ref` can be put into text as `![title][ref]`. `access_key` and `content_type` are
        deprecated. Raises InvalidParameterError for missing arguments, AttachmentUploadError when storing failed.
        Source: protocol 9.7.6.
        """
        key = self._upload_key(access_key, content_type)
        if message_id is None:
            raise InvalidParameterError("post_message_attachment needs message_id: pass request.message_id")
        file_name = filename or download_filename or (find_file_name(file_data) if file_data is not None else None)
        shown_name = file_name or (get_filename_from_url(download_url) if download_url else None)
        if shown_name is None:
            raise InvalidParameterError("post_message_attachment needs filename with file_data, or download_url")
        attachment = await self._upload_file(
            file=file_data, file_url=download_url, file_name=file_name, api_key=key, base_url=base_url
        )
        inline_ref = generate_inline_ref() if is_inline else None
        file = FileEvent(attachment.url, attachment.content_type, shown_name, inline_ref)
        if not queue_file(message_id, file):
            logger.warning("File '%s' was stored but is not shown: no answer %s is being made", shown_name, message_id)
        return AttachmentUploadResponse(
            attachment_url=attachment.url,
            mime_type=attachment.content_type,
            name=shown_name,
            inline_ref=inline_ref,
        )

    def _upload_key(self, access_key: str | None, content_type: str | None) -> str:
        if content_type is not None:
            warnings.warn("content_type is deprecated and ignored", DeprecationWarning, stacklevel=3)
        if access_key:
            warnings.warn("access_key is deprecated; the bot's own key is used", DeprecationWarning, stacklevel=3)
        key = access_key or self.access_key
        if not key:
            raise InvalidParameterError("post_message_attachment needs a bot with an access key")
        return key

    async def _upload_file(
        self,
        *,
        file: FileInput | None,
        file_url: str | None,
        file_name: str | None,
        api_key: str,
        base_url: str,
    ) -> Attachment:
        # A hook of fastapi_poe that some bots override.
        return await upload_file(file, file_url, file_name, api_key, base_url=base_url)

    async def authorize_cost(
        self, request: QueryRequest, amounts: list[CostItem] | CostItem, base_url: str = POE_COSTS_URL
    ) -> None:
        """Makes sure that the person can pay these amounts, before work is done; see `costs.request_cost`."""
        await request_cost("authorize", request, amounts, access_key=self.access_key, base_url=base_url)

    async def capture_cost(
        self, request: QueryRequest, amounts: list[CostItem] | CostItem, base_url: str = POE_COSTS_URL
    ) -> None:
        """Charges these amounts, after work was done; see `costs.request_cost`."""
        await request_cost("capture", request, amounts, access_key=self.access_key, base_url=base_url)

    # Raw events.

    @staticmethod
    def text_event(text: str) -> ServerSentEvent:
        """Gives a `text` event."""
        return raw_from_event(TextEvent(text))

    @staticmethod
    def replace_response_event(text: str) -> ServerSentEvent:
        """Gives a `replace_response` event."""
        return raw_from_event(ReplaceResponseEvent(text))

    @staticmethod
    def suggested_reply_event(text: str) -> ServerSentEvent:
        """Gives a `suggested_reply` event."""
        return raw_from_event(SuggestedReplyEvent(text))

    @staticmethod
    def data_event(metadata: str) -> ServerSentEvent:
        """Gives a `data` event."""
        return raw_from_event(DataEvent(metadata))

    @staticmethod
    def done_event() -> ServerSentEvent:
        """Gives a `done` event."""
        return raw_from_event(DoneEvent())

    @staticmethod
    def file_event(url: str, content_type: str, name: str, inline_ref: str | None = None) -> ServerSentEvent:
        """Gives a `file` event."""
        return raw_from_event(FileEvent(url, content_type, name, inline_ref))

    @staticmethod
    def meta_event(
        *,
        content_type: ContentType = "text/markdown",
        refetch_settings: bool = False,
        linkify: bool = True,
        suggested_replies: bool = False,
    ) -> ServerSentEvent:
        """Gives a `meta` event; its defaults differ from MetaResponse's (protocol 10.1, S21)."""
        return raw_event(
            "meta",
            {
                "content_type": content_type,
                "refetch_settings": refetch_settings,
                "linkify": linkify,
                "suggested_replies": suggested_replies,
            },
        )

    @staticmethod
    def error_event(
        text: str | None = None,
        *,
        raw_response: object | None = None,
        allow_retry: bool = True,
        error_type: str | None = None,
    ) -> ServerSentEvent:
        """Gives an `error` event; `raw_response` is sent as its `repr`, None is left out."""
        body: dict[str, Any] = {"allow_retry": allow_retry}
        if text is not None:
            body["text"] = text
        if raw_response is not None:
            body["raw_response"] = repr(raw_response)
        if error_type is not None:
            body["error_type"] = error_type
        return raw_event("error", body)

    def _start_handler(self, request: QueryRequest, context: RequestContext) -> tuple[object, str]:
        # Gives what the author's method returned, and the method's name for messages. The author's own method is
        # called where only the plain one was overridden: a generator less per event.
        own = type(self)
        if own.get_response_with_context is PoeBot.get_response_with_context:
            return self.get_response(request), f"{own.__name__}.get_response"
        return self.get_response_with_context(request, context), f"{own.__name__}.get_response_with_context"

    # What the route calls; fastapi_poe has these as methods, so some bots wrap them.

    async def handle_query(self, request: QueryRequest, context: RequestContext) -> AsyncIterable[ServerSentEvent]:
        """Gives the whole answer as raw events, `done` included."""
        async with aclosing(iter_reply(self, request, context, raw_from_event)) as events:
            async for event in events:
                yield event

    async def handle_settings(self, settings_request: SettingsRequest, context: RequestContext) -> JSONResponse:
        """Answers a settings request, unset fields as null."""
        return JSONResponse(dump_settings(self, await self.get_settings_with_context(settings_request, context)))

    async def handle_report_feedback(
        self, feedback_request: ReportFeedbackRequest, context: RequestContext
    ) -> JSONResponse:
        """Hands feedback to the author's method."""
        await self.on_feedback_with_context(feedback_request, context)
        return JSONResponse({})

    async def handle_report_reaction(
        self, reaction_request: ReportReactionRequest, context: RequestContext
    ) -> JSONResponse:
        """Hands a reaction to the author's method."""
        await self.on_reaction_with_context(reaction_request, context)
        return JSONResponse({})

    async def handle_report_error(self, error_request: ReportErrorRequest, context: RequestContext) -> JSONResponse:
        """Hands an error report to the author's method."""
        await self.on_error_with_context(error_request, context)
        return JSONResponse({})

    # Calling other bots; `fastapi_poe` has no such methods.

    async def call(
        self,
        request: QueryRequest,
        bot_name: str,
        text: str | None = None,
        *,
        history: bool = False,
        files: Sequence[Attachment] = (),
        parameters: Mapping[str, Any] | None = None,
        base_url: str = POE_BOTS_URL,
    ) -> Reply:
        """Calls a bot with this bot's key and gives its whole answer.

            reply = await self.call(request, "GPT-4o-mini", f"Summarise: {article}")

        What is sent and what is raised is said by `rookery.ask`.
        """
        return await ask(
            request,
            bot_name,
            self.access_key or "",
            text=text,
            history=history,
            files=files,
            parameters=parameters,
            base_url=base_url,
        )

    def relay(
        self, request: QueryRequest, bot_name: str, *, base_url: str = POE_BOTS_URL
    ) -> AsyncGenerator[PartialResponse, None]:
        """Calls a bot with this bot's key and gives its answer piece by piece, to be yielded as it is.

            async for part in self.relay(request, "GPT-4o-mini"):
                yield part

        Text, files, suggested replies, objects and `meta` all come through. Raises BotError while iterating.
        """
        key = find_key(request, self.access_key or "")
        return stream_request_base(request, bot_name, key, base_url=base_url)
