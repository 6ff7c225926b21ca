"""Asking a bot in process: what it gets, what the reply holds, and how breaches of the protocol fail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import rookery
from rookery.protocol.events import DoneEvent, TextEvent
from rookery.protocol.identifiers import is_identifier
from rookery.protocol.limits import Limits
from rookery.testing import BotRefused, BotUnderTest, ProtocolBroken, run_ask

from .bots import event_stream, make_bot
from .sdks import both_sdks

DONE = b"event: done\r\ndata: {}\r\n\r\n"


@both_sdks
async def test_a_reply_holds_everything_that_the_bot_said(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        yield fp.MetaResponse(text="", content_type="text/plain")
        yield fp.PartialResponse(text="working …")
        yield fp.PartialResponse(text="Hello ", is_replace_response=True)
        yield fp.PartialResponse(text="Ada")
        yield fp.PartialResponse(text="More?", is_suggested_reply=True)
        yield fp.DataResponse(metadata="kept")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        reply = await bot.ask("hi")
    assert reply.text == "Hello Ada"
    assert reply.suggested_replies == ("More?",)
    assert reply.metadata == "kept"
    assert reply.meta.content_type == "text/plain"
    assert reply.error is None
    assert TextEvent("Ada") in reply.events
    assert reply.events[-1] == DoneEvent()


@both_sdks
async def test_a_bot_gets_a_complete_query(fp: Any) -> None:
    seen: list[Any] = []

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        seen.append(request)
        yield fp.PartialResponse(text="ok")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        await bot.ask(
            "now",
            attachments=[fp.Attachment(url="https://files.example/x", content_type="image/png", name="x.png")],
            parameters={"style": "ANIME"},
            history=[("user", "before"), fp.ProtocolMessage(role="bot", content="said")],
            metadata="what I stored",
            user_id="u-1",
            language_code="de",
            temperature=0.5,
        )
    (request,) = seen
    assert [(m.role, m.content) for m in request.query] == [("user", "before"), ("bot", "said"), ("user", "now")]
    assert [m.metadata for m in request.query] == [None, "what I stored", None]
    assert request.query[-1].attachments[0].name == "x.png"
    assert request.query[-1].parameters == {"style": "ANIME"}
    assert (request.user_id, request.language_code, request.temperature) == ("u-1", "de", 0.5)
    assert all(is_identifier(i) for i in (request.message_id, request.conversation_id, request.metadata))
    assert request.bot_query_id.startswith("bq-")
    assert len(request.access_key) == 32


@both_sdks
async def test_a_conversation_goes_on_from_a_reply(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        stored = [int(message.metadata) for message in request.query if message.metadata]
        count = max(stored, default=0) + 1
        yield fp.PartialResponse(text=f"answer {count}")
        yield fp.DataResponse(metadata=str(count))

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        first = await bot.ask("one")
        second = await bot.ask("two", history=first.history)
    assert (first.text, second.text) == ("answer 1", "answer 2")
    assert second.query.user_id == first.query.user_id
    assert second.query.conversation_id == first.query.conversation_id


@both_sdks
async def test_an_exception_of_the_bot_is_the_replys_error_with_its_cause(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="so far")
        raise LookupError("no such page")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        reply = await bot.ask("hi")
    assert reply.text == "so far"
    assert reply.error is not None
    assert "no such page" in (reply.error.raw_response or "")
    assert "no such page" in repr(reply)


@both_sdks
async def test_reports_and_settings_reach_the_bot(fp: Any) -> None:
    heard: list[tuple[str, str]] = []

    class Listening(fp.PoeBot):  # type: ignore[misc]
        async def get_response(self, request: Any) -> AsyncIterator[Any]:
            yield fp.PartialResponse(text="hi")

        async def get_settings(self, setting: Any) -> Any:
            return fp.SettingsResponse(introduction_message="Hello")

        async def on_reaction_with_context(self, reaction_request: Any, context: Any) -> None:
            heard.append((reaction_request.reaction, reaction_request.message_id))

        async def on_feedback(self, feedback_request: Any) -> None:
            heard.append((feedback_request.feedback_type, feedback_request.message_id))

        async def on_error(self, error_request: Any) -> None:
            heard.append((error_request.message, error_request.metadata["at"]))

    async with BotUnderTest(Listening()) as bot:
        assert (await bot.settings()).introduction_message == "Hello"
        reply = await bot.ask("hi")
        await bot.react("heart", reply=reply)
        await bot.report_feedback("like", reply=reply)
        await bot.report_error("Bot returned no text in response", {"at": "noon"})
    answer_id = reply.query.message_id
    assert heard == [("heart", answer_id), ("like", answer_id), ("Bot returned no text in response", "noon")]


async def test_an_exception_of_get_settings_rises_into_the_test() -> None:
    class Broken(rookery.PoeBot):
        async def get_settings(self, setting: Any) -> Any:
            raise LookupError("no settings today")

    async with BotUnderTest(Broken()) as bot:
        with pytest.raises(LookupError, match="no settings today"):
            await bot.settings()


async def test_settings_that_a_platform_refuses_fail_with_the_field() -> None:
    class Wrong(rookery.PoeBot):
        async def get_settings(self, setting: Any) -> rookery.SettingsResponse:
            return rookery.SettingsResponse(server_bot_dependencies={"Inner": -1})

    async with BotUnderTest(Wrong()) as bot:
        with pytest.raises(ProtocolBroken, match=r"'Wrong' are not valid: server_bot_dependencies\.Inner"):
            await bot.settings()


@pytest.mark.parametrize(
    ("pieces", "clause"),
    [
        ([b"event: text\r\ndata: {\r\n\r\n"], "sent a 'text' event whose data is not JSON"),
        ([b'event: text\r\ndata: {"text": 1}\r\n\r\n'], "sent a faulty 'text' event (expected string in 'text' field"),
        ([b'event: text\r\ndata: {"text": "a"}\r\n\r\n'], "ended its answer without a 'done' event"),
        ([b"event: wave\r\ndata: {}\r\n\r\n", DONE], "sent an unknown event 'wave', which was skipped"),
        ([DONE], "answered without any text"),
        ([b'event: text\r\ndata: {"text": "%b"}\r\n\r\n' % (b"x" * 50), DONE], "sent more than 40 characters"),
    ],
)
async def test_a_breach_of_the_protocol_fails_with_its_clause(pieces: list[bytes], clause: str) -> None:
    limits = Limits(reply_characters=40)
    async with BotUnderTest(event_stream(*pieces), name="Rough", limits=limits) as bot:
        with pytest.raises(ProtocolBroken) as failure:
            await bot.ask("hi")
    assert str(failure.value).startswith("Bot 'Rough' ")
    assert clause in str(failure.value)


async def test_a_kit_that_is_not_strict_lists_breaches() -> None:
    async with BotUnderTest(event_stream(b'event: text\ndata: {"text": "a"}\n\n'), strict=False) as bot:
        reply = await bot.ask("hi")
    assert reply.text == "a"
    assert reply.problems == ("ended its answer without a 'done' event",)


@pytest.mark.parametrize(
    ("limits", "what"),
    [(Limits(first_byte_s=0.05), "begin to answer within 0.05"), (Limits(reply_s=0.05), "finish to answer")],
)
async def test_a_bot_that_takes_too_long_fails_and_is_stopped(limits: Limits, what: str) -> None:
    stopped: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if b"settings" in (await receive())["body"]:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        if limits.first_byte_s > 1:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        stopped.append((await receive())["type"])

    async with BotUnderTest(app, limits=limits) as bot:
        with pytest.raises(ProtocolBroken, match=what):
            await bot.ask("hi")
    assert stopped == ["http.disconnect"]


@both_sdks
async def test_an_app_is_tested_with_its_key(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text="in")

    app = fp.make_app(make_bot(fp, handler, name=""), access_key="k" * 32)
    async with BotUnderTest(app, access_key="k" * 32) as bot:
        assert (await bot.ask("hi")).text == "in"
    async with BotUnderTest(app) as bot:
        with pytest.raises(BotRefused, match=r"answered 401: .*access_key=…"):
            await bot.ask("hi")


async def test_an_app_is_started_and_stopped_around_the_test() -> None:
    phases: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for phase in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{phase}"
            phases.append(phase)
            await send({"type": f"lifespan.{phase}.complete"})

    async with BotUnderTest(app):
        assert phases == ["startup"]
    assert phases == ["startup", "shutdown"]


async def test_an_app_that_does_not_start_says_why() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="no database"):
        async with BotUnderTest(app):
            pass


@both_sdks
def test_a_bot_is_asked_without_async(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text=await fp.get_final_response(request, "Inner", api_key=request.access_key))

    bot = make_bot(fp, handler, server_bot_dependencies={"Inner": 1})
    assert run_ask(bot, "hi", dependencies={"Inner": ["a", "b"]}).text == "ab"


async def test_run_ask_inside_a_loop_names_the_other_way() -> None:
    with pytest.raises(RuntimeError, match="async with BotUnderTest"):
        run_ask(rookery.PoeBot(), "hi")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (rookery.PoeBot, r"PoeBot is a class; pass an instance: PoeBot\(\)"),
        ([], "at least one"),
        ("app", "a list under test holds instances"),
        (7, "not int"),
    ],
)
async def test_what_is_no_bot_is_refused_with_a_sentence(target: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        async with BotUnderTest(target):
            pass


async def test_wrong_arguments_are_named() -> None:
    async with BotUnderTest(rookery.PoeBot()) as bot:
        with pytest.raises(TypeError, match="'temprature' is no field"):
            await bot.ask("hi", temprature=1)
        with pytest.raises(ValueError, match="field 'temperature'"):
            await bot.ask("hi", temperature="hot")
        with pytest.raises(ValueError, match="a message of role 'bot'"):
            await bot.ask("hi", metadata="x")
        with pytest.raises(LookupError, match="no bot 'Other' is under test"):
            await bot.ask("hi", to="Other")
    with pytest.raises(RuntimeError, match="is not running"):
        await bot.ask("hi")
