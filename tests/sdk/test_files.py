"""Files with an answer, and uploads: order, wire form, failures (protocol 5.4, 9.7.3, 9.7.6; 10.2 C9 to C12)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import rookery as fp
from rookery.base import generate_inline_ref, get_filename_from_url

from .serving import KEY, WAIT_S, Answer, ScriptedServer, ask, free_address, reply_json, serve

STORED = reply_json({"attachment_url": "http://files/1", "mime_type": "text/x", "file_id": 7})


def no_log(error: Exception, message: str) -> None:
    pass


class Uploading(fp.PoeBot):
    """A bot whose files are stored by nobody; their names are their URLs."""

    async def _upload_file(self, **given: Any) -> fp.Attachment:
        return fp.Attachment(url=f"http://files/{given['file_name']}", content_type="text/x", name="stored")

    async def attach(self, request: fp.QueryRequest, name: str) -> fp.AttachmentUploadResponse:
        return await self.post_message_attachment(message_id=request.message_id, file_data=b"x", filename=name)


async def test_files_go_out_before_the_next_item_and_at_the_end() -> None:
    class Bot(Uploading):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await self.attach(request, "u1")
            yield fp.PartialResponse(text="A")
            await self.attach(request, "u2")
            attachment = fp.Attachment(url="http://files/u3", content_type="c", name="u3")
            yield fp.PartialResponse(text="B", attachment=attachment)
            await self.attach(request, "u4")

    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        got = await ask(url)
    seen = [(name, body.get("name", body.get("text"))) for name, body in got.events]
    assert seen == [
        ("file", "u1"),
        ("text", "A"),
        ("file", "u2"),
        ("file", "u3"),
        ("text", "B"),
        ("file", "u4"),
        ("done", None),
    ]


async def test_files_attached_by_child_tasks_belong_to_the_answer() -> None:
    class Bot(Uploading):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await asyncio.gather(self.attach(request, "a"), self.attach(request, "b"))
            yield fp.PartialResponse(text="both")

    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        got = await ask(url)
    assert [name for name, _ in got.events] == ["file", "file", "text", "done"]


async def test_one_message_id_answered_twice_at_once_keeps_files_apart() -> None:
    class Bot(Uploading):
        both = asyncio.Barrier(2)

        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await self.both.wait()
            await self.attach(request, request.language_code)
            await self.both.wait()
            yield fp.PartialResponse(text=request.language_code)

    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        answers = await asyncio.gather(ask(url, language_code="aa"), ask(url, language_code="bb"))
    for code, got in zip(("aa", "bb"), answers, strict=True):
        assert [body.get("name", body.get("text")) for _, body in got.events] == [code, code, None]


async def test_a_worker_outside_of_the_handler_finds_the_answer_by_its_message_id() -> None:
    class Bot(Uploading):
        jobs: asyncio.Queue[tuple[fp.QueryRequest, asyncio.Event]] = asyncio.Queue()

        async def work(self) -> None:
            request, ready = await self.jobs.get()
            await self.attach(request, "made")
            ready.set()

        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            ready = asyncio.Event()
            self.jobs.put_nowait((request, ready))
            await ready.wait()
            yield fp.PartialResponse(text="t")

    bot = Bot(access_key=KEY)
    worker = asyncio.create_task(bot.work())
    async with serve(fp.make_app(bot)) as url:
        got = await ask(url)
    await worker
    assert [name for name, _ in got.events] == ["file", "text", "done"]


async def test_files_of_a_failed_answer_do_not_appear_in_the_next() -> None:
    class Bot(Uploading):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            if request.language_code == "bad":
                await self.attach(request, "lost")
                raise RuntimeError
            yield fp.PartialResponse(text="t")

    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        bad = await ask(url, language_code="bad")
        good = await ask(url)
    assert [name for name, _ in bad.events] == ["error", "done"]
    assert [name for name, _ in good.events] == ["text", "done"]


async def test_a_file_for_no_running_answer_is_stored_and_a_warning_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = await Uploading(access_key=KEY).post_message_attachment(
        message_id="m-9", file_data=b"x", filename="f", is_inline=True
    )
    assert response.attachment_url == "http://files/f"
    assert response.mime_type == "text/x"
    assert response.inline_ref is not None
    assert len(response.inline_ref) == 8
    assert "m-9" in caplog.text


async def test_the_name_comes_from_the_url_where_none_is_given() -> None:
    class Bot(Uploading):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await self.post_message_attachment(message_id=request.message_id, download_url="http://x/a%20b.png?c=1")
            yield fp.PartialResponse(text="t")

    async with serve(fp.make_app(Bot(access_key=KEY))) as url:
        got = await ask(url)
    assert got.events[0][1]["name"] == "a b.png"


@pytest.mark.parametrize(
    ("bot", "given", "part"),
    [
        (Uploading(access_key=KEY), {"message_id": "m"}, "filename"),
        (Uploading(access_key=KEY), {"message_id": "m", "file_data": b"x"}, "filename"),
        (Uploading(access_key=KEY), {"file_data": b"x", "filename": "f"}, "message_id"),
        (Uploading(), {"message_id": "m", "file_data": b"x", "filename": "f"}, "access key"),
    ],
)
async def test_incomplete_calls_are_refused(bot: fp.PoeBot, given: dict[str, Any], part: str) -> None:
    with pytest.raises(fp.InvalidParameterError, match=part):
        await bot.post_message_attachment(**given)


async def test_a_key_as_argument_still_works_with_a_warning() -> None:
    bot = Uploading()
    with pytest.warns(DeprecationWarning, match="access_key") as caught:
        await bot.post_message_attachment(KEY, "m", file_data=b"x", filename="f")
    assert caught[0].filename == __file__


async def test_content_is_sent_as_one_multipart_file_with_the_bare_key() -> None:
    platform = ScriptedServer(STORED)
    async with serve(platform) as url:
        attachment = await fp.upload_file(b"data", file_name='a "b".txt', api_key="K", base_url=f"{url}/poe_api/")
    assert attachment == fp.Attachment(url="http://files/1", content_type="text/x", name='a "b".txt')
    seen = platform.calls[0]
    assert seen.path == "/poe_api/file_upload_3RD_PARTY_POST"
    assert seen.headers["authorization"] == "K"
    assert seen.headers["content-length"] == str(len(seen.body))
    kind, _, boundary = seen.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    expected = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a %22b%22.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\ndata\r\n--{boundary}--\r\n"
    )
    assert seen.body.decode() == expected


async def test_a_url_is_sent_as_a_form() -> None:
    platform = ScriptedServer(STORED, STORED)
    async with serve(platform) as url:
        named = await fp.upload_file(file_url="http://x/y z", file_name="n", api_key="K", base_url=url)
        unnamed = await fp.upload_file(file_url="http://x/y", api_key="K", base_url=url)
    assert (named.name, unnamed.name) == ("n", "file")
    first, second = platform.calls
    assert first.headers["content-type"] == "application/x-www-form-urlencoded"
    assert first.body == b"download_url=http%3A%2F%2Fx%2Fy+z&download_filename=n"
    assert second.body == b"download_url=http%3A%2F%2Fx%2Fy"


@pytest.mark.parametrize(
    "content",
    ["text \u00e9", "text \u00e9".encode(), bytearray("text \u00e9".encode()), io.BytesIO("text \u00e9".encode())],
)
async def test_text_bytes_and_file_objects_are_accepted(content: Any) -> None:
    platform = ScriptedServer(STORED)
    async with serve(platform) as url:
        await fp.upload_file(content, file_name="n", api_key="K", base_url=url)
    assert "\r\n\r\ntext \u00e9\r\n--".encode() in platform.calls[0].body


async def test_a_file_is_named_after_itself_and_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "notes.bin"
    path.write_bytes(b"0123456789" * 100_000)
    platform = ScriptedServer(STORED, STORED)
    async with serve(platform) as url:
        with path.open("rb") as file:
            file.seek(10)
            attachment = await fp.upload_file(file, api_key="K", base_url=url)
            assert not file.closed
        with path.open(encoding="ascii") as text_file:
            await fp.upload_file(text_file, api_key="K", base_url=url)  # type: ignore[arg-type]
    assert attachment.name == "notes.bin"
    assert platform.calls[0].body.count(b"0123456789") == 99_999
    assert platform.calls[1].body.count(b"0123456789") == 100_000


class Pipe(io.RawIOBase):
    """A file that can be read once only."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content, self.content = self.content, b""
        return content


