"""One model of a provider, asked through pydantic-ai's direct API: no agent, no tools, one request per query.

Import it only through `model.ModelEndpoint`: it needs the extra `llm`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Self

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import infer_provider_class

from rookery.hub.upstream.model_failures import (
    cut_off,
    explain_failure,
    explain_setup,
    stopped_by_filter,
    unknown_provider,
)
from rookery.hub.upstream.model_messages import build_messages, build_settings
from rookery.protocol.events import DoneEvent, Event, TextEvent
from rookery.protocol.requests import QueryRequest

_NAMES_IN_LIBRARY = {
    # The library reads plain `openai` as the Responses API, which has neither stop sequences nor logit bias and which
    # most compatible servers behind OPENAI_BASE_URL lack. `openai-responses:` is there for models without the other.
    "openai": "openai-chat",
    # Names of its first version that people still write.
    "google-gla": "google",
    "google-vertex": "google-cloud",
}


class ModelClient:
    """One model with its connections. An async context manager: leaving it closes them."""

    def __init__(self, provider: str, model: Model, *, silence_s: float) -> None:
        self._provider = provider
        self._model = model
        self._silence_s = silence_s

    async def __aenter__(self) -> Self:
        await self._model.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._model.__aexit__(None, None, None)

    async def answer(self, query: QueryRequest) -> AsyncGenerator[Event, None]:
        """Gives the answer as it comes, `done` at the end; closing the generator closes the provider's connection.

        Raises BotFailure. Only the time without a byte is bounded here; other limits are the caller's.
        """
        messages = build_messages(query)
        settings = build_settings(query, self._provider, self._model.unsupported_settings, silence_s=self._silence_s)
        has_begun = False
        try:
            async with model_request_stream(self._model, messages, model_settings=settings) as stream:
                async for event in stream:
                    if text := _text_of(event):
                        has_begun = True
                        yield TextEvent(text)
        except Exception as error:
            # Everything: at data of a wrong shape the library fails in its own ways. Without its cause, which holds
            # what the provider wrote and may quote the key or the conversation.
            raise explain_failure(
                error, self._provider, self._model.model_name, has_begun=has_begun, silence_s=self._silence_s
            ) from None
        if stream.finish_reason == "content_filter":
            raise stopped_by_filter(self._provider)
        if stream.finish_reason is None and "finish_reason" not in (stream.provider_details or {}):
            raise cut_off(self._provider)
        yield DoneEvent()


def open_client(model_id: str, *, silence_s: float) -> ModelClient:
    """Makes the client for `provider:model`; blocks, and connects to nothing yet.

    Raises ImportError when the provider's package is missing, BotFailure when there is no such provider or its key or
    address is not set.
    """
    provider, _, name = model_id.partition(":")
    known_as = _NAMES_IN_LIBRARY.get(provider, provider)
    try:
        infer_provider_class(known_as if name else "")
    except ValueError:
        raise unknown_provider(model_id) from None
    try:
        model = infer_model(f"{known_as}:{name}")
    except ImportError:
        raise
    except Exception as error:  # every provider's package has its own errors for a missing key or region
        raise explain_setup(error, provider) from None
    return ModelClient(provider, model, silence_s=silence_s)


def _text_of(event: ModelResponseStreamEvent) -> str:
    # What a model thinks before it answers has parts of its own, which are left out.
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case _:
            return ""
