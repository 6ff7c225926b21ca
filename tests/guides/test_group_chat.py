"""Guide: several people and bots in one chat."""

from __future__ import annotations

from .running import Guide


async def test_a_bots_message_keeps_its_name_and_people_are_pseudonyms(guide: Guide) -> None:
    history: list[dict[str, object]] = [
        {"role": "user", "content": "hello"},
        {"role": "bot", "content": "hi", "sender": {"id": None, "name": "MinutesBot"}},
    ]
    answer = await guide.ask("ScribeBot", "who said what?", history=history)
    lines = answer.text.splitlines()
    assert lines[1] == "- bot **MinutesBot**: hi"
    assert lines[2].startswith("- user **")
    assert lines[-1] == "1 of you are here."
    assert answer.record.request["query"][0]["sender"]["id"] == answer.record.request["user_id"]


async def test_neighbours_of_one_role_become_one_message_for_a_bot_that_insists(guide: Guide) -> None:
    history = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    answer = await guide.ask("MinutesBot", "three", history=history)
    roles = [message["role"] for message in answer.record.request["query"] if message["role"] != "system"]
    assert roles == ["user"]
    assert "one\n\ntwo\n\nthree" in answer.record.request["query"][-1]["content"]


async def test_a_mentioned_bot_joins_the_chat_and_learns_who_said_what(guide: Guide) -> None:
    chat = await guide.start_chat("MinutesBot")
    first = await chat.say("I am a little tired")
    answer = await chat.say("@ScribeBot who said what?")
    assert answer.record.bot_name == "ScribeBot"
    assert f"- bot **MinutesBot**: {first.text}" in answer.text
    assert "1 of you are here." in answer.text


async def test_a_bot_for_a_model_gets_the_names_written_into_the_text(guide: Guide) -> None:
    chat = await guide.start_chat("ScribeBot")
    await chat.say("hello")
    answer = await chat.say("@MinutesBot and now?")
    assert any("ScribeBot" in message["content"] for message in answer.record.request["query"])


async def test_reactions_reach_the_bot_with_the_next_message(guide: Guide) -> None:
    chat = await guide.start_chat("ScribeBot")
    first = await chat.say("hello")
    await guide.api("PUT", f"/api/messages/{first.answer['id']}/reactions/heart")
    assert "[heart]" in (await chat.say("and now?")).text


async def test_two_people_in_one_chat_have_names_and_pseudonyms(guide: Guide) -> None:
    key = await guide.let_in("Ada")
    chat = await guide.start_chat("ScribeBot")
    await guide.api("POST", f"/api/chats/{chat.id}/people", {"name": "Ada"})
    await chat.say("I am Ada", key=key)
    answer = await chat.say("who said what?")
    assert answer.text.splitlines()[0] == "- user **Ada**: I am Ada"
    assert answer.text.endswith("2 of you are here.")
    users = answer.record.request["users"]
    assert [user["name"] for user in users].count("Ada") == 1
    assert {message["sender"]["id"] for message in answer.record.request["query"] if message["role"] == "user"} == {
        user["id"] for user in users
    }
