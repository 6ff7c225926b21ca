"""Asking a bot for its whole answer, and passing an answer through (protocol 9.2, 4.5)."""

from __future__ import annotations

from typing import Any

import pytest

import rookery as fp

from .calling import a_request
from .serving import DONE, KEY, Answer, ScriptedServer, ask, event, reply_json, serve, stream

FILE = {"url": "http://x/f.png", "content_type": "image/png", "name": "f.png"}
RICH = stream(
    event("meta", {"content_type": "text/plain", "linkify": True, "suggested_replies": False}),
    event("text", {"text": "draft"}),
    event("replace_response", {"text": "fin"}),
    event("text", {"text": "al"}),
    event("text", {"text": "other", "index": 1}),
    event("file", FILE),
    event("json", {"n": 1}),
    event("suggested_reply", {"text": "more?"}),
    DONE,
)
CHAT = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi", "parameters": {"style": "x"}}]


async def test_a_reply_holds_everything_the_bot_gave() -> None:
    server = ScriptedServer(RICH)
    async with serve(server) as url:
        reply = await fp.ask(a_request(), "X", "K", base_url=f"{url}/bot/")
    assert (reply.text, str(reply), reply.alternatives) == ("final", "final", {1: "other"})
    assert [file.url for file in reply.files] == [FILE["url"]]
    assert (reply.suggested_replies, reply.data, reply.content_type) == (("more?",), ({"n": 1},), "text/plain")
    assert reply.bot_name == "X"
    assert server.calls[0].headers["authorization"] == "Bearer K"


def hello() -> Answer:
    return stream(event("text", {"text": "hello"}), DONE)


@pytest.mark.parametrize(
    ("given", "contents"),
    [
        ({}, ["hi"]),
        ({"history": True}, ["be brief", "hi"]),
        ({"text": "new"}, ["new"]),
        ({"text": "new", "history": True}, ["be brief", "hi", "new"]),
    ],
)
async def test_what_is_asked_is_chosen(given: dict[str, Any], contents: list[str]) -> None:
    request = a_request(query=CHAT)
    server = ScriptedServer(hello())
    async with serve(server) as url:
        await fp.ask(request, "X", "K", base_url=f"{url}/bot/", **given)
    sent = server.calls[0].json
    assert [message["content"] for message in sent["query"]] == contents
    assert (sent["message_id"], sent["user_id"]) == ("m-1", "u-1")
    assert len(request.query) == 2
    assert sent["query"][-1]["parameters"] == ({} if "text" in given else {"style": "x"})


async def test_files_and_parameters_go_with_the_question() -> None:
    request = a_request(query=CHAT)
    file = fp.Attachment(url="u", content_type="c", name="n")
    server = ScriptedServer(hello(), hello())
    async with serve(server) as url:
        for text in ("new", None):
            await fp.ask(request, "X", "K", text=text, files=[file], parameters={"steps": 2}, base_url=f"{url}/bot/")
    new, last = (seen.json["query"][-1] for seen in server.calls)
    assert [each["attachments"][0]["url"] for each in (new, last)] == ["u", "u"]
    assert (new["parameters"], last["parameters"]) == ({"steps": 2}, {"style": "x", "steps": 2})
    assert (request.query[-1].attachments, request.query[-1].parameters) == ([], {"style": "x"})


async def test_the_requests_own_key_is_used_when_none_is_given() -> None:
    server = ScriptedServer(hello(), hello())
    async with serve(server) as url:
        for key in ("own", "<missing>"):
            await fp.ask(a_request(access_key=key), "X", base_url=f"{url}/bot/")
    assert [seen.headers["authorization"].strip() for seen in server.calls] == ["Bearer own", "Bearer"]


async def test_failures_are_those_of_a_call() -> None:
    server = ScriptedServer(stream(event("suggested_reply", {"text": "?"}), DONE), reply_json({"detail": "no"}, 403))
    async with serve(server) as url:
        with pytest.raises(fp.BotError, match="Bot X sent no response"):
            await fp.ask(a_request(), "X", "K", base_url=f"{url}/bot/")
        with pytest.raises(fp.BotError):
            await fp.ask(a_request(), "X", "K", base_url=f"{url}/bot/")


@pytest.mark.parametrize("text", ['{"a": [1]}', ' {"a": [1]}\n', '```json\n{"a": [1]}\n```', '```\n{"a": [1]}```'])
def test_a_text_can_be_read_as_json(text: str) -> None:
    assert fp.Reply("X", text).json() == {"a": [1]}


@pytest.mark.parametrize("text", ["", "Sure! {}", "``````"])
def test_a_text_that_is_no_json_names_the_bot(text: str) -> None:
    with pytest.raises(fp.BotError, match="Bot 'X' was to answer in JSON and did not"):
        fp.Reply("X", text).json()


async def test_a_bot_asks_and_relays_with_its_own_key() -> None:
    callee = ScriptedServer(hello(), RICH)
    async with serve(callee) as callee_url:
        base_url = f"{callee_url}/bot/"

        class Wrapper(fp.PoeBot):
            async def get_response(self, request: fp.QueryRequest) -> Any:
                async for part in self.relay(request, "B", base_url=base_url):
                    yield part

        class Asker(fp.PoeBot):
            async def get_response(self, request: fp.QueryRequest) -> Any:
                reply = await self.call(request, "A", "say hello", base_url=base_url)
                yield fp.PartialResponse(text=f"{reply}!")

        bots = [Asker(path="/ask", access_key=KEY), Wrapper(path="/relay", access_key=KEY)]
        async with serve(fp.make_app(bots)) as url:
            asked = await ask(f"{url}/ask")
            relayed = await ask(f"{url}/relay")
    assert asked.events == [("text", {"text": "hello!"}), ("done", {})]
    assert [seen.path for seen in callee.calls] == ["/bot/A", "/bot/B"]
    assert {seen.headers["authorization"] for seen in callee.calls} == {f"Bearer {KEY}"}
    assert [message["content"] for message in callee.calls[0].json["query"]] == ["say hello"]
    names = [name for name, _ in relayed.events]
    assert names[0] == "meta"
    assert {"text", "replace_response", "file", "json", "suggested_reply"} <= set(names)
    assert names[-1] == "done"


async def test_a_bot_without_key_asks_with_the_requests() -> None:
    callee = ScriptedServer(hello(), hello())
    bot = fp.PoeBot()
    request = a_request(access_key="theirs")
    async with serve(callee) as url:
        reply = await bot.call(request, "A", base_url=f"{url}/bot/")
        parts = [part.text async for part in bot.relay(request, "A", base_url=f"{url}/bot/")]
    assert (reply.text, parts) == ("hello", ["hello"])
    assert {seen.headers["authorization"] for seen in callee.calls} == {"Bearer theirs"}
