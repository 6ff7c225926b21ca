"""Guide: the HTTP request, reactions, feedback, errors."""

from __future__ import annotations

from .running import Guide


async def test_the_bot_sees_the_request_that_the_hub_made(guide: Guide) -> None:
    answer = await guide.ask("InfoBot", "hello")
    assert answer.text.startswith("A cheerful hello from /, called by ")


async def test_the_query_string_of_the_server_url_makes_a_variant(guide: Guide) -> None:
    bot = guide.bots["InfoBot"]
    await guide.hub.register("GrumpyBot", f"{bot.url}?mood=grumpy", access_key=bot.access_key, replace=True)
    assert (await guide.ask("GrumpyBot", "hello")).text.startswith("A grumpy hello")


async def test_an_answer_against_the_protocol_is_reported_to_the_bot(guide: Guide) -> None:
    answer = await guide.ask("InfoBot", "break the rules")
    assert answer.reply.error is not None
    await guide.prints("error: Bot returned no text in response")


async def test_reactions_and_feedback_reach_the_bot(guide: Guide) -> None:
    ids = {"version": "1.2", "message_id": "m-1", "user_id": "u-1", "conversation_id": "c-1"}
    for report in (
        {"type": "report_reaction", "reaction": "heart"},
        {"type": "report_feedback", "feedback_type": "like"},
    ):
        await guide.api("POST", "/bot/InfoBot", {**ids, **report})
    await guide.prints("reaction heart to m-1")
    await guide.prints("feedback like on m-1")


async def test_a_reaction_in_a_chat_names_the_answer(guide: Guide) -> None:
    chat = await guide.start_chat("InfoBot")
    answer = await chat.say("hello")
    await guide.api("PUT", f"/api/messages/{answer.answer['id']}/reactions/laughing")
    await guide.prints(f"reaction laughing to {answer.record.request['message_id']}")
    await guide.api("POST", f"/api/messages/{answer.answer['id']}/feedback", {"type": "dislike", "reason": "rude"})
    await guide.prints(f"feedback dislike on {answer.record.request['message_id']}")


async def test_a_like_reaches_both_handlers_and_comes_with_later_queries(guide: Guide) -> None:
    chat = await guide.start_chat("InfoBot")
    answer = await chat.say("hello")
    message_id = answer.record.request["message_id"]
    await guide.api("PUT", f"/api/messages/{answer.answer['id']}/reactions/like")
    await guide.prints(f"reaction like to {message_id}")
    await guide.prints(f"feedback like on {message_id}")
    liked = (await chat.say("and now?")).record.request["query"][1]
    assert [reaction["reaction"] for reaction in liked["reactions"]] == ["like"]
