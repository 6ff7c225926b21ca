"""Files written for `modal deploy`, unchanged, without an account and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from .loading import Loader
from .running import OutputLog, ask, hide_package, load_error, started, write_bot

BOT = """
import modal
import fastapi_poe as fp

class Echo(fp.PoeBot):
    async def get_response(self, request):
        yield fp.PartialResponse(text=request.query[-1].content)

app = modal.App("echo-poe")
"""


@pytest.mark.slow
async def test_the_form_of_the_functional_guide(tmp_path: Path) -> None:
    log = OutputLog()
    file = write_bot(
        tmp_path,
        """
        from __future__ import annotations
        from typing import AsyncIterable
        from modal import App, Image, asgi_app
        import fastapi_poe as fp

        class UpperBot(fp.PoeBot):
            async def get_response(
                self, request: fp.QueryRequest
            ) -> AsyncIterable[fp.PartialResponse]:
                yield fp.PartialResponse(text=request.query[-1].content.upper())
            async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
                return fp.SettingsResponse(server_bot_dependencies={"Other": 1})

        image = Image.debian_slim().pip_install("fastapi-poe==0.0.48")
        app = App("upper-poe")

        @app.function(image=image)
        @asgi_app()
        def fastapi_app():
            bot = UpperBot()
            app = fp.make_app(bot, access_key="5eed0000000000000000000000000001", bot_name="Upper")
            return app
        """,
    )
    async with started(file, sdk="fastapi_poe", log=log) as (_, [bot]):
        assert (bot.name, bot.path, bot.access_key) == ("Upper", "/", "5eed0000000000000000000000000001")
        assert await ask(bot, "quiet") == [("text", {"text": "QUIET"}), ("done", {})]
    assert log.lines == []


def test_a_class_is_entered_before_its_app_is_made(tmp_path: Path, loader: Loader) -> None:
    file = write_bot(
        tmp_path,
        BOT + "@app.cls()\n"
        "class Server:\n"
        "    @modal.enter()\n"
        "    def enter(self):\n"
        "        self.name = 'Entered'\n"
        "    @modal.asgi_app()\n"
        "    def web(self):\n"
        "        return fp.make_app(Echo(bot_name=self.name))\n",
    )
    loaded = loader.load(file)
    assert loaded.names_and_paths() == [("Entered", "/")]
    assert loaded.replies == ["hello"]


def test_volumes_secrets_and_other_functions_do_no_harm(tmp_path: Path, loader: Loader) -> None:
    file = write_bot(
        tmp_path,
        BOT + "volume = modal.Volume.from_name('v', create_if_missing=True)\n"
        "with modal.Image.debian_slim().imports():\n"
        "    import no_such_thing\n"
        "@app.function(schedule=modal.Period(days=1))\n"
        "def tidy(): raise RuntimeError\n"
        "@app.function()\n"
        "@modal.fastapi_endpoint()\n"
        "def hook(x: int): return x\n"
        "@app.function(volumes={'/data': volume}, secrets=[modal.Secret.from_name('s')])\n"
        "@modal.concurrent(max_inputs=100)\n"
        "@modal.asgi_app()\n"
        "def web(): return fp.make_app(Echo())\n",
    )
    loaded = loader.load(file)
    assert loaded.replies == ["hello"]
    assert loaded.output == []


def test_the_decorator_above_another_one_is_found_too(tmp_path: Path, loader: Loader) -> None:
    file = write_bot(
        tmp_path,
        BOT + "@app.function()\n"
        "@modal.asgi_app()\n"
        "@modal.concurrent(max_inputs=100)\n"
        "def web(): return fp.make_app(Echo())\n",
    )
    assert loader.load(file).replies == ["hello"]


@pytest.mark.parametrize("kind", ["wsgi_app()", "web_server(8000)", "fastapi_endpoint()"])
def test_other_web_functions_are_refused(tmp_path: Path, loader: Loader, kind: str) -> None:
    error = loader.error(write_bot(tmp_path, BOT + f"@app.function()\n@modal.{kind}\ndef web(): return None\n"))
    name = kind.partition("(")[0]
    assert error.sentence == f"main.py serves with @modal.{name}, which cannot hold a Poe-protocol bot here."
    assert "@modal.asgi_app()" in error.remedy


def test_an_app_without_a_bot_is_refused(tmp_path: Path, loader: Loader) -> None:
    error = loader.error(
        write_bot(
            tmp_path,
            BOT + "@app.function()\n@modal.asgi_app()\n"
            "def web():\n    from fastapi import FastAPI\n    return FastAPI()\n",
        )
    )
    assert error.sentence == "main.py has an @asgi_app() function that returns an app without a bot."


def test_an_error_in_the_function_has_its_line(tmp_path: Path, loader: Loader) -> None:
    error = loader.error(
        write_bot(
            tmp_path,
            BOT + "import os\n@app.function()\n@modal.asgi_app()\n"
            "def web():\n    return fp.make_app(Echo(), os.environ['BOT_SECRET'])\n",
        )
    )
    assert error.sentence == "main.py, line 14, needs the environment variable BOT_SECRET, which is not set."


@pytest.mark.slow
async def test_modal_missing_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(hide_package("modal", tmp_path / "hiding")))
    error = await load_error(write_bot(tmp_path / "bot", "from modal import App, Image, asgi_app\n"))
    assert error.sentence == "main.py, line 1, imports 'modal', which is not installed."
    assert error.remedy == "pip install 'rookery[modal]'"
