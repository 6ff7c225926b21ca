"""Guide: calling other bots."""

from __future__ import annotations

from rookery.protocol.events import ReplaceResponseEvent
from tests.support.hub import error_text

from .running import Guide


async def test_one_bot_answers_through_another(guide: Guide) -> None:
    answer = await guide.ask("RelayBot", "I am a little tired")
    assert "tired" in answer.text
    assert answer.called == ["GPT-3.5-Turbo"]
    asked, call = answer.record.request, answer.below[0].request
    assert call["query"][-1]["content"] == "I am a little tired"
    assert call["bot_query_id"] != asked["bot_query_id"]
    assert call["user_id"] != asked["user_id"]  # every bot knows the person under another name


async def test_two_bots_answer_at_once(guide: Guide) -> None:
    answer = await guide.ask("CompareBot", "I am a little tired")
    assert sorted(answer.called) == ["Claude-3-Haiku", "GPT-3.5-Turbo"]
    assert answer.text.count("tired") == 2
    assert answer.text.startswith("**GPT-3.5-Turbo** ")
    assert "\n\n**Claude-3-Haiku** " in answer.text
    assert sum(isinstance(event, ReplaceResponseEvent) for event in answer.events) > 2


async def test_a_bot_calls_a_bot_that_calls_a_bot(guide: Guide) -> None:
    answer = await guide.ask("EditorBot", "I am a little tired")
    draft, _, criticism = answer.text.partition("\n\nAnd Claude-3-Haiku says: ")
    assert draft
    assert criticism
    calls = [(below.bot_name, below.depth) for below in answer.below]
    assert sorted(calls) == [("Claude-3-Haiku", 1), ("GPT-3.5-Turbo", 2), ("RelayBot", 1)]
    changed = next(below.request for below in answer.below if below.bot_name == "Claude-3-Haiku")
    assert changed["query"][-1]["content"] == f"What could be better in this answer? {draft}"


async def test_a_call_outside_a_running_query_is_refused_with_a_remedy(guide: Guide) -> None:
    key = guide.bots["RelayBot"].access_key
    reply = await guide.hub.call({"query": [{"role": "user", "content": "hi"}]}, "GPT-3.5-Turbo", key)
    assert "pass the request itself to stream_request" in error_text(reply)
