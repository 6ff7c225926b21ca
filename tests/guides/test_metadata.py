"""Guide: metadata with an answer."""

from __future__ import annotations

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
