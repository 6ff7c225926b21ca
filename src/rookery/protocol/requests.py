"""The requests a platform sends to a bot server, one class per `type` (protocol 3.2 and 3.5 to 3.8).

`parse_request` is the one door for untrusted bodies: it gives a typed request or raises `InvalidRequest` with a
sentence that names the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError, field_validator

from rookery.protocol.identifiers import Identifier
from rookery.protocol.messages import FeedbackType, ProtocolMessage, User, has_unknown_role
from rookery.protocol.toolcalls import ToolCallDefinition, ToolDefinition, ToolResultDefinition

MISSING_KEY = "<missing>"
"""What a handler sees in `access_key` when the bot has none (protocol 3.2)."""


class InvalidRequest(ValueError):
    """A body that is no request of the protocol; the text names the first fault and its place."""


class UnknownRequestType(InvalidRequest):
    """A `type` this protocol version does not know; bot servers answer 501 (protocol 2.3)."""


class BaseRequest(BaseModel):
    """What every request carries. Unknown keys are ignored."""

    version: str
    """Protocol version of the caller."""
    type: str
    """Kind of request; typed as a plain string, as in the reference, so that subclasses may widen it."""


class QueryRequest(BaseRequest):
    """A person's message with its history, to be answered by a stream of events (protocol 3.2)."""

    query: list[ProtocolMessage]
    """The visible history, oldest first; the last message is the one to answer."""
    user_id: Identifier
    conversation_id: Identifier
    message_id: Identifier
    """Id of the answer that is being made."""
    metadata: Identifier = ""
    """Opaque platform data; passed on unchanged when this bot calls others."""
    api_key: str = MISSING_KEY
    """Deprecated by `access_key`."""
    access_key: str = MISSING_KEY
    """The bot's own key, put there by the SDK; the value from the network is never trusted."""
    temperature: float | None = None
    skip_system_prompt: bool = False
    logit_bias: dict[str, float] = {}
    stop_sequences: list[str] = []
    language_code: str = "en"
    adopt_current_bot_name: bool | None = None
    bot_query_id: Identifier = ""
    """Handle of this query at the platform: calls and costs name it."""
    users: list[User] = []
    tools: list[ToolDefinition] | None = None
    tool_calls: list[ToolCallDefinition] | None = None
    tool_results: list[ToolResultDefinition] | None = None
    query_creation_time: int | None = None
    """Microseconds since the epoch."""
    extra_params: dict[str, Any] | None = None

    @field_validator("query", mode="before")
    @classmethod
    def _skip_unknown_roles(cls, value: object) -> object:
        # Bots are told to skip roles they do not know (protocol 3.3); the reference fails the whole query.
        if not isinstance(value, list):
            return value
        return [item for item in value if not has_unknown_role(item)]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QueryRequest:
        """Builds a query from plain dictionaries (for bots that moved from `aiohttp_poe`); `data` is not changed."""
        return cls.model_validate(data)


class SettingsRequest(BaseRequest):
    """Asks the bot for its settings (protocol 3.5)."""


class ReportFeedbackRequest(BaseRequest):
    """Deprecated: a like or dislike (protocol 3.6)."""

    message_id: Identifier
    user_id: Identifier
    conversation_id: Identifier
    feedback_type: FeedbackType


class ReportReactionRequest(BaseRequest):
    """A person's reaction to an answer; any text (protocol 3.7)."""

    message_id: Identifier
    user_id: Identifier
    conversation_id: Identifier
    reaction: str


class ReportErrorRequest(BaseRequest):
    """Tells a bot that it broke the protocol (protocol 3.8)."""

    message: str
    metadata: dict[str, Any]


REQUEST_TYPES: Mapping[str, type[BaseRequest]] = {
    "query": QueryRequest,
    "settings": SettingsRequest,
    "report_feedback": ReportFeedbackRequest,
    "report_reaction": ReportReactionRequest,
    "report_error": ReportErrorRequest,
}
"""Wire name of a request to its class."""


def parse_request(body: object) -> BaseRequest:
    """Reads an untrusted, already decoded JSON body.

    Raises UnknownRequestType for a `type` that is not in `REQUEST_TYPES`, InvalidRequest for anything else that
    is wrong; both carry one sentence.
    """
    if not isinstance(body, Mapping):
        raise InvalidRequest("the body must be a JSON object")
    kind = body.get("type")
    if not isinstance(kind, str):
        raise InvalidRequest("the body needs a text field 'type'")
    model = REQUEST_TYPES.get(kind)
    if model is None:
        raise UnknownRequestType(f"unsupported request type {kind[:100]!r}")
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidRequest(describe_fault(error)) from None


def describe_fault(error: ValidationError) -> str:
    """Gives one sentence for the first fault of a validation error; never the offending value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return f"field '{place}': {first['msg']}"
