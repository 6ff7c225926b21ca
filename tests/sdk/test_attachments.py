"""Attachments into messages and the alternation of roles (protocol 9.7.4; 10.1 S16)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import rookery as fp
from rookery.templates import (
    IMAGE_VISION_ATTACHMENT_TEMPLATE,
    TEXT_ATTACHMENT_TEMPLATE,
    URL_ATTACHMENT_TEMPLATE,
)

from .serving import KEY, ask, query_body, serve


def attached(content_type: str, parsed: str | None, name: str = "n") -> fp.Attachment:
    return fp.Attachment(url=f"http://x/{name}", content_type=content_type, name=name, parsed_content=parsed)


def request_with(*attachments: fp.Attachment) -> fp.QueryRequest:
    earlier = fp.ProtocolMessage(role="user", content="old", attachments=[attached("text/plain", "OLD")])
    answer = fp.ProtocolMessage(role="bot", content="answer")
    last = fp.ProtocolMessage(role="user", content="last", attachments=list(attachments))
    body = query_body()
    del body["query"]
    return fp.QueryRequest(query=[earlier, answer, last], **body)


def text(name: str, content: str) -> str:
    return TEXT_ATTACHMENT_TEMPLATE.format(attachment_name=name, attachment_parsed_content=content)


def picture(name: str, description: str) -> str:
    return IMAGE_VISION_ATTACHMENT_TEMPLATE.format(filename=name, parsed_image_description=description)


def test_texts_come_before_pictures_and_both_before_the_last_message() -> None:
    request = request_with(
        attached("image/png", "shown.png***a cat***asleep"),
        attached("text/html", "page", "http://site"),
        attached("application/pdf", "P", "p.pdf"),
        attached("video/mp4", "V"),
        attached("application/json", "{}"),
        attached("text/plain", ""),
        attached("text/plain", None),
        attached("text/csv", "1,2", "t.csv"),
    )
    got = fp.PoeBot().insert_attachment_messages(request)
    assert [message.content for message in got.query] == [
        "old",
        "answer",
        URL_ATTACHMENT_TEMPLATE.format(attachment_name="http://site", content="page"),
        text("p.pdf", "P"),
        text("t.csv", "1,2"),
        picture("shown.png", "a cat***asleep"),
        "last",
    ]
    inserted = got.query[2]
    assert (inserted.role, inserted.sender, inserted.attachments) == ("user", fp.Sender(), [])
    assert got.query[-1] is request.query[-1]
    assert len(request.query) == 3


def test_a_picture_without_a_separator_keeps_its_own_name() -> None:
    got = fp.PoeBot().insert_attachment_messages(request_with(attached("image/png", "a cat", "cat.png")))
    assert got.query[-2].content == picture("cat.png", "a cat")


def test_braces_in_a_file_do_no_harm() -> None:
    got = fp.PoeBot().insert_attachment_messages(request_with(attached("text/plain", "{x} {0} %s", "{n}")))
    assert got.query[-2].content == text("{n}", "{x} {0} %s")


def test_nothing_to_insert_gives_the_same_query() -> None:
    request = request_with(attached("video/mp4", "V"))
    assert fp.PoeBot().insert_attachment_messages(request) is request
    empty = request.model_copy(update={"query": []})
    assert fp.PoeBot().insert_attachment_messages(empty) is empty


class Counting(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
        yield fp.PartialResponse(text=str(len(request.query)))


PARSED = [
    {
        "role": "user",
        "content": "hi",
        "attachments": [{"url": "u", "content_type": "text/plain", "name": "n", "parsed_content": "P"}],
    }
]


@pytest.mark.parametrize(("is_on", "count"), [(True, "2"), (False, "1")])
async def test_messages_are_inserted_unless_switched_off(is_on: bool, count: str) -> None:
    bot = Counting(access_key=KEY, should_insert_attachment_messages=is_on)
    async with serve(fp.make_app(bot)) as url:
        assert (await ask(url, query=PARSED)).events[0] == ("text", {"text": count})


async def test_an_overridden_insertion_is_used() -> None:
    class Own(Counting):
        def insert_attachment_messages(self, query_request: fp.QueryRequest) -> fp.QueryRequest:
            return query_request.model_copy(update={"query": query_request.query * 5})

    async with serve(fp.make_app(Own(access_key=KEY))) as url:
        assert (await ask(url, query=PARSED)).events[0] == ("text", {"text": "5"})


async def test_a_failing_insertion_is_an_error_event() -> None:
    class Failing(Counting):
        def insert_attachment_messages(self, query_request: fp.QueryRequest) -> fp.QueryRequest:
            raise ValueError("no")

    async with serve(fp.make_app(Failing(access_key=KEY))) as url:
        events = (await ask(url, query=PARSED)).events
    assert events[0][1]["raw_response"] == "ValueError('no')"


def test_concatenation_still_works_with_a_warning() -> None:
    request = request_with(attached("text/plain", "P", "p"), attached("image/png", "a cat", "c"))
    with pytest.warns(DeprecationWarning, match="insert_attachment_messages"):
        got = fp.PoeBot().concat_attachment_content_to_message_body(request)
    assert got.query[-1].content == "\n\n".join(["last", text("p", "P"), picture("c", "a cat")])
    assert request.query[-1].content == "last"


def test_neighbours_of_one_role_are_merged() -> None:
    def message(role: Any, content: str, *files: str) -> fp.ProtocolMessage:
        attachments = [attached("t", None, name) for name in files]
        return fp.ProtocolMessage(role=role, content=content, message_id=content, attachments=attachments)

    given = [message("user", "a", "x", "y"), message("user", "b", "y", "z"), message("bot", "c"), message("user", "d")]
    got = fp.PoeBot().make_prompt_author_role_alternated(given)
    assert [(m.role, m.content, m.message_id) for m in got] == [
        ("user", "a\n\nb", "a"),
        ("bot", "c", "c"),
        ("user", "d", "d"),
    ]
    assert [file.name for file in got[0].attachments] == ["y", "z", "x"]
    assert [m.content for m in given] == ["a", "b", "c", "d"]
    assert list(fp.PoeBot().make_prompt_author_role_alternated([])) == []
