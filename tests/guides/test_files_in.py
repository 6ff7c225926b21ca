"""Guide: files that people attach."""

from __future__ import annotations

import io

from PIL import Image

from tests.hub.parsing.documents import DOCX, docx, pdf, zipped

from .running import Guide


def red_square() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(target, "PNG")
    return target.getvalue()


async def test_the_hub_reads_the_text_out_of_documents(guide: Guide) -> None:
    files = [
        await guide.upload("notes.txt", b"alpha beta gamma"),
        await guide.upload("paper.pdf", pdf("Rooks live in colonies")),
        await guide.upload("letter.docx", docx("Dear rooks,", "come home.")),
    ]
    answer = await (await guide.start_chat("FilesInBot")).say("what is this?", *files)
    assert answer.text.splitlines() == [
        "- **notes.txt** (text/plain): 3 words, beginning “alpha beta gamma”",
        "- **paper.pdf** (application/pdf): 4 words, beginning “Rooks live in colonies”",
        f"- **letter.docx** ({DOCX}): 4 words, beginning “Dear rooks,\n\ncome home.”".splitlines()[0],
        *"\ncome home.”".splitlines(),
    ]
    sent = answer.record.request["query"][-1]["attachments"]
    assert [file["parsed_content"] for file in sent] == [
        "alpha beta gamma",
        "Rooks live in colonies",
        "Dear rooks,\n\ncome home.",
    ]
    assert await guide.download(sent[1]["url"]) == pdf("Rooks live in colonies")  # the bytes are there too


async def test_a_picture_comes_with_a_description(guide: Guide) -> None:
    file = await guide.upload("square.png", red_square())
    answer = await (await guide.start_chat("FilesInBot")).say("what is this?", file)
    assert answer.text.startswith("- **square.png** (image/png): PNG picture, 64 × 64 pixels; entirely red")
    (sent,) = answer.record.request["query"][-1]["attachments"]
    assert sent["parsed_content"].startswith("square.png***PNG picture")


async def test_what_cannot_be_read_arrives_all_the_same_and_the_person_is_told(guide: Guide) -> None:
    file = await guide.upload("things.zip", zipped({"a.bin": b"\0"}))
    chat = await guide.start_chat("FilesInBot")
    answer = await chat.say("and this?", file)
    assert answer.text == "- **things.zip** (application/zip): I cannot read that.\n"
    (notice,) = (await chat.read())["messages"][-1]["notices"]
    assert notice.startswith("Bot 'FilesInBot' gets 'things.zip' without what is in it: ")


async def test_a_table_is_downloaded_and_parsed_by_the_bot_itself(guide: Guide) -> None:
    file = await guide.upload("table.csv", b"name,legs\nduck,2\nfox,4\n")
    answer = await (await guide.start_chat("FilesInBot")).say("and this?", file)
    assert answer.text == "- **table.csv** (text/csv): 3 rows, columns name, legs\n"


async def test_it_looks_for_files_in_earlier_messages_too(guide: Guide) -> None:
    chat = await guide.start_chat("FilesInBot")
    await chat.say("what is this?", await guide.upload("notes.txt", b"alpha beta"))
    assert "2 words" in (await chat.say("and again?")).text


async def test_what_a_program_claims_to_be_in_a_file_does_not_count(guide: Guide) -> None:
    uploaded = await guide.upload("notes.txt", b"alpha")
    claimed = {"url": uploaded["url"], "content_type": "text/plain", "name": "notes.txt", "parsed_content": "a b c"}
    assert "1 words" in (await guide.ask("FilesInBot", "what is this?", attachments=[claimed])).text


async def test_without_a_file_it_asks_for_one(guide: Guide) -> None:
    assert (await guide.ask("FilesInBot", "hello")).text == "Please attach a file."
