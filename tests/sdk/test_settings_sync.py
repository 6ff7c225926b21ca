"""Telling the platform a bot's settings (protocol 4.2, 5.2, 9.7.1; 10.1 S6, S7; 10.2 C13)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

import rookery as fp
from rookery.sdk import settings_sync

from .serving import KEY, WAIT_S, Answer, ScriptedServer, ask, free_address, reply_json, serve

OTHER_KEY = "o" * 32
OK = reply_json({"status": "success"})
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(fp.SettingsResponse.model_fields),
    "response_version": 2,
    "server_bot_dependencies": {},
}


class Settled(fp.PoeBot):
    """Has settings that only the method with context gives."""

    async def get_settings_with_context(
        self, setting: fp.SettingsRequest, context: fp.RequestContext
    ) -> fp.SettingsResponse:
        assert context.http_request.headers.get("x") is None
        return fp.SettingsResponse(introduction_message=f"hello from {context.http_request.url.path}")


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_sync, "RETRY_PAUSES_S", (0.0,) * 5)


async def arrival(platform: ScriptedServer, count: int = 1) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(platform.calls) < count:
            platform.arrived.clear()
            await platform.arrived.wait()


async def test_settings_are_pushed_when_the_app_has_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform = ScriptedServer(OK)
    with caplog.at_level(logging.INFO):
        async with serve(platform) as hub:
            monkeypatch.setenv("ROOKERY_URL", hub)
            app = fp.make_app(Settled(path="/b", access_key=KEY, bot_name="My Bot"))
            assert platform.calls == []
            async with serve(app) as url:
                await arrival(platform)
                assert (await ask(f"{url}/b")).status == 200
    (call,) = platform.calls
    assert call.path == f"/bot/update_settings/My Bot/{KEY}/1.2"
    assert call.headers["content-type"] == "application/json"
    assert call.json == {**DEFAULTS, "introduction_message": "hello from /b"}
    ours = [record.getMessage() for record in caplog.records if record.name == "uvicorn.default"]
    assert ours == [f"Settings of bot 'My Bot' were stored at {hub}/bot/"]


async def test_a_bot_answers_while_the_platform_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = ScriptedServer(Answer([asyncio.Event()]))
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        async with serve(fp.make_app(fp.PoeBot(access_key=KEY, bot_name="B"))) as url:
            await arrival(platform)
            assert (await ask(url)).events[0] == ("text", {"text": "hello"})
        await asyncio.wait_for(platform.left.wait(), WAIT_S)  # shutting down ends the sync


@pytest.mark.usefixtures("no_pauses")
async def test_a_failing_platform_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform = ScriptedServer(Answer([b"starting"], status=503), Answer([], is_cut=True), reply_json({}, 404), OK)
    with caplog.at_level(logging.INFO):
        async with serve(platform) as hub:
            monkeypatch.setenv("ROOKERY_URL", hub)
            async with serve(fp.make_app(fp.PoeBot(access_key=KEY, bot_name="B"))):
                await arrival(platform, 4)
                await stored(caplog)
    assert len(platform.calls) == 4


async def stored(caplog: pytest.LogCaptureFixture) -> None:
    async with asyncio.timeout(WAIT_S):
        while "were stored" not in caplog.text:
            await asyncio.sleep(0)


@pytest.mark.usefixtures("no_pauses")
async def test_failing_for_good_is_a_warning_with_a_remedy(caplog: pytest.LogCaptureFixture) -> None:
    bot = fp.PoeBot(access_key=KEY, bot_name="B")
    platform = ScriptedServer(*[Answer([f"no such bot, key {KEY}".encode()], status=404)] * 6)
    async with serve(platform) as hub:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ROOKERY_URL", hub)
            await settings_sync.sync_bot(bot)
    assert len(platform.calls) == 6
    assert "no such bot, key ***" in caplog.text
    assert "sync_bot_settings('B'" in caplog.text


@pytest.mark.usefixtures("no_pauses")
async def test_refused_settings_are_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    platform = ScriptedServer(reply_json({"detail": "parameter_controls: bad"}, 400))
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        await settings_sync.sync_bot(fp.PoeBot(access_key=KEY, bot_name="B"))
    assert len(platform.calls) == 1
    assert "parameter_controls: bad" in caplog.text


async def test_a_bot_whose_settings_fail_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(fp.PoeBot):
        async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
            raise RuntimeError("boom")

    class Wrong(fp.PoeBot):
        async def get_settings(self, setting: fp.SettingsRequest) -> Any:
            return {"allow_attachments": True}

    await settings_sync.sync_bot(Failing(access_key=KEY, bot_name="F"))
    await settings_sync.sync_bot(Wrong(access_key=KEY, bot_name="W"))
    assert "RuntimeError('boom')" in caplog.text
    assert "Wrong.get_settings must return a SettingsResponse, not dict" in caplog.text


@pytest.mark.usefixtures("no_pauses")
async def test_several_bots_are_synced_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()
    platform = ScriptedServer(Answer([gate]), Answer([gate]))
    bots = [
        fp.PoeBot(path="/a", access_key=KEY, bot_name="A"),
        fp.PoeBot(path="/b", access_key=OTHER_KEY, bot_name="B"),
        fp.PoeBot(path="/c", access_key=KEY),
    ]
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        async with serve(fp.make_app(bots)):
            await arrival(platform, 2)
            gate.set()
    paths = {call.path for call in platform.calls}
    assert paths == {f"/bot/update_settings/A/{KEY}/1.2", f"/bot/update_settings/B/{OTHER_KEY}/1.2"}


async def test_the_switch_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = ScriptedServer()
    monkeypatch.setenv("ROOKERY_SYNC_SETTINGS", "off")
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        async with serve(fp.make_app(fp.PoeBot(access_key=KEY, bot_name="B"))) as url:
            assert (await ask(url)).status == 200
    assert platform.calls == []


async def test_the_start_up_of_a_given_app_stays_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, int]]:
        seen.append("start")
        yield {"answer": 42}
        seen.append("stop")

    class Stateful(fp.PoeBot):
        async def get_response_with_context(
            self, request: fp.QueryRequest, context: fp.RequestContext
        ) -> AsyncIterator[Any]:
            yield fp.PartialResponse(text=str(context.http_request.state.answer))

    platform = ScriptedServer(OK)
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        app = fp.make_app(Stateful(access_key=KEY, bot_name="B"), app=FastAPI(lifespan=lifespan))
        async with serve(app) as url:
            await arrival(platform)
            assert (await ask(url)).events[0] == ("text", {"text": "42"})
            assert seen == ["start"]
    assert seen == ["start", "stop"]


async def test_an_app_that_was_never_started_syncs_with_its_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    # Apps mounted in others never see a start-up phase.
    platform = ScriptedServer(OK)
    outer = FastAPI()
    outer.mount("/inner", fp.make_app(fp.PoeBot(access_key=KEY, bot_name="B")))
    async with serve(platform) as hub:
        monkeypatch.setenv("ROOKERY_URL", hub)
        async with serve(outer) as url:
            assert platform.calls == []
            assert (await ask(f"{url}/inner/")).status == 200
            await arrival(platform)
            assert (await ask(f"{url}/inner/")).status == 200
    assert len(platform.calls) == 1


@pytest.mark.parametrize(
    ("settings", "path", "body"),
    [
        (None, "fetch_settings", b""),
        ({}, "update_settings", b"{}"),
        ({"rate_card": "\u00e9"}, "update_settings", '{"rate_card":"\u00e9"}'.encode()),
    ],
)
async def test_a_sync_by_hand_asks_for_a_pull_or_pushes(
    settings: dict[str, Any] | None, path: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    platform = ScriptedServer(Answer([f"stored for {KEY}".encode()], content_type="text/plain"))
    with caplog.at_level(logging.INFO):
        async with serve(platform) as url:
            work = asyncio.to_thread(fp.sync_bot_settings, "B", KEY, settings=settings, base_url=f"{url}/bot/")
            await asyncio.wait_for(work, WAIT_S)
    assert (platform.calls[0].path, platform.calls[0].body) == (f"/bot/{path}/B/{KEY}/1.2", body)
    assert "stored for ***" in caplog.text


async def test_a_sync_by_hand_follows_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = ScriptedServer(OK)
    async with serve(platform) as url:
        monkeypatch.setenv("ROOKERY_URL", url)
        await asyncio.to_thread(fp.sync_bot_settings, "B", KEY)
    assert platform.calls[0].path == f"/bot/fetch_settings/B/{KEY}/1.2"


async def test_every_failure_of_a_sync_by_hand_is_a_bot_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_sync, "SYNC_S", 0.1)
    silent = ScriptedServer(Answer([asyncio.Event()]), reply_json({"detail": "no such bot"}, 404))
    async with serve(silent) as url:
        for base_url, part in (
            (f"{url}/bot/", "no answer in time"),
            (f"{url}/bot/", "Error syncing settings for bot B: no such bot"),
            (free_address(), "connection refused"),
            ("nonsense", "no valid URL"),
        ):
            with pytest.raises(fp.BotError, match=part) as caught:
                await asyncio.to_thread(fp.sync_bot_settings, "B", KEY, base_url=base_url)
            assert KEY not in str(caught.value)


async def test_a_sync_by_hand_works_inside_a_running_loop() -> None:
    with pytest.raises(fp.BotError, match="connection refused"):
        fp.sync_bot_settings("B", KEY, base_url=free_address())
