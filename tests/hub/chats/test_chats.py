"""Chats over HTTP: list, rename, pin, archive, delete, people, search, export."""

from __future__ import annotations

import asyncio

from tests.hub.chats.talking import Api, api_of, texts
from tests.support.hub import RunningHub
from tests.support.scripted_bot import Exchange, say, scripted_bot

NOBODYS = "c-" + "0" * 32


async def test_a_chat_is_named_after_its_first_message_and_can_be_renamed(hub: RunningHub, api: Api) -> None:
    await hub.stand_in("Echo")
    chat_id = await api.new_chat("Echo")
    assert (await api.call("GET", f"/chats/{chat_id}"))["chat"]["title"] == "New chat"
    await api.say(chat_id, "# How do *rooks* live together in such large colonies, and who decides where?\nmore")
    assert (await api.call("GET", f"/chats/{chat_id}"))["chat"]["title"] == (
        "How do *rooks* live together in such large colonies, and…"
    )
    renamed = await api.call("PATCH", f"/chats/{chat_id}", {"title": "  Rooks  "})
    await api.say(chat_id, "again")
    assert renamed["chat"]["title"] == "Rooks"
    assert (await api.call("GET", f"/chats/{chat_id}"))["chat"]["title"] == "Rooks"


async def test_the_list_is_paged_with_pinned_chats_first_and_archived_ones_apart(hub: RunningHub, api: Api) -> None:
    await hub.stand_in("Echo")
    ids = [await api.new_chat("Echo") for _ in range(5)]
    await api.call("PATCH", f"/chats/{ids[0]}", {"pinned": True})
    await api.call("PATCH", f"/chats/{ids[1]}", {"archived": True})
    await api.say(ids[2], "newest")
    first = await api.call("GET", "/chats?limit=3")
    rest = await api.call("GET", f"/chats?limit=3&before={first['before']}")
    assert [chat["id"] for chat in first["chats"] + rest["chats"]] == [ids[0], ids[2], ids[4], ids[3]]
    assert rest["before"] is None
    archived = await api.call("GET", "/chats?archived=true")
    assert [chat["id"] for chat in archived["chats"]] == [ids[1]]
    assert await api.refused("GET", f"/chats?before={NOBODYS}", status=404) == "unknown_chat"
    assert await api.refused("GET", "/chats?limit=0", status=400) == "invalid_body"


async def test_another_persons_chat_does_not_exist(hub: RunningHub, api: Api) -> None:
    await hub.stand_in("Echo")
    chat_id = await api.new_chat("Echo")
    answer = await api.say(chat_id, "mine")
    ben = await api_of(hub, "Ben")
    for method, path, body in (
        ("GET", f"/chats/{chat_id}", None),
        ("PATCH", f"/chats/{chat_id}", {"title": "x"}),
        ("DELETE", f"/chats/{chat_id}", None),
        ("POST", f"/chats/{chat_id}/clear", None),
        ("GET", f"/chats/{chat_id}/export", None),
        ("POST", f"/chats/{chat_id}/messages", {"content": "x"}),
        ("POST", f"/chats/{chat_id}/people", {"name": "Ben"}),
        ("GET", f"/messages/{answer['id']}", None),
        ("DELETE", f"/messages/{answer['id']}", None),
        ("POST", f"/messages/{answer['id']}/regenerate", {}),
        ("PUT", f"/messages/{answer['id']}/reactions/like", None),
        ("POST", f"/messages/{answer['id']}/feedback", {"type": "like"}),
    ):
        code = await ben.refused(method, path, body, status=404)
        assert code in {"unknown_chat", "unknown_message"}, (method, path)
    assert (await ben.call("GET", "/search?q=mine"))["hits"] == []
    assert await api.shown(chat_id) == ["mine", "mine"] or len(await api.shown(chat_id)) == 3


