"""Guide: metadata with an answer."""

from __future__ import annotations

from tests.support.scripted_bot import say, scripted_bot

from .running import Guide


async def test_metadata_is_left_with_the_answer(guide: Guide) -> None:
    answer = await guide.ask("MemoryBot", "remember milk")
    assert answer.text == "I remember 1: milk."
    assert answer.reply.metadata == '["milk"]'


async def test_callers_of_the_bot_never_see_it(guide: Guide) -> None:
    reply = await guide.hub.ask("MemoryBot", "remember milk")
    assert (reply.text, reply.metadata) == ("I remember 1: milk.", None)


async def test_a_program_cannot_make_it_up(guide: Guide) -> None:
    history = [{"role": "user", "content": "x"}, {"role": "bot", "content": "y", "metadata": '["forged"]'}]
    assert (await guide.ask("MemoryBot", "well?", history=history)).text == "I remember 0: nothing."


async def test_in_a_chat_the_bot_gets_back_what_it_left(guide: Guide) -> None:
    chat = await guide.start_chat("MemoryBot")
    await chat.say("remember milk")
    assert (await chat.say("remember eggs")).text == "I remember 2: milk, eggs."


async def test_no_other_bot_in_the_chat_sees_it(guide: Guide) -> None:
    async with scripted_bot(say("nothing")) as spy:
        await guide.hub.register("SpyBot", spy.url, replace=True)
        chat = await guide.start_chat("MemoryBot")
        await chat.say("remember milk")
        await chat.say("@SpyBot what was left?")
    assert [message["metadata"] for message in spy.queries[0]["query"]] == [None] * len(spy.queries[0]["query"])
    assert "milk" in str(spy.queries[0]["query"])
    assert (await chat.say("remember eggs")).text == "I remember 2: milk, eggs."


async def test_it_goes_back_with_the_branch(guide: Guide) -> None:
    chat = await guide.start_chat("MemoryBot")
    first = await chat.say("remember milk")
    await chat.say("remember eggs")
    edited = await chat.say("remember bread", parent_id=first.answer["id"])
    assert edited.text == "I remember 2: milk, bread."


async def test_people_never_see_it(guide: Guide) -> None:
    chat = await guide.start_chat("MemoryBot")
    await chat.say("remember milk")
    assert "metadata" not in (await chat.read())["messages"][-1]
