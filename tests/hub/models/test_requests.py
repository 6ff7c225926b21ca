"""What a provider is asked: the history in its words, and the caller's hints.

The provider is scripted, see `test_streaming`.
"""

from __future__ import annotations

import pytest

from rookery.hub.failures import BotFailure
from rookery.hub.upstream.model import ModelEndpoint
from tests.hub.models.asking import ask, call, message
from tests.hub.models.conftest import SECRET
from tests.hub.models.scripted_provider import ScriptedProvider, say


async def test_the_history_is_passed_on_with_its_roles(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = say("fine")
    spoken = [message("system", "Be brief."), message("user", "hi"), message("bot", "hello")]
    await ask(endpoint, call(*spoken, "how are you?"))
    assert provider.requests[0].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hello"},
        {"role": "user", "content": "how are you?"},
    ]


async def test_calls_of_tools_and_messages_without_text_are_left_out(
    endpoint: ModelEndpoint, provider: ScriptedProvider
) -> None:
    provider.script = say("fine")
    history = [
        message("user", "what is the weather?"),
        message("bot", "[]", message_type="function_call"),
        message("tool", "[]"),
        message("bot", ""),
        message("user", " \n"),
        message("user", "well?"),
    ]
    await ask(endpoint, call(*history))
    assert [item["content"] for item in provider.requests[0].body["messages"]] == ["what is the weather?", "well?"]


async def test_a_query_without_any_text_is_not_sent(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    with pytest.raises(BotFailure, match="was asked without any text"):
        await ask(endpoint, call(" "))
    assert provider.requests == []


async def test_hints_are_passed_on(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = say("fine")
    await ask(endpoint, call("hi", temperature=0.2, stop_sequences=["\n\n", "END"], logit_bias={"50256": -100.0}))
    body = provider.requests[0].body
    assert body["temperature"] == 0.2
    assert body["stop"] == ["\n\n", "END"]
    assert body["logit_bias"] == {"50256": -100}


async def test_hints_that_nobody_gave_are_not_made_up(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = say("fine")
    await ask(endpoint, call("hi", temperature=None, stop_sequences=[], logit_bias={}))
    assert not {"temperature", "stop", "logit_bias"} & provider.requests[0].body.keys()


async def test_the_model_and_the_hubs_key_are_named(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = say("fine")
    await ask(endpoint, call("hi", model="openai:gpt-4o-mini"))
    request = provider.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.body["model"] == "gpt-4o-mini"
    assert request.headers["authorization"] == f"Bearer {SECRET}"


async def test_the_name_of_a_model_may_hold_colons(
    endpoint: ModelEndpoint, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_BASE_URL", f"{provider.url}/v1")
    provider.script = say("fine")
    assert (await ask(endpoint, call("hi", model="ollama:llama3.2:1b"))).text == "fine"
    assert provider.requests[0].body["model"] == "llama3.2:1b"
