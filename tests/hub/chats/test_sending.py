"""Sending, editing, making again: what is stored, what the bot reads, what is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.hub.chats.talking import Api, api_of, texts
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot


async def count_up(exchange: Exchange) -> None:
    await exchange.text(f"answer {len(exchange.body['query'])}")
    await exchange.done()


async def test_a_message_is_answered_and_both_are_shown(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("Hel", "lo")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        sent = await api.send(chat_id, "hi there")
        assert sent["message"]["content"] == "hi there"
        assert sent["answer"]["state"] == "running"
        assert sent["answer"]["parent_id"] == sent["message"]["id"]
        answer = await api.answer(sent)
    assert (answer["state"], answer["content"], answer["error"]) == ("done", "Hello", None)
    assert answer["author"] == {"kind": "bot", "id": answer["author"]["id"], "name": "Greeter"}
    assert await api.shown(chat_id) == ["hi there", "Hello"]
    assert bot.queries[0]["message_id"] == answer["id"]
    assert texts(bot.queries[0]) == ["hi there"]


async def test_later_messages_carry_the_whole_conversation(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(count_up) as bot:
        await hub.register("Counter", bot.url)
        chat_id = await api.new_chat("Counter")
        for text in ("one", "two", "three"):
            await api.say(chat_id, text)
    assert texts(bot.queries[2]) == ["one", "answer 1", "two", "answer 3", "three"]
    assert [m["role"] for m in bot.queries[2]["query"]] == ["user", "bot", "user", "bot", "user"]
    assert len({query["conversation_id"] for query in bot.queries}) == 1
    assert bot.queries[2]["query"][1]["message_id"] == bot.queries[0]["message_id"]


async def test_the_follow_up_right_after_the_end_has_the_answer_before(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("fresh")) as bot:
        await hub.register("Quick", bot.url)
        chat_id = await api.new_chat("Quick")
        for number in range(5):
            sent = await api.send(chat_id, f"message {number}")
            await api.call("GET", f"/queries/{sent['query_id']}/events")
    assert texts(bot.queries[4])[1::2] == ["fresh"] * 4


async def test_an_edited_message_stands_beside_the_old_one(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(count_up) as bot:
        await hub.register("Counter", bot.url)
        chat_id = await api.new_chat("Counter")
        await api.say(chat_id, "first")
        sent = await api.send(chat_id, "secnd")
        await api.answer(sent)
        edited = await api.send(chat_id, "second", parent_id=sent["message"]["parent_id"])
        await api.answer(edited)
        assert edited["message"]["siblings"] == [sent["message"]["id"], edited["message"]["id"]]
        assert texts(bot.queries[2]) == ["first", "answer 1", "second"]
        assert await api.shown(chat_id) == ["first", "answer 1", "second", "answer 3"]
        await api.call("PATCH", f"/chats/{chat_id}", {"leaf_id": sent["message"]["id"]})
    assert await api.shown(chat_id) == ["first", "answer 1", "secnd", "answer 3"]


async def test_the_first_message_can_be_edited_too(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        await api.say(chat_id, "helo")
        await api.say(chat_id, "hello", parent_id=None)
    assert await api.shown(chat_id) == ["hello", "ok"]
    assert texts(bot.queries[1]) == ["hello"]


async def test_another_answer_stands_beside_the_old_one(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot, scripted_bot(say("other")) as other:
        await hub.register("Greeter", bot.url)
        await hub.register("Other", other.url)
        chat_id = await api.new_chat("Greeter")
        answer = await api.say(chat_id, "hello", parameters={"style": "a"})
        again = await api.call("POST", f"/messages/{answer['id']}/regenerate", {"parameters": {"n": 1}}, status=202)
        await api.answer(again)
        elsewhere = await api.call("POST", f"/messages/{answer['id']}/regenerate", {"bot": "Other"}, status=202)
        assert (await api.answer(elsewhere))["siblings"] == [
            a["id"] for a in (answer, again["answer"], elsewhere["answer"])
        ]
    assert bot.queries[0]["query"][-1]["parameters"] == {"style": "a"}
    assert bot.queries[1]["query"][-1]["parameters"] == {"n": 1}
    assert texts(bot.queries[1]) == ["hello"]
    assert await api.shown(chat_id) == ["hello", "other"]


async def test_two_messages_at_once_are_both_kept_and_answered(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        answers = await asyncio.gather(*(api.say(chat_id, f"message {n}") for n in range(8)))
    assert [answer["state"] for answer in answers] == ["done"] * 8
    exported = await api.call("GET", f"/chats/{chat_id}/export")
    assert len(exported["messages"]) == 16
    assert len(exported["path"]) == 16


async def test_while_it_runs_the_text_so_far_is_shown(hub: RunningHub, api: Api) -> None:
    go_on = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("so far")
        await go_on.wait()
        await exchange.text(", and the rest")
        await exchange.done()

    async with scripted_bot(script) as bot:
        await hub.register("Slow", bot.url)
        chat_id = await api.new_chat("Slow")
        sent = await api.send(chat_id, "hi")
        url = f"{hub.url}/api/queries/{sent['query_id']}/events"
        async with hub.http.get(url, headers=hub.auth()) as stream:
            await stream.content.readany()
        running = (await api.call("GET", f"/chats/{chat_id}"))["messages"][-1]
        go_on.set()
        ended = await api.answer(sent)
    assert (running["state"], running["content"]) == ("running", "so far")
    assert (ended["state"], ended["content"]) == ("done", "so far, and the rest")


async def test_a_stopped_and_a_failed_answer_say_so_and_keep_what_arrived(hub: RunningHub, api: Api) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        if exchange.body["query"][-1]["content"] == "fail":
            await exchange.event("error", {"text": "broken", "allow_retry": False})
        else:
            await exchange.until_gone()

    async with scripted_bot(script) as bot:
        await hub.register("Slow", bot.url)
        chat_id = await api.new_chat("Slow")
        failed = await api.say(chat_id, "fail")
        sent = await api.send(chat_id, "stop")
        url = f"{hub.url}/api/queries/{sent['query_id']}/events"
        async with hub.http.get(url, headers=hub.auth()) as stream:
            await stream.content.readany()
        await api.call("POST", f"/queries/{sent['query_id']}/stop", status=202)
        stopped = await api.answer(sent)
    assert (failed["state"], failed["content"]) == ("failed", "half")
    assert "broken" in failed["error"]
    assert (stopped["state"], stopped["content"]) == ("stopped", "half")
    assert stopped["error"]


async def test_everything_that_a_bot_gives_is_kept(hub: RunningHub, api: Api) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.event("meta", {"content_type": "text/plain"})
        await exchange.event("file", {"url": "https://x.example/a.png", "content_type": "image/png", "name": "a.png",
                                      "inline_ref": "r1"})  # fmt: skip
        await exchange.text("![a][r1]")
        await exchange.event("text", {"text": "another", "index": 1})
        await exchange.event("suggested_reply", {"text": "More"})
        await exchange.event("data", {"metadata": "secret"})
        await exchange.done()

    async with scripted_bot(script) as bot, scripted_bot(say("hm")) as other:
        await hub.register("Rich", bot.url)
        await hub.register("Other", other.url)
        chat_id = await api.new_chat("Rich")
        answer = await api.say(chat_id, "hi")
        await api.say(chat_id, "again")
        await api.say(chat_id, "and you?", bot="Other")
    assert answer["content_type"] == "text/plain"
    assert answer["attachments"] == [
        {"file_id": None, "url": "https://x.example/a.png", "name": "a.png", "content_type": "image/png", "size": None,
         "inline_ref": "r1"}
    ]  # fmt: skip
    assert answer["alternatives"] == {"1": "another"}
    assert answer["suggested_replies"] == ["More"]
    assert "secret" not in str(answer)
    assert [m["metadata"] for m in bot.queries[1]["query"]] == [None, "secret", None]
    assert [m["metadata"] for m in other.queries[0]["query"] if m["role"] == "bot"] == [None, None]
    assert bot.queries[1]["query"][1]["attachments"][0]["url"] == "https://x.example/a.png"


async def test_clearing_begins_a_new_conversation_for_the_bot(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        before = await api.say(chat_id, "old")
        cleared = await api.call("POST", f"/chats/{chat_id}/clear")
        after = await api.say(chat_id, "new")
        await api.say(chat_id, "newer")
        await api.call("PATCH", f"/chats/{chat_id}", {"leaf_id": before["id"]})
        await api.call("POST", f"/messages/{before['id']}/regenerate", {}, status=202)
    assert cleared["chat"]["context"] == 1
    assert (before["context"], after["context"]) == (0, 1)
    assert texts(bot.queries[1]) == ["new"]
    assert texts(bot.queries[2]) == ["new", "ok", "newer"]
    assert bot.queries[1]["conversation_id"] == bot.queries[2]["conversation_id"] != bot.queries[0]["conversation_id"]


async def test_the_introduction_is_shown_and_never_sent(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok"), introduction_message="**Welcome**") as bot:
        await hub.register("Greeter", bot.url)
        opened = await api.call("POST", "/chats", {"bot": "Greeter"}, status=201)
        await api.say(opened["chat"]["id"], "hi")
    assert [(m["kind"], m["content"]) for m in opened["messages"]] == [("introduction", "**Welcome**")]
    assert texts(bot.queries[0]) == ["hi"]
    assert await api.shown(opened["chat"]["id"]) == ["**Welcome**", "hi", "ok"]


async def test_a_reply_carries_the_message_it_refers_to(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(count_up) as bot:
        await hub.register("Counter", bot.url)
        chat_id = await api.new_chat("Counter")
        first = await api.say(chat_id, "one")
        sent = await api.send(chat_id, "what did you mean?", reply_to=first["id"])
        await api.answer(sent)
    assert sent["message"]["reply_to"] == first["id"]
    assert bot.queries[1]["query"][-1]["referenced_message"]["content"] == "answer 1"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"content": ""}, 400, "empty_message"),
        ({"content": " \n"}, 400, "empty_message"),
        ({"content": "x" * 512_001}, 400, "invalid_body"),
        ({"content": "a\0b"}, 400, "invalid_text"),
        ({"content": "a", "bot": "Nobody"}, 404, "unknown_bot"),
        ({"content": "a", "parent_id": "m-" + "0" * 32}, 404, "unknown_message"),
        ({"content": "a", "reply_to": "m-" + "0" * 32}, 404, "unknown_message"),
        ({"content": "a", "parent_id": "x"}, 400, "invalid_body"),
        ({"content": "a", "attachments": [{}]}, 400, "invalid_attachment"),
        ({"content": "a", "attachments": [{"url": "file:///etc/passwd"}]}, 400, "invalid_url"),
        ({"content": "a", "attachments": [{"url": "https://[x"}]}, 400, "invalid_url"),
        ({"content": "a", "attachments": [{"file_id": "f-1"}]}, 404, "unknown_file"),
        ({"content": "a", "attachments": [{"url": "https://x.example/"}] * 21}, 400, "too_many_files"),
        ({"content": "a", "attachments": [{"url": "https://x.example/"}] * 101}, 400, "invalid_body"),
        ({"content": "a", "parameters": {"x": "\0"}}, 400, "invalid_parameters"),
        ({"content": "a", "parameters": {"x": "y" * 70_000}}, 413, "parameters_too_large"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_nothing_is_stored(
    hub: RunningHub, api: Api, body: dict[str, Any], status: int, code: str
) -> None:
    await hub.stand_in("Echo")
    opened = await api.call("POST", "/chats", {"bot": "Echo"}, status=201)
    chat_id = opened["chat"]["id"]
    assert await api.refused("POST", f"/chats/{chat_id}/messages", body, status=status) == code
    assert (await api.call("GET", f"/chats/{chat_id}"))["messages"] == opened["messages"]


async def test_half_a_character_is_refused_with_a_sentence(hub: RunningHub, api: Api) -> None:
    await hub.stand_in("Echo")
    chat_id = await api.new_chat("Echo")
    for raw in ('{"content": "\\ud800"}', '{"content": "a", "parameters": {"x": "\\ud800"}}'):
        headers = {**hub.auth(), "content-type": "application/json"}
        async with hub.http.post(f"{hub.url}/api/chats/{chat_id}/messages", data=raw, headers=headers) as response:
            assert response.status == 400, await response.text()


async def test_a_key_for_one_bot_reaches_only_chats_with_that_bot(hub: RunningHub, api: Api) -> None:
    await hub.stand_in("Echo")
    await hub.stand_in("Other")
    scoped = await api_of(hub, bot="Echo")
    chat_id = await scoped.new_chat("Echo")
    assert (await scoped.say(chat_id, "hi"))["content"] == "hi"
    foreign = await api.new_chat("Other")
    await api.say(foreign, "secret")
    assert await scoped.refused("POST", "/chats", {"bot": "Other"}, status=403) == "key_scope"
    assert (
        await scoped.refused("POST", f"/chats/{chat_id}/messages", {"content": "@Other hi"}, status=403) == "key_scope"
    )
    assert await scoped.refused("GET", f"/chats/{foreign}", status=404) == "unknown_chat"
    assert [chat["id"] for chat in (await scoped.call("GET", "/chats"))["chats"]] == [chat_id]
    assert (await scoped.call("GET", "/search?q=secret"))["hits"] == []
    assert len((await api.call("GET", "/search?q=secret"))["hits"]) == 3
