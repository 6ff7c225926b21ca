"""What a bot charges and stores, and the files that a test gives it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from rookery.protocol.costs import CostItem
from rookery.testing import BotUnderTest

from .bots import make_bot
from .sdks import both_sdks


@both_sdks
async def test_costs_are_kept(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        await bot.authorize_cost(request, fp.CostItem(amount_usd_milli_cents=500, description="drawing"))
        yield fp.PartialResponse(text="drawn")
        items = [fp.CostItem(amount_usd_milli_cents=200), fp.CostItem(amount_usd_milli_cents=100, description="ink")]
        await bot.capture_cost(request, items)

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        assert (await bot.ask("draw")).text == "drawn"
        assert bot.costs.authorized == [CostItem(amount_usd_milli_cents=500, description="drawing")]
        assert [item.amount_usd_milli_cents for item in bot.costs.captured] == [200, 100]
        assert (bot.costs.authorized_milli_cents, bot.costs.captured_milli_cents) == (500, 300)


@both_sdks
async def test_a_refused_cost_ends_the_answer_with_the_fund_error(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        await bot.authorize_cost(request, fp.CostItem(amount_usd_milli_cents=500))
        yield fp.PartialResponse(text="drawn")
        await bot.capture_cost(request, fp.CostItem(amount_usd_milli_cents=500))

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        bot.costs.refuse("insufficient", step="authorize")
        reply = await bot.ask("draw")
        assert reply.text == ""
        assert reply.error is not None
        assert reply.error.error_type == "insufficient_fund"
        assert bot.costs.authorized == []
        assert len(bot.costs.refused) == 1
        bot.costs.allow()
        assert (await bot.ask("draw")).error is None
        bot.costs.refuse(step="capture")
        assert (await bot.ask("draw")).text == "drawn"


@both_sdks
async def test_a_cost_after_the_answer_is_refused(fp: Any) -> None:
    kept: list[Any] = []

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        kept.append((bot, request))
        yield fp.PartialResponse(text="ok")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        await bot.ask("hi")
        tested, request = kept[0]
        with pytest.raises(fp.CostRequestError, match=r"400 .*has ended"):
            await tested.capture_cost(request, fp.CostItem(amount_usd_milli_cents=1))


@both_sdks
@pytest.mark.parametrize("name", ["a.txt", 'ä "b" 100%.png', "noextension"])
async def test_an_upload_by_content_is_kept_and_can_be_read(fp: Any, name: str) -> None:
    content = b"\r\n--x\r\n\x00\xff" * 50

    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        await bot.post_message_attachment(message_id=request.message_id, file_data=content, filename=name)
        yield fp.PartialResponse(text="see")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        reply = await bot.ask("hi")
        (upload,) = bot.uploads
        assert (upload.name, upload.content, upload.download_url) == (name, content, None)
        assert (reply.files[0].url, reply.files[0].file_name) == (upload.url, name)
        async with httpx.AsyncClient() as client:
            got = await client.get(upload.url)
            assert (got.content, got.headers["content-type"]) == (content, upload.content_type)
            assert (await client.get(upload.url + "x")).status_code == 404


@both_sdks
async def test_an_upload_by_address_downloads_nothing(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        stored = await fp.upload_file(file_url="https://pictures.example/a/cat.png?x=1", api_key=bot.access_key)
        more = await fp.upload_file(io.BytesIO(b"text"), file_name="b.txt", api_key=bot.access_key)
        yield fp.PartialResponse(text=f"{stored.content_type} {more.content_type}")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        assert (await bot.ask("hi")).text == "image/png text/plain"
        by_url, by_content = bot.uploads
        assert (by_url.name, by_url.content) == ("cat.png", None)
        assert by_url.download_url == "https://pictures.example/a/cat.png?x=1"
        assert by_content.text == "text"
        with pytest.raises(ValueError, match=r"cat\.png"):
            _ = by_url.text


@both_sdks
async def test_an_upload_with_a_foreign_key_is_refused(fp: Any) -> None:
    async with BotUnderTest(fp.PoeBot()) as bot:
        with pytest.raises(fp.client.AttachmentUploadError, match="401"):
            await fp.upload_file(b"x", file_name="x", api_key="z" * 32, num_tries=1)
        assert bot.uploads == []


@both_sdks
async def test_a_bot_reads_the_file_that_a_test_attaches(fp: Any) -> None:
    async def handler(bot: Any, request: Any) -> AsyncIterator[Any]:
        attachment = request.query[-1].attachments[0]
        async with httpx.AsyncClient() as client:
            content = (await client.get(attachment.url)).text
        yield fp.PartialResponse(text=f"{attachment.name} {content} {attachment.parsed_content}")

    async with BotUnderTest(make_bot(fp, handler)) as bot:
        reply = await bot.ask("read", attachments=[bot.attach("notes.txt", "alpha")])
    assert reply.text == "notes.txt alpha alpha"
