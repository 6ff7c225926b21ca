"""Guide: introduction and suggested replies."""

from __future__ import annotations

from .running import SUGGESTER, Guide


async def test_the_introduction_is_the_hubs_to_show_and_never_sent_back(guide: Guide) -> None:
    bot = (await guide.api("GET", "/api/bots/GuideBot"))["bot"]
    assert bot["introduction"] == "I know **harbour, museum, hill**. Where to?"
    answer = await guide.ask("GuideBot", "the museum")
    assert [message["role"] for message in answer.record.request["query"]] == ["user"]


async def test_the_bot_suggests_the_other_places(guide: Guide) -> None:
    answer = await guide.ask("GuideBot", "the museum")
    assert answer.text.startswith("Closed on Mondays")
    assert answer.reply.suggested_replies == ("And the harbour?", "And the hill?")


async def test_without_ideas_it_asks_the_platform_for_some(guide: Guide) -> None:
    answer = await guide.ask("GuideBot", "the moon")
    assert answer.reply.meta.suggested_replies
    assert answer.reply.suggested_replies == ()


async def test_a_chat_begins_with_the_introduction(guide: Guide) -> None:
    chat = await guide.start_chat("GuideBot")
    await chat.say("the hill")
    messages = (await chat.read())["messages"]
    assert messages[0]["content"].startswith("I know **harbour")
    answer = await chat.say("the museum")
    assert answer.record.request["query"][0]["content"] == "the hill"


async def test_the_hub_suggests_where_the_bot_asked_for_it_and_nowhere_else(guide: Guide) -> None:
    await guide.hub.stand_in(SUGGESTER, "suggest")
    asked_for = await guide.ask("GuideBot", "the moon")
    assert 1 <= len(asked_for.reply.suggested_replies) <= 3
    assert asked_for.called == [SUGGESTER]
    own = await guide.ask("GuideBot", "the museum")
    assert own.reply.suggested_replies == ("And the harbour?", "And the hill?")
    assert own.called == []
