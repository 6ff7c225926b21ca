"""`rookery chat` where output is no terminal: what programs get on standard output, standard error and as exit code."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import Cli
from tests.cli.scripts import actor
from tests.cli.world import Home
from tests.support.scripted_bot import ScriptedBot

BOT = "actor"


@pytest.fixture(scope="module", autouse=True)
def bot(home: Home) -> ScriptedBot:
    return home.add_bot(BOT, actor, allow_attachments=True)


def test_the_final_text_is_all_there_is(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, "pieces")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == "".join(f"piece {i}, " for i in range(40)) + "end.\n"


def test_a_stand_in_answers(home: Home, cli: Cli) -> None:
    home.add_stand_in("chatted", "eliza")
    outcome = cli.run("chat", "chatted", "I am sad")
    assert (outcome.code, outcome.err) == (0, "")
    assert "sad" in outcome.out


def test_the_message_may_come_from_standard_input(cli: Cli) -> None:
    text = "Zeile eins ä\n\nZeile drei\n"
    seen = json.loads(cli.run("chat", BOT, "-", input=text).out)
    assert seen["texts"] == ["user: Zeile eins ä\n\nZeile drei"]


@pytest.mark.parametrize("message", ["", "  \n"])
def test_an_empty_message_is_a_usage_error(cli: Cli, message: str) -> None:
    assert cli.run("chat", BOT, message).code == 2
    assert cli.run("chat", BOT, "-", input=message).code == 2


def test_parameters_go_with_the_message(cli: Cli) -> None:
    seen = json.loads(cli.run("chat", BOT, "hi", "--param", "n=1", "--param", "style=short and dry").out)
    assert seen["parameters"] == {"n": 1, "style": "short and dry"}
    assert cli.run("chat", BOT, "hi", "--param", "oops").code == 2


def test_a_replaced_answer_is_printed_in_its_last_form(cli: Cli) -> None:
    assert cli.run("chat", BOT, "replace").out == "The answer is 42.\n"


def test_text_is_passed_on_as_the_bot_wrote_it(cli: Cli) -> None:
    assert cli.run("chat", BOT, "hostile").out == "a\x1b]0;owned\x07b\x1b[31mc\n"


def test_streaming_into_a_pipe_marks_replacements(cli: Cli) -> None:
    assert cli.run("chat", BOT, "pieces", "--stream").out == cli.run("chat", BOT, "pieces").out
    assert cli.run("chat", BOT, "replace", "--stream").out.endswith("The answer is 42.\n")


def test_an_answer_that_fails_keeps_its_text_and_says_why(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, "fail")
    assert (outcome.code, outcome.out) == (1, "I begin well,\n")
    assert outcome.err == "actor: the oven is broken\n"


def test_an_answer_without_any_text_prints_none(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, "fail at once")
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "actor: no\n")


def test_notices_and_files_do_not_mix_with_the_text(cli: Cli) -> None:
    noticed = cli.run("chat", BOT, "notice")
    assert (noticed.code, noticed.out) == (0, "Hm.\n")
    assert noticed.err == "Bot 'actor' sent an unknown event 'sparkle', which was skipped.\n"
    extras = cli.run("chat", BOT, "extras")
    assert (extras.out, extras.err) == ("Pick one.\n", "a.png  image/png  https://example.com/a.png\n")


def test_further_answers_follow_the_first(cli: Cli) -> None:
    assert cli.run("chat", BOT, "two").out == "First.\n\nSecond.\n"


def test_json_is_one_object_with_everything(cli: Cli) -> None:
    body = cli.run("chat", "ACTOR", "extras", "--json").json
    assert set(body) == {
        *("bot", "query_id", "message_id", "conversation_id"),
        *("state", "text", "suggested_replies", "files", "error"),
    }
    assert (body["bot"], body["state"], body["text"], body["error"]) == ("actor", "done", "Pick one.", None)
    assert body["suggested_replies"] == ["Tell me more", "Why\x1b[2J?"]
    assert body["files"] == [
        {"name": "a.png", "content_type": "image/png", "url": "https://example.com/a.png", "inline_ref": "r"}
    ]


def test_json_of_a_failed_answer_keeps_its_text(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, "fail", "--json", "--stream")
    assert outcome.code == 1
    assert (outcome.json["state"], outcome.json["text"]) == ("failed", "I begin well,")
    assert outcome.json["error"] == "actor: the oven is broken"
    assert outcome.err == "actor: the oven is broken\n"


def test_an_unknown_bot_is_a_sentence(cli: Cli) -> None:
    for flags in ([], ["--json"]):
        outcome = cli.run("chat", "nobody", "hi", *flags)
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err == "There is no bot 'nobody' on this hub. See: rookery bots list\n"


def test_lines_of_a_pipe_are_a_conversation(cli: Cli) -> None:
    outcome = cli.run(
        "chat", BOT, input='one\n\ntwo \\\nlines\n/new\n"""three\n  lines"""\n/retry\n//help\n/quit\nnever\n'
    )
    answers = [json.loads(line) for line in outcome.out.splitlines() if line.startswith("{")]
    assert outcome.code == 0
    assert [answer["texts"][-1] for answer in answers] == [
        "user: one",
        "user: two \nlines",
        "user: three\n  lines",
        "user: three\n  lines",
        "user: /help",
    ]
    assert [len(answer["texts"]) for answer in answers] == [1, 3, 1, 1, 3]
    assert answers[1]["texts"][1].startswith("bot: {")
    conversations = [answer["conversation_id"] for answer in answers]
    assert conversations[0] == conversations[1] != conversations[2] == conversations[3] == conversations[4]


def test_a_conversation_goes_on_after_a_failure_and_tells_it_at_the_end(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, input="fail at once\nfail\nhello\n")
    assert outcome.code == 1
    assert outcome.err == "actor: no\nactor: the oven is broken\n"
    last = json.loads(outcome.out.splitlines()[-1])
    assert last["texts"] == ["user: fail at once", "user: fail", "bot: I begin well,", "user: hello"]


def test_a_number_in_a_pipe_is_a_message(cli: Cli) -> None:
    outcome = cli.run("chat", BOT, input="extras\n1\n")
    assert json.loads(outcome.out.splitlines()[-1])["texts"][-1] == "user: 1"


def test_unknown_commands_are_told_and_not_sent(bot: ScriptedBot, cli: Cli) -> None:
    before = len(bot.queries)
    outcome = cli.run("chat", BOT, input="/quti\n/retry\n/help\n")
    assert len(bot.queries) == before
    assert outcome.err == "There is no command /quti. /help lists them; //quti sends it to the bot.\n"
    assert "There is nothing to send again yet." in outcome.out


def test_json_needs_a_message(cli: Cli) -> None:
    assert cli.run("chat", BOT, "--json").code == 2


def test_history_carries_files_and_ids_of_answers(bot: ScriptedBot, cli: Cli) -> None:
    cli.run("chat", BOT, input="extras\nhello\n")
    answer = bot.queries[-1]["query"][1]
    assert (answer["role"], answer["content"], answer["sender"]["name"]) == ("bot", "Pick one.", "actor")
    assert answer["message_id"] == bot.queries[-2]["message_id"]
    assert [file["name"] for file in answer["attachments"]] == ["a.png"]
