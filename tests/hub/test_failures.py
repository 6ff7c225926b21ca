"""Bots that fail: the person reads one sentence naming the bot, keeps what arrived, and the hub stays healthy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rookery.hub.bots.drafts import BotDraft
from tests.support.hub import RunningHub, error_text, running_hub
from tests.support.scripted_bot import Exchange, Script, ScriptedBot, say, scripted_bot
from tests.support.serving import free_port


@asynccontextmanager
async def failing_bot(hub: RunningHub, script: Script) -> AsyncIterator[ScriptedBot]:
    async with scripted_bot(script) as bot:
        await hub.register("Faulty", bot.url)
        yield bot
        # Whatever happened, the next message works.
        bot.script = say("fine again")
        assert (await hub.ask("Faulty")).text == "fine again"


async def next_report(bot: ScriptedBot) -> dict[str, object]:
    async with asyncio.timeout(5):
        return await bot.reports.get()


async def test_a_bot_that_is_down(hub: RunningHub) -> None:
    draft = BotDraft(name="Faulty", kind="server", url=f"http://127.0.0.1:{free_port()}/")
    await hub.hub.bots.create_bot(hub.hub.owner.id, draft)
    reply = await hub.ask("Faulty")
    assert "Bot 'Faulty' cannot be reached" in error_text(reply)
    assert "Is its server running?" in error_text(reply)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "refused the hub's access key (status 401)"),
        (403, "refused the hub's access key (status 403)"),
        (404, "has no bot at its address (status 404)"),
        (307, "answered with a redirect (status 307)"),
        (418, "refused the query (status 418)"),
        (500, "failed on its own side (status 500)"),
        (503, "failed on its own side (status 503)"),
    ],
)
async def test_a_bot_that_answers_with_another_status(hub: RunningHub, status: int, says: str) -> None:
    async with failing_bot(hub, lambda exchange: exchange.reply(status, "text/plain", "no")):
        reply = await hub.ask("Faulty")
    assert f"Bot 'Faulty' {says}" in error_text(reply)


async def test_a_bot_that_answers_with_html(hub: RunningHub) -> None:
    async with failing_bot(hub, lambda exchange: exchange.reply(200, "text/html", "<h1>Welcome</h1>")):
        reply = await hub.ask("Faulty")
    assert "Bot 'Faulty' answered with 'text/html' instead of an event stream" in error_text(reply)


async def test_a_bot_that_is_slow_to_its_first_byte(tmp_path: Path) -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.until_gone()

    async with running_hub(tmp_path, first_byte_s=0.2) as hub, failing_bot(hub, silent):
        reply = await hub.ask("Faulty")
        assert "Bot 'Faulty' did not begin to answer within 0.2 s" in error_text(reply)


async def test_a_comment_counts_as_a_first_byte(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def comment_first(exchange: Exchange) -> None:
        await exchange.raw(b": working\r\n\r\n")
        await go_on.wait()
        await say("late but fine")(exchange)

    async with running_hub(tmp_path, first_byte_s=0.2) as hub, scripted_bot(comment_first) as bot:
        await hub.register("Careful", bot.url)
        asyncio.get_running_loop().call_later(0.4, go_on.set)
        assert (await hub.ask("Careful")).text == "late but fine"


async def test_an_answer_that_takes_too_long_in_all(tmp_path: Path) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.text("and so on")
        await exchange.until_gone()

    async with running_hub(tmp_path, reply_s=0.3) as hub, failing_bot(hub, endless):
        reply = await hub.ask("Faulty")
        assert reply.text == "and so on"
        assert "Bot 'Faulty' did not finish within 0.3 s" in error_text(reply)


async def test_a_stream_without_done_keeps_what_arrived_and_is_reported(hub: RunningHub) -> None:
    async def no_done(exchange: Exchange) -> None:
        await exchange.text("half an answ")

    async with failing_bot(hub, no_done) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert reply.text == "half an answ"
    assert "Bot 'Faulty' ended its answer without saying that it was complete" in error_text(reply)
    assert report["message"] == "Bot exited without sending 'done' event"
    assert report["metadata"] == {"message_id": bot.queries[0]["message_id"]}


async def test_a_bot_killed_in_mid_stream_keeps_what_arrived(hub: RunningHub) -> None:
    async def killed(exchange: Exchange) -> None:
        await exchange.text("half")
        exchange.reset()

    async with failing_bot(hub, killed):
        reply = await hub.ask("Faulty")
    assert reply.text == "half"
    assert "Bot 'Faulty' broke the connection in the middle of its answer" in error_text(reply)


@pytest.mark.parametrize(
    ("data", "says", "report_text"),
    [
        (b"{not json", "sent a 'text' event whose data is not JSON", "Invalid JSON in 'text' event"),
        (b"[1]", "sent a 'text' event whose data is not a JSON object", "Expected JSON dict in 'text' event"),
        (b'{"text": 1}', "sent a faulty 'text' event", "Expected string in 'text' field for 'text' event"),
        (b"{}", "sent a faulty 'text' event", "Expected string in 'text' field for 'text' event"),
    ],
)
async def test_an_event_that_cannot_be_read(hub: RunningHub, data: bytes, says: str, report_text: str) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.text("before")
        await exchange.raw(b"event: text\r\ndata: " + data + b"\r\n\r\n")
        await exchange.until_gone()

    async with failing_bot(hub, broken) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert reply.text == "before"
    assert f"Bot 'Faulty' {says}" in error_text(reply)
    assert report["message"] == report_text


async def test_an_unknown_event_is_skipped_reported_and_noticed(hub: RunningHub) -> None:
    async def strange(exchange: Exchange) -> None:
        await exchange.text("a")
        await exchange.event("confetti", {"colour": "red"})
        await exchange.text("b")
        await exchange.done()

    async with failing_bot(hub, strange) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert reply.text == "ab"
    assert reply.is_done
    assert report["message"] == "Unknown event type: confetti"
    entries = [entry for entry in hub.ended[0].log.entries if entry.name == "notice"]
    assert b"Bot 'Faulty' sent an unknown event 'confetti', which was skipped." in entries[0].encoded


async def test_more_than_ten_thousand_events(hub: RunningHub) -> None:
    async def chatty(exchange: Exchange) -> None:
        await exchange.raw(b'event: text\r\ndata: {"text": "x"}\r\n\r\n' * 10_001)
        await exchange.until_gone()

    async with failing_bot(hub, chatty) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert len(reply.text) == 10_000
    assert "Bot 'Faulty' sent more than 10 000 events in one answer" in error_text(reply)
    assert report["type"] == "report_error"


async def test_more_than_512_000_characters(hub: RunningHub) -> None:
    async def wordy(exchange: Exchange) -> None:
        await exchange.text("x" * 256_000, "x" * 256_000, "y")
        await exchange.until_gone()

    async with failing_bot(hub, wordy) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert len(reply.text) == 512_000
    assert "Bot 'Faulty' sent more than 512 000 characters in one answer" in error_text(reply)
    assert report["type"] == "report_error"


async def test_an_error_without_retry_is_shown_at_once(hub: RunningHub) -> None:
    async with failing_bot(hub, lambda e: e.event("error", {"allow_retry": False, "text": "I am closed"})) as bot:
        reply = await hub.ask("Faulty")
        assert len(bot.queries) == 1
    assert error_text(reply) == "Faulty: I am closed"


async def test_an_error_with_retry_before_anything_is_shown_is_asked_again_once(hub: RunningHub) -> None:
    async with failing_bot(hub, lambda e: e.event("error", {"allow_retry": True, "text": "busy"})) as bot:
        reply = await hub.ask("Faulty")
        assert len(bot.queries) == 2
    assert error_text(reply) == "Faulty: busy"
    assert reply.error is not None
    assert reply.error.allow_retry is False


async def test_an_error_with_retry_after_text_is_not_asked_again(hub: RunningHub) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("already said")
        await exchange.event("error", {"text": "busy"})

    async with failing_bot(hub, script) as bot:
        reply = await hub.ask("Faulty")
        assert len(bot.queries) == 1
    assert reply.text == "already said"


async def test_a_second_try_that_works_shows_nothing_of_the_first(hub: RunningHub) -> None:
    tries = 0

    async def script(exchange: Exchange) -> None:
        nonlocal tries
        tries += 1
        await (exchange.event("error", {"text": "busy"}) if tries == 1 else say("here I am")(exchange))

    async with failing_bot(hub, script):
        reply = await hub.ask("Faulty")
    assert reply.text == "here I am"
    assert reply.error is None


async def test_an_empty_answer_is_an_error_and_is_reported(hub: RunningHub) -> None:
    async with failing_bot(hub, lambda exchange: exchange.done()) as bot:
        reply = await hub.ask("Faulty")
        report = await next_report(bot)
    assert "Bot 'Faulty' answered without any text" in error_text(reply)
    assert report["message"] == "Bot returned no text in response"


async def test_an_answer_of_files_alone_is_good(hub: RunningHub) -> None:
    async def picture(exchange: Exchange) -> None:
        await exchange.event("file", {"url": "http://x/y.png", "content_type": "image/png", "name": "y.png"})
        await exchange.done()

    async with failing_bot(hub, picture):
        reply = await hub.ask("Faulty")
    assert reply.is_done
    assert reply.files[0].file_name == "y.png"


async def test_an_error_event_without_text_still_gives_a_sentence_naming_the_bot(hub: RunningHub) -> None:
    async with failing_bot(hub, lambda e: e.event("error", {"allow_retry": False})):
        reply = await hub.ask("Faulty")
    assert "Faulty reported an error" in error_text(reply)


async def test_ten_failing_and_ten_good_bots_at_once_do_not_disturb_each_other(hub: RunningHub) -> None:
    async def killed(exchange: Exchange) -> None:
        await exchange.text("half")
        exchange.reset()

    async with scripted_bot(killed) as bad, scripted_bot(say("good")) as good:
        await hub.register("Bad", bad.url)
        await hub.register("Good", good.url)
        replies = await asyncio.gather(*(hub.ask("Bad" if i % 2 else "Good") for i in range(20)))
    assert [reply.text for reply in replies] == ["good", "half"] * 10
