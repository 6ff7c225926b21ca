"""The bots of `examples/`, tested with the public test kit, with `fastapi_poe` meaning either SDK."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import fastapi_poe
import pytest

import rookery
from rookery.testing import BotUnderTest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(params=[rookery, fastapi_poe], ids=["rookery", "fastapi_poe"])
def sdk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What `import fastapi_poe` gives while a test runs."""
    module: ModuleType = request.param
    monkeypatch.setitem(sys.modules, "fastapi_poe", module)
    return module


def load(name: str, sdk: ModuleType) -> Any:
    """Runs an example file as a module; its bots are of the SDK."""
    spec = importlib.util.spec_from_file_location(f"example_{name}_{sdk.__name__}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.fp is sdk
    return module


async def test_hello_greets_by_name_and_suggests_replies(sdk: ModuleType) -> None:
    async with BotUnderTest(load("hello", sdk).HelloBot()) as bot:
        first = await bot.ask("Ada")
        second = await bot.ask("  ", history=first.history)
        assert (await bot.settings()).introduction_message == "Tell me your name."
    assert first.text == "Hello, Ada! You have said 1 things so far. "
    assert first.suggested_replies == ("Tell me more", "Goodbye")
    assert len(first.events) > 5  # it streams
    assert second.text.startswith("Hello, stranger! You have said 3 things")
    assert first.calls == ()


async def test_wrapper_hands_the_question_on_and_signs_the_answer(sdk: ModuleType) -> None:
    async with BotUnderTest(load("wrapper", sdk).WrapperBot()) as bot:
        model = bot.dependency("GPT-3.5-Turbo").replies(["Good ", "evening"])
        reply = await bot.ask("I am a little tired")
        assert reply.text == "Good evening\n\n(answered by GPT-3.5-Turbo)"
        assert model.calls[0].query[-1].content == "I am a little tired"
        bot.assert_calls({"GPT-3.5-Turbo": 1})


async def test_wrapper_shows_that_the_model_failed(sdk: ModuleType) -> None:
    async with BotUnderTest(load("wrapper", sdk).WrapperBot()) as bot:
        bot.dependency("GPT-3.5-Turbo").fails("The model is overloaded.")
        reply = await bot.ask("hi")
    assert reply.error is not None
    assert "The model is overloaded." in repr(reply)


async def test_panel_replaces_its_progress_by_both_answers(sdk: ModuleType) -> None:
    panel = load("panel", sdk)
    bots = [panel.PanelBot(path="/panel", bot_name="PanelBot"), panel.ShoutBot(path="/shout", bot_name="ShoutBot")]
    async with BotUnderTest(bots) as bot:
        bot.dependency("GPT-3.5-Turbo").replies("Cats are quiet.")
        reply = await bot.ask("a cat?")
        assert reply.text == "**GPT-3.5-Turbo**: Cats are quiet.\n\n**ShoutBot**: A CAT?!"
        bot.assert_calls({"GPT-3.5-Turbo": 1, "ShoutBot": 1})
        assert (await bot.ask("hi", to="ShoutBot")).text == "HI!"


def test_every_example_is_tested_here() -> None:
    source = Path(__file__).read_text()
    untested = [path.name for path in EXAMPLES.glob("*.py") if f'load("{path.stem}"' not in source]
    assert untested == []
