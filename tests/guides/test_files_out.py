"""Guide: files with an answer."""

from __future__ import annotations

from rookery.protocol.events import FileEvent, TextEvent

from .running import Guide


async def test_a_file_made_by_the_bot_stands_below_and_a_picture_in_the_text(guide: Guide) -> None:
    answer = await guide.ask("FilesOutBot", "3 1 4")
    text = answer.text
    numbers, chart = answer.reply.files
    assert (numbers.file_name, numbers.content_type, numbers.inline_ref) == ("numbers.txt", "text/plain", None)
    assert await guide.download(numbers.url) == b"3\n1\n4"
    assert (chart.file_name, chart.content_type) == ("chart.png", "image/png")
    assert f"![chart][{chart.inline_ref}]" in text
    assert (await guide.download(chart.url)).startswith(b"\x89PNG")
    kinds = [type(event) for event in answer.events if isinstance(event, FileEvent | TextEvent)]
    assert kinds[:2] == [FileEvent, FileEvent]  # a file comes before the text that names it


async def test_a_file_of_the_person_is_copied_by_its_address(guide: Guide) -> None:
    chat = await guide.start_chat("FilesOutBot")
    answer = await chat.say("1", await guide.upload("notes.txt", b"alpha"))
    copy = next(file for file in answer.reply.files if file.file_name == "copy of notes.txt")
    assert await guide.download(copy.url) == b"alpha"


async def test_a_chat_keeps_the_files_of_an_answer_with_the_reference_in_its_text(guide: Guide) -> None:
    chat = await guide.start_chat("FilesOutBot")
    answer = await chat.say("3 1 4")
    kept = (await chat.read())["messages"][-1]
    numbers, chart = kept["attachments"]
    assert (numbers["name"], numbers["inline_ref"]) == ("numbers.txt", None)
    assert f"![chart][{chart['inline_ref']}]" in kept["content"] == answer.text
    assert await guide.download(numbers["url"]) == b"3\n1\n4"


async def test_an_address_that_cannot_be_fetched_ends_the_answer_with_a_reason(guide: Guide) -> None:
    gone = {"url": f"{guide.hub.url}/nothing", "content_type": "text/plain", "name": "gone.txt"}
    answer = await guide.ask("FilesOutBot", "1", attachments=[gone])
    assert answer.reply.error is not None
    assert await guide.prints("404")