async def test_people_of_a_chat_read_and_write_and_bots_know_them_by_pseudonyms(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok"), enable_multi_entity_prompting=False) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        await api.say(chat_id, "alone")
        ben = await api_of(hub, "Ben")
        added = await api.call("POST", f"/chats/{chat_id}/people", {"name": "ben"}, status=201)
        await ben.say(chat_id, "hello from Ben")
        ben_id = added["chat"]["people"][1]["id"]
        assert await ben.refused("DELETE", f"/chats/{chat_id}", status=403) == "not_your_chat"
        await ben.call("DELETE", f"/chats/{chat_id}/people/{ben_id}", status=204)
        assert await ben.refused("GET", f"/chats/{chat_id}", status=404) == "unknown_chat"
        await api.say(chat_id, "is Ben gone?")
    alone, together, after = bot.queries
    assert alone["users"] == [{"id": alone["user_id"], "name": None}]
    assert {user["name"] for user in together["users"]} == {"owner", "Ben"}
    senders = [message["sender"] for message in together["query"]]
    assert [sender["name"] for sender in senders] == ["owner", "Greeter", "Ben"]
    assert senders[0]["id"] == alone["user_id"] != senders[2]["id"] == together["user_id"]
    assert alone["conversation_id"] == together["conversation_id"] == after["conversation_id"]
    assert [m["sender"]["id"] for m in after["query"]][2] == together["user_id"]
    assert ben_id not in str(bot.queries)
    assert api.hub.hub.owner.id not in str(bot.queries)


async def test_several_bots_in_one_chat_are_named_in_the_history(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("I am A")) as a, scripted_bot(say("I am B")) as b, scripted_bot(say("C")) as raw:
        await hub.register(
            "BotA",
            a.url,
        )
        a.settings["response_version"] = 2
        b.settings["response_version"] = 2
        await hub.register("BotB", b.url)
        await hub.register("BotC", raw.url)
        chat_id = await api.new_chat("BotA")
        await api.say(chat_id, "who are you?")
        answer = await api.say(chat_id, "@BotB and you?")
        await api.say(chat_id, "@BotC you?")
        await api.say(chat_id, "@nobody is a word here")
        chat = (await api.call("GET", f"/chats/{chat_id}"))["chat"]
    assert texts(a.queries[0]) == ["who are you?"]
    assert answer["author"]["name"] == "BotB"
    assert texts(b.queries[0])[1:] == ["[User]: who are you?", "[BotA]: I am A", "[User]: and you?"]
    assert b.queries[0]["query"][0]["role"] == "system"
    assert "You are BotB" in texts(b.queries[0])[0]
    assert texts(raw.queries[0]) == ["who are you?", "I am A", "@BotB and you?", "I am B", "you?"]
    assert [m["sender"]["name"] for m in raw.queries[0]["query"]] == [None, "BotA", None, "BotB", None]
    assert len(a.queries) == 2
    assert chat["bots"] == ["BotA", "BotB", "BotC"]


async def test_deleting_a_message_takes_what_hangs_below_and_shows_what_is_left(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        await api.say(chat_id, "one")
        two = await api.send(chat_id, "two")
        await api.answer(two)
        edited = await api.send(chat_id, "edited", parent_id=two["message"]["parent_id"])
        await api.answer(edited)
        await api.call("DELETE", f"/messages/{edited['message']['id']}")
        assert await api.shown(chat_id) == ["one", "ok", "two", "ok"]
        await api.refused("GET", f"/messages/{edited['answer']['id']}", status=404)
        await api.call("DELETE", f"/messages/{two['message']['id']}")
        assert await api.shown(chat_id) == ["one", "ok"]
        await api.say(chat_id, "goes on")
    assert texts(bot.queries[-1]) == ["one", "ok", "goes on"]


async def test_deleting_a_chat_stops_its_answer_and_leaves_nothing(hub: RunningHub, api: Api) -> None:
    gone = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("half")
        await exchange.until_gone()
        gone.set()

    async with scripted_bot(script) as bot:
        await hub.register("Slow", bot.url)
        chat_id = await api.new_chat("Slow")
        sent = await api.send(chat_id, "hi unique")
        while not bot.queries:
            await asyncio.sleep(0)
        await api.call("DELETE", f"/chats/{chat_id}", status=204)
        async with asyncio.timeout(5):
            await gone.wait()
    assert await api.refused("GET", f"/chats/{chat_id}", status=404) == "unknown_chat"
    assert await api.refused("GET", f"/messages/{sent['answer']['id']}", status=404) == "unknown_message"
    assert (await api.call("GET", "/search?q=unique"))["hits"] == []


async def test_search_marks_the_hits_and_never_reads_syntax(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("Nothing of the kind.")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        await api.say(chat_id, "The café at the old harbour AND its rooks")
    hits = (await api.call("GET", "/search?q=cafe rook"))["hits"]
    message = next(hit for hit in hits if hit["message_id"])
    assert [message["snippet"][start:end] for start, end in message["marks"]] == ["café"[:4], "rook"]
    assert message["chat_id"] == chat_id
    for odd in (
        '"',
        "a OR",
        "NEAR(",
        "*",
        "^x",
        "-",
        'café*"',
        "col:x",
        "'; DROP TABLE chats; --",
        "%",
        "\u0000x",
        "_",
    ):
        await api.call("GET", f"/search?q={odd.replace('%', '%25').replace('#', '%23').replace(chr(0), '%00')}")


async def test_an_export_is_complete_as_json_and_readable_as_markdown(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("**Yes**"), response_version=2, expand_text_attachments=False) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        link = "https://x.example/a file.txt"
        answer = await api.say(chat_id, "Is this it?", attachments=[{"url": link, "name": "a [file].txt"}])
        await api.answer(await api.call("POST", f"/messages/{answer['id']}/regenerate", {}, status=202))
        await api.call("POST", f"/chats/{chat_id}/clear")
        await api.say(chat_id, "And now?")
        exported = await api.call("GET", f"/chats/{chat_id}/export")
        text = await api.call("GET", f"/chats/{chat_id}/export?format=markdown")
    assert (exported["format"], exported["version"]) == ("rookery.chat", 1)
    assert len(exported["messages"]) == 5
    assert len(exported["path"]) == 4
    assert text.startswith("# Is this it?\n\n## owner · ")
    assert "- [a (file).txt](<https://x.example/a%20file.txt>)" in text
    assert "*The context was cleared here.*" in text
    assert text.count("**Yes**") == 2


async def test_reactions_and_feedback_are_kept_reported_and_sent_along(hub: RunningHub, api: Api) -> None:
    async with scripted_bot(say("ok")) as bot:
        await hub.register("Greeter", bot.url)
        chat_id = await api.new_chat("Greeter")
        sent = await api.send(chat_id, "hi")
        answer = await api.answer(sent)
        path = f"/messages/{answer['id']}"
        await api.call("PUT", f"{path}/reactions/heart")
        await api.call("PUT", f"{path}/reactions/like")
        await api.call("PUT", f"{path}/reactions/like")
        reports = [await bot.reports.get() for _ in range(3)]
        disliked = await api.call("PUT", f"{path}/reactions/dislike")
        await bot.reports.get()
        await bot.reports.get()
        said = await api.call("POST", f"{path}/feedback", {"type": "dislike", "reason": "too short"})
        reports.append(await bot.reports.get())
        await api.call("DELETE", f"{path}/reactions/heart")
        await api.say(chat_id, "again")
        assert await api.refused("PUT", f"/messages/{sent['message']['id']}/reactions/like", status=400) == "no_answer"
        assert await api.refused("PUT", f"{path}/reactions/{'x' * 33}", status=400) == "invalid_body"
        assert await api.refused("PUT", f"{path}/reactions/a%00b", status=400) == "invalid_reaction"
    assert bot.reports.empty()
    assert sorted((r["type"], r.get("reaction") or r["feedback_type"]) for r in reports) == [
        ("report_feedback", "dislike"), ("report_feedback", "like"),
        ("report_reaction", "heart"), ("report_reaction", "like"),
    ]  # fmt: skip
    query = bot.queries[0]
    for report in reports:
        assert {name: report[name] for name in ("user_id", "conversation_id", "message_id")} == {
            name: query[name] for name in ("user_id", "conversation_id", "message_id")
        }
    assert [given["reaction"] for given in disliked["message"]["reactions"]] == ["heart", "dislike"]
    assert said["message"]["feedback"][0]["reason"] == "too short"
    sent_along = bot.queries[1]["query"][1]
    assert sent_along["reactions"] == [{"user_id": query["user_id"], "reaction": "dislike"}]
    assert sent_along["feedback"] == [{"type": "dislike", "reason": "too short"}]
