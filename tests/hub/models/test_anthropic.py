"""A second provider through the same door: Anthropic, which has another wire format and other limits.

The provider is scripted, see `test_streaming`.
"""

from __future__ import annotations

import json

import pytest

from rookery.hub.failures import BotFailure
from rookery.hub.upstream.model import ModelEndpoint
from tests.hub.models.asking import ask, call, message
from tests.hub.models.scripted_provider import Exchange, ScriptedProvider

MODEL = "anthropic:claude-opus-4-8"
USAGE = {"input_tokens": 1, "output_tokens": 1}


@pytest.fixture(autouse=True)
def _anthropic(provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-hub")


async def event(exchange: Exchange, name: str, **data: object) -> None:
    await exchange.raw(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n")


async def begin(exchange: Exchange) -> None:
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": [], "usage": USAGE}
    await event(exchange, "message_start", message={**start, "stop_reason": None, "stop_sequence": None})
    await event(exchange, "content_block_start", index=0, content_block={"type": "text", "text": ""})
    for text in ("bon", "jour"):
        await event(exchange, "content_block_delta", index=0, delta={"type": "text_delta", "text": text})


async def finish(exchange: Exchange) -> None:
    await begin(exchange)
    await event(exchange, "content_block_stop", index=0)
    await event(
        exchange, "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 2}
    )
    await event(exchange, "message_stop")
    await exchange.end()


async def test_an_answer_of_anthropic(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = finish
    asked = call(message("system", "Speak French."), "hello", model=MODEL, stop_sequences=["END"], logit_bias={"1": 2})
    reply = await ask(endpoint, asked)
    assert reply.text == "bonjour"
    assert reply.is_done
    request = provider.requests[0]
    assert request.headers["authorization"] == "Bearer sk-ant-of-the-hub"
    assert request.body["system"] == "Speak French."
    assert request.body["stop_sequences"] == ["END"]
    assert "logit_bias" not in request.body


async def test_a_temperature_beyond_the_providers_highest_is_lowered_to_it(
    endpoint: ModelEndpoint, provider: ScriptedProvider
) -> None:
    provider.script = finish
    await ask(endpoint, call("hello", model="anthropic:claude-scripted", temperature=1.6))
    assert provider.requests[0].body["temperature"] == 1.0


async def test_an_answer_that_ends_without_its_last_events_was_cut_off(
    endpoint: ModelEndpoint, provider: ScriptedProvider
) -> None:
    async def cut(exchange: Exchange) -> None:
        await begin(exchange)
        await exchange.end()

    provider.script = cut
    with pytest.raises(BotFailure, match="lost the connection to anthropic in the middle of its answer"):
        await ask(endpoint, call("hello", model=MODEL))


async def test_overload_inside_the_stream(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    async def overloaded(exchange: Exchange) -> None:
        await event(exchange, "error", error={"type": "overloaded_error", "message": "Overloaded"})
        await exchange.end()

    provider.script = overloaded
    with pytest.raises(BotFailure, match="anthropic is overloaded") as caught:
        await ask(endpoint, call("hello", model=MODEL))
    assert caught.value.allow_retry
