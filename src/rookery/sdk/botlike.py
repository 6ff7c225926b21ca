"""What the modules below `PoeBot` need to know of a bot, so that they need not know the class itself."""

from __future__ import annotations

from typing import Protocol

from rookery.protocol.requests import QueryRequest, SettingsRequest
from rookery.protocol.settings import SettingsResponse
from rookery.sdk.context import RequestContext


class BotLike(Protocol):
    """The fields and methods of `PoeBot` that answering and syncing use."""

    path: str
    access_key: str | None
    bot_name: str | None
    should_insert_attachment_messages: bool
    concat_attachments_to_message: bool

    def insert_attachment_messages(self, query_request: QueryRequest) -> QueryRequest: ...

    def concat_attachment_content_to_message_body(self, query_request: QueryRequest) -> QueryRequest: ...

    async def get_settings_with_context(
        self, setting: SettingsRequest, context: RequestContext
    ) -> SettingsResponse: ...

    def _start_handler(self, request: QueryRequest, context: RequestContext) -> tuple[object, str]: ...
