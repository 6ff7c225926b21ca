"""`rookery trace --save-test`: a real exchange on a real hub becomes a test that replays."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import rookery as fp
from rookery.protocol.messages import Attachment
from rookery.testing import BotUnderTest, ExchangeDiffers, load_exchange
from tests.cli.running import Cli
from tests.cli.world import Home
from tests.hub.relay.asking import ask
from tests.support.serving import serve

KEY = "t" * 31 + "5"


class Translator(fp.PoeBot):
    """Calls a bot that it declares, and one that it does not."""

    question = "Translate: "

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={"EchoSaved": 1})

    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        request.query[-1].content = self.question + request.query[-1].content
        request.query[-1].attachments = []  # EchoSaved takes none
        async for part in fp.stream_request(request, "EchoSaved", request.access_key):
            yield part
        try:
            async for part in fp.stream_request(request, "Claude-3", request.access_key):
                yield part
        except fp.BotError:
            yield fp.PartialResponse(text=" (alone)")
        yield fp.DataResponse(metadata="remember")


class Changed(Translator):
    question = "Please translate: "


@pytest.fixture
def saved(home: Home, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ROOKERY_URL", home.url)
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    home.add_stand_in("EchoSaved")
    url = home.world.enter(serve(fp.make_app(Translator(), access_key=KEY)))
    home.world.run(home.hub.register("Translator", url, access_key=KEY, replace=True))
    files = home.hub.hub.files
    kept = home.world.run(files.keep_bytes(home.hub.hub.owner.id, "notes.txt", b"some notes"))
    notes = Attachment(url=files.link(kept), content_type="text/plain", name="notes.txt").model_dump()
    query_id = home.world.run(ask(home.hub, "Translator", "hello", attachments=[notes]))
    file = tmp_path / "hello.json"
    outcome = cli.run("trace", query_id, "--save-test", str(file))
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Saved the exchange of Translator with 2 calls in ")
    monkeypatch.delenv("ROOKERY_URL")
    return file


def test_the_file_holds_no_key_and_no_link_that_opens(saved: Path, home: Home) -> None:
    text = saved.read_text()
    assert KEY not in text
    assert "signature" not in text
    assert home.url not in text
    body = json.loads(text)
    assert body["format"] == "rookery.exchange/1"
    assert [(call["bot"], call["refused"]) for call in body["calls"]] == [("EchoSaved", False), ("Claude-3", True)]


async def test_the_same_bot_repeats_the_exchange(saved: Path) -> None:
    async with BotUnderTest(Translator()) as bot:
        reply = await bot.replay(load_exchange(saved))
    assert reply.text.startswith("Translate: hello")
    assert reply.text.endswith(" (alone)")
    assert reply.metadata == "remember"


async def test_a_changed_bot_fails_with_a_readable_difference(saved: Path) -> None:
    async with BotUnderTest(Changed()) as bot:
        with pytest.raises(ExchangeDiffers) as caught:
            await bot.replay(load_exchange(saved))
    shown = str(caught.value)
    assert '-  user: "Translate: hello"' in shown
    assert '+  user: "Please translate: hello"' in shown


def test_where_it_cannot_be_saved_is_a_sentence(home: Home, cli: Cli, tmp_path: Path) -> None:
    bot = home.add_stand_in("EchoUnsaved")
    query_id = home.world.run(ask(home.hub, bot))
    outcome = cli.run("trace", query_id, "--save-test", str(tmp_path / "no" / "file.json"))
    assert outcome.code == 1
    assert "cannot be written" in outcome.err
