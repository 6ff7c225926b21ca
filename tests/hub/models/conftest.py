"""An endpoint and the environment of a hub that may call one provider: the scripted one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from importlib import import_module

import pytest

from rookery.hub.upstream.model import ModelEndpoint
from tests.hub.models.scripted_provider import ScriptedProvider, scripted_provider

SECRET = "sk-of-the-hub-42"


@pytest.fixture(scope="session", autouse=True)
def _library() -> None:
    """Imports the library ahead of the tests: it takes seconds, and their waits are bounded."""
    for name in ("rookery.hub.upstream.model_client", "pydantic_ai.models.openai", "pydantic_ai.models.anthropic"):
        import_module(name)


@pytest.fixture(autouse=True)
def _no_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys on the machine of whoever runs the tests stay out of them, and so does their proxy."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OLLAMA_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
async def endpoint() -> AsyncIterator[ModelEndpoint]:
    endpoint = ModelEndpoint()
    yield endpoint
    await endpoint.aclose()


@pytest.fixture
async def provider(use: Callable[[str], None]) -> AsyncIterator[ScriptedProvider]:
    """A provider without a script yet, known to the hub as OpenAI."""

    async def nothing(_: object) -> None:
        raise AssertionError("the test gave this provider no script")

    async with scripted_provider(nothing) as running:
        use(running.url)
        yield running


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Points the hub's OpenAI provider to an address."""

    def point(url: str) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    return point