@pytest.mark.parametrize("content", [io.BytesIO(b"all of it"), Pipe(b"all of it")])
async def test_a_second_try_sends_the_whole_file_again(content: Any) -> None:
    platform = ScriptedServer(Answer([b"oops"], status=500), STORED)
    failures: list[str] = []
    async with serve(platform) as url:
        await fp.upload_file(
            content,
            file_name="n",
            api_key="K",
            base_url=url,
            retry_sleep_time=0,
            on_error=lambda error, message: failures.append(f"{message}: {error}"),
        )
    assert [b"all of it" in call.body for call in platform.calls] == [True, True]
    assert failures == ["Upload of n failed on try 0: 500 Internal Server Error: oops"]


@pytest.mark.parametrize(
    ("answer", "tries", "part"),
    [
        (Answer([b"too big"], status=413), 1, "413 .*: too big"),
        (Answer([b"no K here"], status=401), 1, r"401 Unauthorized: no \*\*\* here"),
        (reply_json({"attachment_url": "u"}), 2, "lacks attachment_url or mime_type"),
        (reply_json([1]), 2, "lacks attachment_url or mime_type"),
        (Answer([b"<html>"], content_type="text/html"), 2, "lacks attachment_url"),
    ],
)
async def test_a_refused_upload_raises_with_status_and_explanation(answer: Answer, tries: int, part: str) -> None:
    platform = ScriptedServer(answer, answer)
    async with serve(platform) as url:
        with pytest.raises(fp.AttachmentUploadError, match=part):
            await fp.upload_file(b"x", file_name="n", api_key="K", base_url=url, retry_sleep_time=0, on_error=no_log)
    assert len(platform.calls) == tries


