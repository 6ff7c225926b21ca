"""Guide: files that people attach."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.support.serving import serve

from .running import Guide


def table(request: Request) -> PlainTextResponse:
    return PlainTextResponse("name,legs\nduck,2\nfox,4\n", media_type="text/csv")


async def test_parsed_text_and_descriptions_are_used(guide: Guide) -> None:
    files = [
        {
            "url": "https://files.example.org/a.pdf",
            "content_type": "application/pdf",
            "name": "a.pdf",
            "parsed_content": "alpha beta gamma",
        },
        {
            "url": "https://files.example.org/b.png",
            "content_type": "image/png",
            "name": "b.png",
            "parsed_content": "b.png***a red square",
        },
        {"url": "https://files.example.org/c.zip", "content_type": "application/zip", "name": "c.zip"},
    ]
    answer = await guide.ask("FilesInBot", "what is this?", attachments=files)
    lines = answer.text.splitlines()
    assert lines[0].startswith("- **a.pdf** (application/pdf): 3 words")
    assert lines[1] == "- **b.png** (image/png): a red square"
    assert lines[2] == "- **c.zip** (application/zip): I cannot read that."


async def test_a_table_is_downloaded_and_parsed_by_the_bot_itself(guide: Guide) -> None:
    async with serve(Starlette(routes=[Route("/table.csv", table)])) as url:
        file = {"url": f"{url}/table.csv", "content_type": "text/csv", "name": "table.csv"}
        answer = await guide.ask("FilesInBot", "and this?", attachments=[file])
    assert answer.text == "- **table.csv** (text/csv): 3 rows, columns name, legs\n"


async def test_without_a_file_it_asks_for_one(guide: Guide) -> None:
    assert (await guide.ask("FilesInBot", "hello")).text == "Please attach a file."


async def test_the_hub_reads_the_text_out_of_an_uploaded_file(guide: Guide) -> None:
    uploaded = await guide.upload("notes.txt", b"alpha beta gamma")
    chat = await guide.start_chat("FilesInBot")
    answer = await chat.say("what is this?", attachments=[{"url": uploaded["url"]}])
    assert answer.text.startswith("- **notes.txt** (text/plain): 3 words")
    (sent,) = answer.record.request["query"][-1]["attachments"]
    assert sent["parsed_content"] == "alpha beta gamma"


async def test_the_bot_can_fetch_an_uploaded_table_without_a_credential(guide: Guide) -> None:
    uploaded = await guide.upload("table.csv", b"name,legs\nduck,2\n")
    chat = await guide.start_chat("FilesInBot")
    answer = await chat.say("and this?", attachments=[{"file_id": uploaded["id"]}])
    assert "2 rows, columns name, legs" in answer.text
