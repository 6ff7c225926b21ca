"""Our half against the real other half: `fastapi_poe` calling our server, and our client calling its server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import fastapi_poe
import pytest

import rookery as fp

from .calling import a_request
from .serving import KEY, query_body, serve

MODULES = pytest.mark.parametrize("lib", [fp, fastapi_poe], ids=["rookery", "fastapi_poe"])


def make_bot(lib: Any) -> Any:
    """Gives the same bot, written for one of the two packages."""

    class Bot(lib.PoeBot):  # type: ignore[misc]
        async def get_response(self, request: Any) -> AsyncIterator[Any]:
            yield lib.MetaResponse(text="", content_type="text/plain", suggested_replies=False)
            last = request.query[-1]
            match last.content:
                case "fail":
                    raise RuntimeError("boom")
                case "refuse":
                    yield lib.ErrorResponse(text="bad", allow_retry=False, error_type="user_caused_error")
                case _:
                    yield lib.PartialResponse(text="h\u00e9\n\u2028\u0085 ")
                    yield lib.PartialResponse(text=last.content, is_replace_response=True)
                    attachment = lib.Attachment(url="http://x/u", content_type="c", name="n", inline_ref="r")
                    yield lib.PartialResponse(text="", attachment=attachment)
                    yield lib.PartialResponse(text="more?", is_suggested_reply=True)
                    yield self.text_event(" raw")

    return Bot(path="/bot/X", access_key=KEY)


def plain(message: Any) -> tuple[Any, ...]:
    """Gives what two messages must share."""
    file = message.attachment.model_dump() if message.attachment else None
    meta = (message.content_type, message.linkify) if hasattr(message, "linkify") else None
    return (
        message.text,
        message.is_replace_response,
        message.is_suggested_reply,
        file,
        message.data,
        message.index,
        meta,
    )


EXPECTED = [
    ("", False, False, None, None, None, ("text/plain", True)),
    ("h\u00e9\n\u2028\u0085 ", False, False, None, None, None, None),
    ("hi", True, False, None, None, None, None),
    (
        "",
        False,
        False,
        {"url": "http://x/u", "content_type": "c", "name": "n", "inline_ref": "r", "parsed_content": None},
        None,
        None,
        None,
    ),
    ("", False, False, None, None, None, None),
    ("more?", False, True, None, None, None, None),
    (" raw", False, False, None, None, None, None),
]


def silent(error: Exception, message: str) -> None:
    pass


def a_query(lib: Any, content: str = "hi") -> Any:
    body = query_body()
    body["query"][0]["content"] = content
    return lib.QueryRequest.model_validate(body)


PAIRS = pytest.mark.parametrize(
    ("server", "client"),
    [(fp, fp), (fp, fastapi_poe), (fastapi_poe, fp), (fastapi_poe, fastapi_poe)],
    ids=["ours-ours", "ours-theirs", "theirs-ours", "theirs-theirs"],
)


def app_of(lib: Any) -> Any:
    return lib.make_app(make_bot(lib))


@PAIRS
async def test_a_caller_gets_the_same_messages_from_either_server(server: Any, client: Any) -> None:
    async with serve(app_of(server)) as url:
        answer = client.stream_request(a_query(client), "X", KEY, base_url=f"{url}/bot/")
        assert [plain(message) async for message in answer] == EXPECTED


@PAIRS
async def test_a_final_response_is_the_same(server: Any, client: Any) -> None:
    async with serve(app_of(server)) as url:
        assert await client.get_final_response(a_query(client), "X", KEY, base_url=f"{url}/bot/") == "hi raw"


@PAIRS
@pytest.mark.parametrize("content", ["fail", "refuse"])
async def test_errors_are_the_same_exception(server: Any, client: Any, content: str) -> None:
    async with serve(app_of(server)) as url:
        with pytest.raises(client.BotErrorNoRetry) as caught:
            await client.get_final_response(
                a_query(client, content), "X", KEY, base_url=f"{url}/bot/", on_error=silent, retry_sleep_time=0
            )
    expected = {
        "fail": {
            "allow_retry": False,
            "text": "The bot encountered an unexpected issue.",
            "raw_response": "RuntimeError('boom')",
        },
        "refuse": {"allow_retry": False, "text": "bad", "error_type": "user_caused_error"},
    }[content]
    if client is fp:
        assert str(caught.value) == expected["text"]
        assert json.loads(caught.value.raw) == expected
    else:
        assert json.loads(str(caught.value)) == expected


@PAIRS
async def test_a_wrong_key_is_a_bot_error(server: Any, client: Any) -> None:
    async with serve(app_of(server)) as url:
        with pytest.raises(client.BotError) as caught:
            await client.get_final_response(
                a_query(client), "X", "w" * 32, base_url=f"{url}/bot/", on_error=silent, retry_sleep_time=0
            )
    if client is fp:
        assert str(caught.value) == "Bot 'X' answered with HTTP 401 Unauthorized: Invalid access key"


@PAIRS
async def test_a_person_may_call_either(server: Any, client: Any) -> None:
    messages = [client.ProtocolMessage(role="user", content="hi")]
    async with serve(app_of(server)) as url:
        answer = client.get_bot_response(messages, "X", KEY, base_url=f"{url}/bot/")
        assert "".join([message.text async for message in answer if not message.is_suggested_reply]).endswith("hi raw")


@MODULES
async def test_tool_calls_pass_through_a_bot_of_ours(lib: Any) -> None:
    # 10.1 S14: the reference's server drops tool calls, so a wrapper bot cannot hand them on.
    call = {"index": 0, "id": "i", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    class Model(fp.PoeBot):
        async def get_response(self, request: fp.QueryRequest) -> AsyncIterator[Any]:
            assert request.tools is not None
            if request.tool_results:
                yield fp.PartialResponse(text=request.tool_results[0].content)
            else:
                yield fp.PartialResponse(text="", tool_calls=[fp.ToolCallDefinitionDelta.model_validate(call)])

    def f() -> int:
        return 42

    tool = lib.ToolDefinition.model_validate(
        {
            "type": "function",
            "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}},
        }
    )
    async with serve(fp.make_app(Model(path="/bot/X", access_key=KEY))) as url:
        answer = lib.stream_request(a_query(lib), "X", KEY, tools=[tool], tool_executables=[f], base_url=f"{url}/bot/")
        assert [message.text async for message in answer] == ["42"]


def test_both_read_a_query_alike() -> None:
    body = a_request(temperature=0.5, users=[{"id": "u"}]).model_dump()
    theirs = fastapi_poe.QueryRequest.model_validate(body).model_dump()
    assert theirs == body