async def test_an_unreachable_platform_is_an_upload_error_without_the_key() -> None:
    secret = "s" * 32
    with pytest.raises(fp.AttachmentUploadError, match="connection refused") as caught:
        await fp.upload_file(b"x", file_name="n", api_key=secret, base_url=free_address(), num_tries=1, on_error=no_log)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"file": b"x", "file_name": "n"}, "api_key"),
        ({"file": b"x", "file_url": "http://x", "file_name": "n", "api_key": "K"}, "exactly one"),
        ({"file": b"", "file_url": "http://x", "file_name": "n", "api_key": "K"}, "exactly one"),
        ({"api_key": "K"}, "exactly one"),
        ({"file": b"x", "api_key": "K"}, "file_name"),
        ({"file": io.BytesIO(b"x"), "api_key": "K"}, "file_name"),
    ],
)
async def test_contradicting_arguments_are_refused_at_once(given: dict[str, Any], part: str) -> None:
    with pytest.raises(ValueError, match=part):
        await fp.upload_file(**given)


async def test_a_given_client_is_used_and_left_open() -> None:
    platform = ScriptedServer(STORED, STORED)
    async with serve(platform) as url, httpx.AsyncClient(headers={"X-Mine": "1"}) as client:
        await fp.upload_file(b"data", file_name="n", api_key="K", base_url=url, session=client)
        await fp.upload_file(b"data", file_name="n", api_key="K", base_url=url, session=client)
        assert not client.is_closed
    assert [call.headers["x-mine"] for call in platform.calls] == ["1", "1"]
    assert platform.calls[0].headers["content-length"] == str(len(platform.calls[0].body))


async def test_extra_headers_are_sent() -> None:
    platform = ScriptedServer(STORED)
    async with serve(platform) as url:
        await fp.upload_file(b"d", file_name="n", api_key="K", base_url=url, extra_headers={"X-Extra": "e"})
    assert platform.calls[0].headers["x-extra"] == "e"


async def test_a_bot_uploads_to_the_hub_when_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bot(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            await self.post_message_attachment(message_id=request.message_id, file_data="text", filename="f.txt")
            yield fp.PartialResponse(text="t")

    platform = ScriptedServer(STORED)
    async with serve(platform) as hub, serve(fp.make_app(Bot(access_key=KEY))) as url:
        monkeypatch.setenv("ROOKERY_URL", hub)
        got = await asyncio.wait_for(ask(url), WAIT_S)
    file = {"url": "http://files/1", "content_type": "text/x", "name": "f.txt", "inline_ref": None}
    assert got.events[0] == ("file", file)
    assert platform.calls[0].path == "/poe_api/file_upload_3RD_PARTY_POST"
    assert platform.calls[0].headers["authorization"] == KEY


def test_inline_references_are_eight_letters_or_digits() -> None:
    references = {generate_inline_ref() for _ in range(50)}
    assert len(references) == 50
    assert all(len(reference) == 8 and reference.isalnum() for reference in references)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://x/a/b%20c.png?d=e#f", "b c.png"),
        ("http://x/a/", "downloaded_file"),
        ("http://x", "downloaded_file"),
    ],
)
def test_names_come_from_the_last_part_of_a_url(url: str, name: str) -> None:
    assert get_filename_from_url(url) == name
