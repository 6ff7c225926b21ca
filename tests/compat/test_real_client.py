"""The unmodified `fastapi_poe` client against our hub: with `base_url` alone, as a person and from inside a bot.

The same conversations run with our SDK, so that both see the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import fastapi_poe
import pytest

import rookery
from tests.support.hub import RunningHub, error_text
from tests.support.scripted_bot import Exchange, say, scripted_bot
from tests.support.serving import serve

KEY = "k" * 32
SDKS = pytest.mark.parametrize("fp", [fastapi_poe, rookery], ids=["fastapi_poe", "rookery"])


def silent(error: Exception, message: str) -> None:
    """Takes the place of the client's printing of errors."""


@asynccontextmanager
async def bot_of(hub: RunningHub, fp: ModuleType, bot: Any, name: str) -> AsyncIterator[None]:
    """Serves a bot made with either SDK and registers it."""
    # In a thread: the reference runs an event loop of its own inside make_app.
    app = await asyncio.to_thread(fp.make_app, bot, access_key=KEY)
    async with serve(app) as url:
        await hub.register(name, f"{url}/", access_key=KEY)
        yield


def wrapper(fp: ModuleType, hub: RunningHub, callee: str, declared: int = 1) -> Any:
    class Wrapper(fp.PoeBot):  # type: ignore[name-defined, misc]
        async def get_response(self, request: Any) -> AsyncIterable[Any]:
            base_url = f"{hub.url}/bot/"
            async for message in fp.stream_request(
                request, callee, request.access_key, base_url=base_url, on_error=silent
            ):
                yield message

        async def get_settings(self, setting: Any) -> Any:
            return fp.SettingsResponse(server_bot_dependencies={callee: declared})

    return Wrapper()


@SDKS
async def test_a_person_asks_with_base_url_and_api_key_alone(hub: RunningHub, fp: ModuleType) -> None:
    async with scripted_bot(say("Hel", "lo")) as bot:
        await hub.register("Greeter", bot.url)
        messages = [fp.ProtocolMessage(role="user", content="hi")]
        stream = fp.get_bot_response(messages, "Greeter", hub.api_key, base_url=f"{hub.url}/bot/")
        assert [part.text async for part in stream] == ["Hel", "lo"]


@SDKS
async def test_a_script_asks_without_an_event_loop(hub: RunningHub, fp: ModuleType) -> None:
    async with scripted_bot(say("Hel", "lo")) as bot:
        await hub.register("Greeter", bot.url)

        def script() -> str:
            messages = [fp.ProtocolMessage(role="user", content="hi")]
            base_url = f"{hub.url}/bot/"
            parts = fp.get_bot_response_sync(messages, "Greeter", hub.api_key, base_url=base_url)
            return "".join(part.text for part in parts)

        assert await asyncio.to_thread(script) == "Hello"


@SDKS
async def test_a_bot_calls_another_bot(hub: RunningHub, fp: ModuleType) -> None:
    async with scripted_bot(say("from ", "below")) as callee, bot_of(hub, fp, wrapper(fp, hub, "Callee"), "Wrapper"):
        await hub.register("Callee", callee.url)
        reply = await hub.ask("Wrapper", "please")
    assert reply.text == "from below"
    assert reply.is_done
    assert callee.queries[0]["query"][-1]["content"] == "please"


@SDKS
async def test_get_final_response_works_inside_a_bot(hub: RunningHub, fp: ModuleType) -> None:
    class Summariser(fp.PoeBot):  # type: ignore[name-defined, misc]
        async def get_response(self, request: Any) -> AsyncIterable[Any]:
            base_url = f"{hub.url}/bot/"
            text = await fp.get_final_response(request, "Callee", request.access_key, base_url=base_url)
            yield fp.PartialResponse(text=text.upper())

        async def get_settings(self, setting: Any) -> Any:
            return fp.SettingsResponse(server_bot_dependencies={"Callee": 1})

    async with scripted_bot(say("quiet")) as callee, bot_of(hub, fp, Summariser(), "Summariser"):
        await hub.register("Callee", callee.url)
        assert (await hub.ask("Summariser")).text == "QUIET"


@SDKS
async def test_pictures_and_suggested_replies_of_a_called_bot_arrive(hub: RunningHub, fp: ModuleType) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.event("file", {"url": "http://x/y.png", "content_type": "image/png", "name": "y.png"})
        await exchange.text("look")
        await exchange.event("suggested_reply", {"text": "more"})
        await exchange.done()

    async with scripted_bot(script) as callee, bot_of(hub, fp, wrapper(fp, hub, "Painter"), "Wrapper"):
        await hub.register("Painter", callee.url)
        reply = await hub.ask("Wrapper")
    assert [file.url for file in reply.files] == ["http://x/y.png"]
    assert reply.suggested_replies == ("more",)


@SDKS
async def test_the_person_reads_why_a_call_was_refused(hub: RunningHub, fp: ModuleType) -> None:
    async with bot_of(hub, fp, wrapper(fp, hub, "Callee", declared=0), "Wrapper"):
        await hub.stand_in("Callee")
        reply = await hub.ask("Wrapper")
    assert "Bot 'Wrapper' called 'Callee' but does not declare it" in error_text(reply)


@SDKS
async def test_a_wrong_api_key_is_an_error_that_is_not_tried_again(hub: RunningHub, fp: ModuleType) -> None:
    await hub.stand_in("Echo")
    messages = [fp.ProtocolMessage(role="user", content="hi")]
    with pytest.raises(fp.client.BotErrorNoRetry, match="Access denied"):
        async for _ in fp.get_bot_response(messages, "Echo", "wrong", base_url=f"{hub.url}/bot/"):
            pass


@SDKS
async def test_settings_are_synced_by_the_sdks_own_function(hub: RunningHub, fp: ModuleType) -> None:
    async with scripted_bot(say("x")) as bot:
        await hub.register("Bot", bot.url, access_key=KEY)
        bot.settings = {"introduction_message": "pulled"}
        base_url = f"{hub.url}/bot/"
        await asyncio.to_thread(fp.sync_bot_settings, "Bot", KEY, base_url=base_url)
        assert hub.hub.bots.get_bot("Bot").resolved.introduction_message == "pulled"
        settings = fp.SettingsResponse(introduction_message="pushed").model_dump()
        await asyncio.to_thread(fp.sync_bot_settings, "Bot", KEY, settings=settings, base_url=base_url)
    assert hub.hub.bots.get_bot("Bot").resolved.introduction_message == "pushed"


@SDKS
async def test_leaving_a_stream_early_stops_the_bot(hub: RunningHub, fp: ModuleType) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.text("and on")
        await exchange.until_gone()

    async with scripted_bot(endless) as bot:
        await hub.register("Endless", bot.url)
        messages = [fp.ProtocolMessage(role="user", content="hi")]
        stream = fp.get_bot_response(messages, "Endless", hub.api_key, base_url=f"{hub.url}/bot/")
        async for part in stream:
            assert part.text == "and on"
            break
        await stream.aclose()
        async with asyncio.timeout(5):
            await bot.all_closed.wait()
