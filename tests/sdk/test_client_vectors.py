"""What a called bot sends and what its caller gets: the vectors of protocol A.2, reports of 3.8, requests of 5.1.1."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import rookery as fp

from .calling import Outcome, a_request, call
from .serving import DONE, WAIT_S, Answer, ScriptedServer, event, serve, stream


async def reported(*answers: Answer, **given: Any) -> tuple[Outcome, ScriptedServer, Any]:
    """Plays, and waits for one report."""
    server = ScriptedServer(*answers)
    async with serve(server) as url:
        outcome = await call(url, **given)
        report = await asyncio.wait_for(server.reports.get(), WAIT_S)
    return outcome, server, report


async def unreported(*answers: Answer, **given: Any) -> tuple[Outcome, ScriptedServer]:
    """Plays; nothing may have been reported, which `on_error` would know at once."""
    server = ScriptedServer(*answers)
    async with serve(server) as url:
        outcome = await call(url, **given)
    assert [message for message in outcome.heard.messages if "broke the protocol" in message] == []
    return outcome, server


async def test_nothing_but_done_is_reported() -> None:
    outcome, _, report = await reported(stream(DONE))
    assert (outcome.messages, outcome.error) == ([], None)
    assert report == {
        "version": "1.2",
        "type": "report_error",
        "message": "Bot returned no text in response",
        "metadata": {"message_id": "m-1"},
    }
    assert "Bot returned no text in response" in outcome.heard.messages[0]


async def test_a_file_alone_is_an_answer() -> None:
    # The reference reports a lack of text (A.2); 10.2 C7.
    file = {"url": "u", "content_type": "c", "name": "n", "inline_ref": "r"}
    outcome, _ = await unreported(stream(event("file", file), DONE))
    (message,) = outcome.messages
    assert message.text == ""
    assert message.attachment == fp.Attachment(**file)


async def test_an_object_alone_is_an_answer() -> None:
    outcome, _ = await unreported(stream(event("json", {"a": 1, "index": 2}), DONE))
    assert [(m.text, m.data, m.index) for m in outcome.messages] == [("", {"a": 1, "index": 2}, 2)]


async def test_no_text_is_no_breach_where_tools_were_offered() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": "d", "parameters": PARAMETERS}}
    await unreported(stream(DONE), tools=[fp.ToolDefinition.model_validate(tool)])


PARAMETERS = {"type": "object", "properties": {}}


async def test_a_stream_without_done_is_reported_and_its_text_kept() -> None:
    outcome, server, report = await reported(stream(event("text", {"text": "a"})))
    assert (outcome.texts, outcome.error) == (["a"], None)
    assert report["message"] == "Bot exited without sending 'done' event"
    assert len(server.calls) == 1


async def test_a_ping_with_empty_data_is_ignored() -> None:
    # The reference ends the call (A.2); 10.2 C8.
    outcome, _ = await unreported(stream(event("text", {"text": "a"}), event("ping", ""), event("done", "")))
    assert (outcome.texts, outcome.error) == (["a"], None)


async def test_a_data_event_is_ignored() -> None:
    # The reference reports it (A.2); 10.2 C8.
    outcome, _ = await unreported(stream(event("text", {"text": "a"}), event("data", {"metadata": "d"}), DONE))
    assert outcome.texts == ["a"]


async def test_an_error_after_text_is_raised_without_a_second_try() -> None:
    answer = stream(event("text", {"text": "a"}), event("error", {"text": "no", "allow_retry": True}))
    outcome, server = await unreported(answer, answer)
    assert outcome.texts == ["a"]
    assert type(outcome.error) is fp.BotError
    assert len(server.calls) == 1


async def test_a_retryable_error_is_tried_twice_and_carries_what_the_bot_said() -> None:
    body = {"text": "no points", "allow_retry": True, "error_type": "insufficient_fund"}
    outcome, server = await unreported(*[stream(event("error", body))] * 2)
    assert len(server.calls) == 2
    error = outcome.error
    assert type(error) is fp.BotError
    assert str(error) == error.text == "no points"
    assert (error.error_type, error.allow_retry, error.bot_name) == ("insufficient_fund", True, "X")
    assert error.raw is not None
    assert json.loads(error.raw) == body
    assert outcome.heard.messages == ["Bot request to X failed on try 0", "Bot request to X failed on try 1"]


async def test_a_second_try_that_succeeds_is_all_the_caller_sees() -> None:
    outcome, _ = await unreported(
        stream(event("error", {"allow_retry": True})), stream(event("text", {"text": "a"}), DONE)
    )
    assert (outcome.texts, outcome.error) == (["a"], None)


async def test_an_error_that_forbids_a_retry_is_raised_at_once() -> None:
    outcome, server = await unreported(stream(event("error", {"text": "no", "allow_retry": False})))
    assert type(outcome.error) is fp.BotErrorNoRetry
    assert outcome.error.allow_retry is False
    assert len(server.calls) == 1
    assert outcome.heard.messages == []


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "Bot 'X' ended with an error"),
        ({"text": ""}, "Bot 'X' ended with an error"),
        ({"text": "", "error_type": "insufficient_fund"}, "Bot 'X' could not answer: there are not enough points"),
        ({"error_type": "user_message_too_long"}, "Bot 'X' could not answer: the message is too long"),
        ({"error_type": "privacy_authorization_error"}, "Bot 'X' could not answer: it lacks a permission"),
        ({"error_type": "unheard-of"}, "Bot 'X' ended with an error"),
    ],
)
async def test_an_error_without_words_gets_a_sentence_that_names_the_bot(body: dict[str, str], part: str) -> None:
    outcome, _ = await unreported(stream(event("error", {"allow_retry": False, **body})))
    assert part in str(outcome.error)


async def test_an_event_stream_is_read_whatever_its_status() -> None:
    refused = stream(event("error", {"text": "no", "allow_retry": False}), status=401)
    outcome, server = await unreported(refused)
    assert type(outcome.error) is fp.BotErrorNoRetry
    assert (str(outcome.error), len(server.calls)) == ("no", 1)
    outcome, _ = await unreported(stream(event("text", {"text": "a"}), DONE, status=500))
    assert (outcome.texts, outcome.error) == (["a"], None)


@pytest.mark.parametrize("data", [{}, {"text": 5}, {"text": None}])
async def test_text_without_text_is_reported_and_not_tried_again(data: object) -> None:
    # The reference fails with a KeyError where the key is absent, and tries again (A.2).
    outcome, server, report = await reported(stream(event("text", data)))
    assert type(outcome.error) is fp.BotErrorNoRetry
    assert "Bot 'X' broke the bot protocol" in str(outcome.error)
    assert report["message"] == "Expected string in 'text' field for 'text' event"
    assert report["metadata"] == {"data": data, "message_id": "m-1"}
    assert len(server.calls) == 1


async def test_data_that_is_no_json_ends_the_call() -> None:
    outcome, _, report = await reported(stream(event("text", {"text": "a"}), event("text", "nonsense")))
    assert outcome.texts == ["a"]
    assert type(outcome.error) is fp.BotErrorNoRetry
    assert report["message"] == "Invalid JSON in 'text' event"


async def test_json_that_is_no_object_may_be_tried_again() -> None:
    outcome, server, report = await reported(*[stream(event("text", "[1]"))] * 2)
    assert type(outcome.error) is fp.BotError
    assert report["message"] == "Expected JSON dict in 'text' event"
    assert len(server.calls) == 2


async def test_a_late_meta_is_ignored_even_after_a_ping() -> None:
    meta = event("meta", {"content_type": "text/plain"})
    outcome, _ = await unreported(stream(event("ping", {}), meta, event("text", {"text": "a"}), DONE))
    assert [type(message) for message in outcome.messages] == [fp.PartialResponse]


async def test_an_early_meta_is_handed_on() -> None:
    body = {"content_type": "text/plain", "suggested_replies": True, "refetch_settings": True}
    outcome, _ = await unreported(stream(b": comment\r\n\r\n", event("meta", body), event("text", {"text": "a"}), DONE))
    meta = outcome.messages[0]
    assert isinstance(meta, fp.MetaResponse)
    assert (meta.content_type, meta.suggested_replies, meta.linkify, meta.refetch_settings) == (
        "text/plain",
        True,
        False,
        True,
    )
    assert meta.raw_response == body


async def test_an_unknown_content_type_becomes_plain_text() -> None:
    outcome, _ = await unreported(stream(event("meta", {"content_type": "x/y"}), event("text", {"text": "a"}), DONE))
    assert isinstance(outcome.messages[0], fp.MetaResponse)
    assert outcome.messages[0].content_type == "text/plain"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"linkify": 1}, "linkify"),
        ({"suggested_replies": "x"}, "suggested_replies"),
        ({"content_type": 5}, "content_type"),
    ],
)
async def test_a_faulty_meta_is_reported_and_ignored(body: dict[str, Any], key: str) -> None:
    outcome, _, report = await reported(stream(event("meta", body), event("text", {"text": "a"}), DONE))
    assert outcome.texts == ["a"]
    assert report["message"] == f"Invalid {key} value in 'meta' event"
    assert report["metadata"] == {**body, "message_id": "m-1"}


async def test_an_unknown_event_is_reported_and_skipped() -> None:
    outcome, _, report = await reported(stream(event("sparkle", {"a": 1}), event("text", {"text": "a"}), DONE))
    assert outcome.texts == ["a"]
    assert report["message"] == "Unknown event type: sparkle"
    assert report["metadata"] == {"event_data": '{"a": 1}', "message_id": "m-1"}


async def test_an_event_without_a_name_is_an_unknown_message() -> None:
    outcome, _, report = await reported(stream(b'data: {"text": "a"}\n\n', DONE))
    assert outcome.messages == []
    assert report["message"] == "Unknown event type: message"


async def test_one_breach_reported_is_enough() -> None:
    server = ScriptedServer(stream(event("sparkle", {}), DONE))
    async with serve(server) as url:
        outcome = await call(url)
        await asyncio.wait_for(server.reports.get(), WAIT_S)
    assert len(outcome.heard.messages) == 1


async def test_events_become_messages_with_their_raw_form() -> None:
    outcome, _ = await unreported(
        stream(
            event("text", '{"text": "a", "index": 1}'),
            event("replace_response", {"text": "b", "index": True}),
            event("suggested_reply", {"text": "c"}),
            DONE,
        )
    )
    first, second, third = outcome.messages
    assert (first.text, first.index, first.raw_response) == (
        "a",
        1,
        {"type": "text", "text": '{"text": "a", "index": 1}'},
    )
    assert (second.text, second.is_replace_response, second.index) == ("b", True, None)
    assert (third.text, third.is_suggested_reply) == ("c", True)
    assert [message.full_prompt for message in outcome.messages] == [None] * 3


async def test_what_follows_done_is_ignored() -> None:
    outcome, _ = await unreported(stream(event("text", {"text": "a"}), DONE, event("text", {"text": "b"})))
    assert outcome.texts == ["a"]


async def test_the_whole_request_is_sent_but_no_key_in_its_body() -> None:
    request = a_request(
        access_key="S" * 32,
        metadata="d-1",
        bot_query_id="bq",
        temperature=0.5,
        query_creation_time=5,
        language_code="de",
    )
    _, server = await unreported(stream(event("text", {"text": "a"}), DONE), request=request)
    (seen,) = server.calls
    assert seen.path == "/bot/X"
    assert seen.headers["authorization"] == "Bearer K"
    assert seen.headers["accept"] == "text/event-stream"
    assert seen.headers["cache-control"] == "no-store"
    assert seen.headers["content-type"] == "application/json"
    assert b"S" * 32 not in seen.body
    expected = json.loads(request.model_dump_json())
    del expected["access_key"], expected["api_key"]
    assert seen.json == expected


async def test_text_cut_inside_a_character_can_be_sent_on() -> None:
    request = a_request()
    request.query[-1].content = "a\ud83d"
    _, server = await unreported(stream(event("text", {"text": "a"}), DONE), request=request)
    assert server.calls[0].json["query"][-1]["content"] == "a\ufffd"


async def test_a_bots_name_is_one_part_of_the_path() -> None:
    server = ScriptedServer(*[stream(event("text", {"text": "a"}), DONE)] * 2)
    async with serve(server) as url:
        for name in ("A b/c?", "Gr\u00fcn"):
            async for _ in fp.stream_request(a_request(), name, "K", base_url=f"{url}/bot"):
                pass
    assert [seen.path for seen in server.calls] == ["/bot/A b/c?", "/bot/Gr\u00fcn"]


async def test_extra_headers_win() -> None:
    _, server = await unreported(
        stream(event("text", {"text": "a"}), DONE), extra_headers={"X-Extra": "e", "Accept": "*/*"}
    )
    assert (server.calls[0].headers["x-extra"], server.calls[0].headers["accept"]) == ("e", "*/*")


async def test_calls_go_to_the_hub_unless_an_address_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = stream(event("text", {"text": "a"}), DONE)
    hub, other = ScriptedServer(answer, answer), ScriptedServer(answer)
    async with serve(hub) as hub_url, serve(other) as other_url:
        monkeypatch.setenv("ROOKERY_URL", f"{hub_url}/")
        assert await fp.get_final_response(a_request(), "X", "K") == "a"
        assert await fp.get_final_response(a_request(), "X", "K", base_url="https://api.poe.com/bot/") == "a"
        assert await fp.get_final_response(a_request(), "X", "K", base_url=f"{other_url}/b/") == "a"
    assert [seen.path for seen in hub.calls] == ["/bot/X", "/bot/X"]
    assert [seen.path for seen in other.calls] == ["/b/X"]


async def test_a_final_response_is_the_text_after_replacements() -> None:
    server = ScriptedServer(
        stream(
            event("meta", {}),
            event("text", {"text": "old"}),
            event("replace_response", {"text": "n"}),
            event("suggested_reply", {"text": "s"}),
            event("text", {"text": "ew"}),
            DONE,
        ),
        stream(event("file", {"url": "u", "content_type": "c", "name": "n"}), DONE),
        stream(event("meta", {}), event("suggested_reply", {"text": "s"}), event("ping", {}), DONE),
    )
    async with serve(server) as url:
        base_url = f"{url}/bot/"
        assert await fp.get_final_response(a_request(), "X", "K", base_url=base_url) == "new"
        assert await fp.get_final_response(a_request(), "X", "K", base_url=base_url) == ""
        with pytest.raises(fp.BotError, match="Bot X sent no response"):
            await fp.get_final_response(a_request(), "X", "K", base_url=base_url)


async def test_a_person_calls_with_messages_and_options() -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), DONE))
    messages = [fp.ProtocolMessage(role="user", content="hi", parameters={"p": 1})]
    async with serve(server) as url:
        answer = fp.get_bot_response(messages, "X", "K", temperature=0, stop_sequences=["x"], base_url=f"{url}/bot/")
        assert [message.text async for message in answer] == ["a"]
    body = server.calls[0].json
    assert (body["version"], body["type"]) == ("1.2", "query")
    assert (body["user_id"], body["conversation_id"], body["message_id"]) == ("", "", "")
    assert (body["temperature"], body["stop_sequences"], body["skip_system_prompt"]) == (0, ["x"], False)
    assert body["query"][0]["parameters"] == {"p": 1}


async def test_the_old_key_argument_warns_and_is_ignored() -> None:
    server = ScriptedServer(stream(event("text", {"text": "a"}), DONE))
    async with serve(server) as url:
        with pytest.warns(DeprecationWarning, match="access_key") as caught:
            answer = fp.stream_request(a_request(), "X", "K", access_key="OLD", base_url=f"{url}/bot/")
        assert [message.text async for message in answer] == ["a"]
    assert caught[0].filename == __file__
    assert server.calls[0].headers["authorization"] == "Bearer K"
