"""What a hub needs for models, and what a person reads when it is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rookery.hub.failures import BotFailure
from rookery.hub.upstream.model import ModelEndpoint
from tests.hub.models.asking import ask, call
from tests.hub.models.scripted_provider import ScriptedProvider, say


async def failure_of(endpoint: ModelEndpoint, model: str | None) -> BotFailure:
    with pytest.raises(BotFailure) as caught:
        await ask(endpoint, call("hi", model=model))
    return caught.value


def hide_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every import of pydantic-ai fail, as where the extra is not installed."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "pydantic_ai":
            monkeypatch.setitem(sys.modules, name, None)
        elif name.startswith("rookery.hub.upstream.model_"):
            monkeypatch.delitem(sys.modules, name)


async def test_without_the_extra_a_model_says_what_to_install(
    endpoint: ModelEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_the_library(monkeypatch)
    caught = await failure_of(endpoint, "openai:gpt-4o-mini")
    assert caught.code == "model_not_installed"
    assert caught.sentence("Clever") == (
        "Bot 'Clever' needs the optional model support, which is not installed. "
        "Install it where the hub runs: pip install 'rookery[llm]'"
    )


async def test_a_provider_beyond_the_extra_names_its_own_packages(
    endpoint: ModelEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.genai", None)
    monkeypatch.delitem(sys.modules, "pydantic_ai.providers.google", raising=False)
    caught = await failure_of(endpoint, "google-gla:gemini-2.5-flash")
    assert caught.code == "model_not_installed"
    assert caught.remedy == "Install it where the hub runs: pip install 'pydantic-ai-slim[google]'"


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai:gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic:claude-opus-4-8", "ANTHROPIC_API_KEY"),
        ("ollama:llama3.2", "OLLAMA_BASE_URL"),
    ],
)
async def test_a_variable_that_is_not_set_is_named(endpoint: ModelEndpoint, model: str, variable: str) -> None:
    caught = await failure_of(endpoint, model)
    assert caught.code == "model_not_configured"
    assert caught.clause == f"needs {variable}, which is not set where the hub runs"


async def test_an_empty_key_is_no_key(endpoint: ModelEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert "needs OPENAI_API_KEY" in (await failure_of(endpoint, "openai:gpt-4o-mini")).clause


async def test_a_key_that_is_set_later_is_found(endpoint: ModelEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    await failure_of(endpoint, "openai:gpt-4o-mini")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-late")
    monkeypatch.setenv("OPENAI_BASE_URL", "not an address")
    assert (await failure_of(endpoint, "openai:gpt-4o-mini")).code == "bot_unreachable"


@pytest.mark.parametrize("model", ["gpt-4o-mini", "nobody:gpt-4o-mini", "openai:", ":gpt-4o-mini", "test"])
async def test_a_model_without_a_known_provider(endpoint: ModelEndpoint, model: str) -> None:
    caught = await failure_of(endpoint, model)
    assert caught.code == "model_unknown"
    assert caught.clause == f"is set to the model '{model}', whose provider this hub does not know"
    assert "provider:model" in caught.remedy


async def test_a_bot_without_a_model(endpoint: ModelEndpoint) -> None:
    assert (await failure_of(endpoint, None)).clause == "has no model"


async def test_one_bad_model_leaves_the_others_alone(endpoint: ModelEndpoint, provider: ScriptedProvider) -> None:
    provider.script = say("fine")
    await failure_of(endpoint, "nobody:x")
    assert (await ask(endpoint, call("hi"))).text == "fine"


def test_a_hub_without_model_bots_never_imports_the_library() -> None:
    code = "import sys, rookery.hub.upstream.model; sys.exit('pydantic_ai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
