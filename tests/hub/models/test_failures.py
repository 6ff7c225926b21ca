"""Providers that fail: one clause for people, without the key and without the provider's own words.

The provider is scripted, see `test_streaming`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from rookery.hub.failures import BotFailure
from rookery.hub.upstream.model import ModelEndpoint
from rookery.protocol.events import TextEvent
from tests.hub.models.asking import ask, call, next_events, stream
from tests.hub.models.conftest import SECRET
from tests.hub.models.scripted_provider import Exchange, ScriptedProvider
from tests.support.serving import free_port

RAW = f"the provider's own words about {SECRET}"


async def failure_of(endpoint: ModelEndpoint) -> BotFailure:
    with pytest.raises(BotFailure) as caught:
        await ask(endpoint, call("hi"))
    return caught.value


async def failure_after_text(endpoint: ModelEndpoint) -> BotFailure:
    """The failure of an answer that begins with "half"."""
    answer = stream(endpoint, call("hi"))
    await anext(answer)
    assert await next_events(answer) == [TextEvent("half")]
    with pytest.raises(BotFailure) as caught:
        await anext(answer)
    return caught.value


@pytest.mark.parametrize(
    ("status", "code", "failure", "says", "may_repeat"),
    [
        (401, "invalid_api_key", "model_key_refused", "refused the hub's key (status 401, invalid_api_key)", False),
        (403, None, "model_key_refused", "refused the hub's key (status 403)", False),
        (404, "model_not_found", "model_unknown", "'gpt-4o-mini', which openai does not know (status 404", False),
        (429, "rate_limit_exceeded", "model_rate_limit", "has reached the rate limit of openai (status 429", True),
        (429, "insufficient_quota", "model_quota", "the hub's account with openai is used up (status 429", False),
        (500, None, "model_failed", "openai failed on its own side (status 500)", True),
        (502, None, "model_failed", "openai failed on its own side (status 502)", True),
        (503, "server_is_overloaded", "model_failed", "openai is overloaded (status 503", True),
        (529, None, "model_failed", "openai is overloaded (status 529)", True),
        (400, "context_length_exceeded", "model_too_long", "cannot take a conversation of this length", False),
        (413, None, "model_too_long", "cannot take a conversation of this length", False),
        (400, "invalid_value", "model_refused", "openai refused the query (status 400, invalid_value)", False),
        (400, "Not a CODE!", "model_refused", "openai refused the query (status 400)", False),
    ],
)
async def test_a_provider_that_refuses_or_fails(
    endpoint: ModelEndpoint,
    provider: ScriptedProvider,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str | None,
    failure: str,
    says: str,
    may_repeat: bool,
) -> None:
    caplog.set_level(logging.DEBUG, "rookery")
    provider.script = lambda exchange: exchange.refuse(status, code, RAW)
    caught = await failure_of(endpoint)
    assert caught.code == failure
    assert says in caught.clause
    assert caught.allow_retry is may_repeat
    assert len(provider.requests) == 1
    for text in (caught.sentence("Clever"), caplog.text):
        assert SECRET not in text
        assert "own words" not in text
    assert caught.__cause__ is None


async def test_a_rate_limit_says_how_long_to_wait(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = lambda exchange: exchange.refuse(429, retry_after="20")
    assert (await failure_of(endpoint)).remedy == "Try again in 20 s."


async def test_a_provider_that_is_down(endpoint: ModelEndpoint, use: Callable[[str], None]) -> None:
    use(f"http://127.0.0.1:{free_port()}")
    caught = await failure_of(endpoint)
    assert caught.code == "bot_unreachable"
    assert caught.clause == "cannot reach openai"
    assert caught.allow_retry


async def test_an_address_that_is_none(endpoint: ModelEndpoint, use: Callable[[str], None]) -> None:
    use("not an address")
    caught = await failure_of(endpoint)
    assert caught.code == "bot_unreachable"
    assert "base URL" in caught.remedy


async def test_a_provider_that_stays_silent(provider: ScriptedProvider) -> None:
    provider.script = lambda exchange: exchange.until_gone()
    endpoint = ModelEndpoint(silence_s=0.2)
    caught = await failure_of(endpoint)
    await endpoint.aclose()
    assert caught.code == "bot_timeout"
    assert caught.clause == "heard nothing from openai for 0.2 s"
    assert caught.allow_retry


async def test_a_provider_that_falls_silent_in_the_middle(provider: ScriptedProvider) -> None:
    async def stuck(exchange: Exchange) -> None:
        await exchange.say("half")
        await exchange.until_gone()

    provider.script = stuck
    endpoint = ModelEndpoint(silence_s=0.2)
    caught = await failure_after_text(endpoint)
    await endpoint.aclose()
    assert caught.clause == "heard nothing from openai for 0.2 s; what arrived is kept"
    assert not caught.allow_retry


async def test_a_stream_cut_in_the_middle_keeps_what_arrived(
    endpoint: ModelEndpoint, provider: ScriptedProvider
) -> None:
    provider.script = lambda exchange: exchange.say("half")
    caught = await failure_after_text(endpoint)
    assert caught.code == "bot_disconnected"
    assert caught.clause == "lost the connection to openai in the middle of its answer; what arrived is kept"
    assert not caught.allow_retry


async def test_a_stream_cut_before_its_first_word_may_be_asked_again(
    endpoint: ModelEndpoint, provider: ScriptedProvider
) -> None:
    provider.script = lambda exchange: exchange.start()
    caught = await failure_of(endpoint)
    assert caught.clause == "lost the connection to openai before it answered"
    assert caught.allow_retry


async def test_an_error_inside_the_stream(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    async def breaking(exchange: Exchange) -> None:
        await exchange.say("half")
        await exchange.event({"error": {"message": RAW, "type": "server_error", "code": "server_error"}})
        await exchange.end()

    provider.script = breaking
    caught = await failure_after_text(endpoint)
    assert caught.code == "model_failed"
    assert caught.clause.endswith("failed on its own side (status 500, server_error); what arrived is kept")
    assert not caught.allow_retry


async def test_an_answer_stopped_by_the_providers_filter(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    async def filtered(exchange: Exchange) -> None:
        await exchange.say("half")
        await exchange.finish("content_filter")

    provider.script = filtered
    assert (await failure_after_text(endpoint)).clause == "was stopped by the content filter of openai"


@pytest.mark.parametrize("data", ["<html>", "data: {\n\n", "data: []\n\n", 'data: {"choices": [5]}\n\n'])
async def test_an_answer_that_makes_no_sense(endpoint: ModelEndpoint, provider: ScriptedProvider, data: str) -> None:
    async def nonsense(exchange: Exchange) -> None:
        await exchange.raw(data)
        await exchange.end()

    provider.script = nonsense
    caught = await failure_of(endpoint)
    assert caught.code == "model_failed"
    assert caught.clause == "got no usable answer from openai"
