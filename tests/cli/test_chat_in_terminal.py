"""`rookery chat` in a pseudo-terminal: what a person sees, and what keys do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.running import ROOKERY, Cli
from tests.cli.scripts import Paused, actor, until_stopped
from tests.cli.terminal import Terminal
from tests.cli.world import Home
from tests.support.scripted_bot import Exchange, say

pytestmark = pytest.mark.slow

BOT = "player"
Open = Callable[..., Terminal]


@pytest.fixture(scope="module", autouse=True)
def bot(home: Home) -> None:
    home.add_bot(BOT, actor, introduction_message="I do as I am told.")


@pytest.fixture
def rookery(cli: Cli) -> Iterator[Open]:
    """Runs the command in a terminal: `rookery("chat", BOT, columns=40)`."""
    with ExitStack() as stack:

        def open_terminal(*arguments: str, columns: int = 80, rows: int = 24) -> Terminal:
            return stack.enter_context(Terminal([ROOKERY, *arguments], cli.environment(), columns, rows))

        yield open_terminal


def test_an_answer_streams_under_the_name_of_who_answers(home: Home, rookery: Open) -> None:
    script = Paused("The beginning ", "and the end.")
    home.add_bot("streamer", script)
    terminal = rookery("chat", "streamer", "go")
    assert terminal.wait_for("The beginning").split("\n") == ["streamer", "The beginning"]
    assert not terminal.echoes()
    home.world.call(script.go_on)
    assert terminal.wait() == 0
    assert terminal.screen.text == "streamer\nThe beginning and the end."
    assert terminal.echoes()
    assert "\x1b[2m" in terminal.raw  # the name is dim


def test_a_stand_in_is_called_one(home: Home, rookery: Open) -> None:
    home.add_stand_in("Standing", "eliza")
    terminal = rookery("chat", "standing", "I am sad")
    assert terminal.wait() == 0
    assert terminal.screen.text.startswith("Standing · stand-in\n")


def test_a_replaced_answer_is_drawn_over(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "replace", columns=40)
    assert terminal.wait() == 0
    assert terminal.screen.whole_text.strip("\n") == f"{BOT}\nThe answer is 42."


def test_replacements_one_after_the_other_leave_only_the_last(home: Home, rookery: Open) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("Wrong at first, in\nseveral lines, one of which is wider than the terminal.\n\n")
        await first.wait()
        await exchange.event("replace_response", {"text": "Still\nwrong\n漢字"})
        await second.wait()
        await exchange.event("replace_response", {"text": "Right."})
        await exchange.done()

    home.add_bot("indecisive", script)
    terminal = rookery("chat", "indecisive", "go", columns=30)
    terminal.wait_for("terminal.")
    home.world.call(first.set)
    assert terminal.wait_for("漢字") == "indecisive\nStill\nwrong\n漢字"
    home.world.call(second.set)
    assert terminal.wait() == 0
    assert terminal.screen.whole_text.strip("\n") == "indecisive\nRight."


def test_a_long_answer_that_is_replaced_stays_and_the_new_one_follows(home: Home, rookery: Open) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.text("\n".join(f"line {i}" for i in range(30)))
        for i in range(5):
            await exchange.event("replace_response", {"text": f"short {i}"})
        await exchange.text("!")
        await exchange.done()

    home.add_bot("longwinded", script)
    terminal = rookery("chat", "longwinded", "go", rows=10)
    assert terminal.wait() == 0
    lines = terminal.screen.whole_text.split("\n")
    if "line 29" in lines:  # all may come in one piece, of which only the end is drawn
        assert [line for line in lines if line.startswith("the bot replaced its answer ──")]
    assert lines[-1] == "short 4!"
    assert sum(line.startswith("short") for line in lines) == 1


def test_a_bot_cannot_steer_the_terminal(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "hostile")
    assert terminal.wait() == 0
    assert terminal.screen.text == f"{BOT}\nabc"
    assert "owned" not in terminal.raw


def test_files_suggestions_and_notices_stand_below_the_answer(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "extras")
    assert terminal.wait() == 0
    assert terminal.screen.text.split("\n")[1:] == [
        "Pick one.",
        "a.png  image/png  https://example.com/a.png",
        "1  Tell me more",
        "2  Why?",
    ]
    noticed = rookery("chat", BOT, "notice")
    assert noticed.wait() == 0
    assert noticed.screen.text.endswith("Hm.\nBot 'player' sent an unknown event 'sparkle', which was skipped.")


def test_an_error_stands_below_what_came(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "fail")
    assert terminal.wait() == 1
    assert terminal.screen.text == f"{BOT}\nI begin well,\n{BOT}: the oven is broken"


def test_without_streaming_only_the_final_text_is_shown(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "replace", "--no-stream")
    assert terminal.wait() == 0
    assert terminal.screen.text == f"{BOT}\nThe answer is 42."
    assert "Thinking" not in terminal.raw


def test_a_silent_bot_is_waited_for_visibly(home: Home, rookery: Open) -> None:
    script = Paused("", "Here I am.")
    home.add_bot("slow", script)
    terminal = rookery("chat", "slow", "go")
    terminal.wait_for("waiting for slow")
    home.world.call(script.go_on)
    assert terminal.wait() == 0
    assert terminal.screen.text == "slow\nHere I am."


def test_ctrl_c_stops_the_answer_and_keeps_what_came(home: Home, rookery: Open) -> None:
    bot = home.add_bot("endless", until_stopped)
    terminal = rookery("chat", "endless", "go")
    terminal.wait_for("It began")
    terminal.press("\x03")
    assert terminal.wait() == 130
    assert terminal.screen.text == "endless\nIt began\n(stopped)"
    assert terminal.echoes()
    assert bot.open_queries == 0


def test_a_conversation_from_greeting_to_goodbye(rookery: Open, config_dir: Path) -> None:
    terminal = rookery("chat", BOT)
    screen = terminal.wait_for_prompt()
    assert screen.startswith(f"{BOT} (server)\nI do as I am told.\n/help lists the commands")
    terminal.enter("")
    terminal.enter("extras")
    terminal.wait_for("2  Why?")
    terminal.enter("1")
    terminal.wait_for("user: Tell me more")
    terminal.enter("/help")
    terminal.wait_for("Ctrl-C stops an answer")
    terminal.enter("/new")
    terminal.wait_for("A new conversation.")
    terminal.enter("first \\")
    terminal.wait_for("\n.")
    terminal.enter("second")
    terminal.wait_for('["user: first \\nsecond"]')
    terminal.wait_for_prompt()
    terminal.press("half a line")
    terminal.wait_for("> half a line")
    terminal.clear_line()
    terminal.press("\x04")
    assert terminal.wait() == 0
    assert "half a line" not in (config_dir / "chat-history").read_text()


def test_ctrl_c_in_a_conversation_stops_the_answer_only(home: Home, rookery: Open) -> None:
    home.add_bot("chatty", until_stopped)
    terminal = rookery("chat", "chatty")
    terminal.wait_for_prompt()
    terminal.enter("go")
    terminal.wait_for("It began")
    terminal.press("typed meanwhile")
    terminal.press("\x03")
    terminal.wait_for("(stopped)")
    terminal.enter("/quit")
    assert terminal.wait() == 0
    assert "It began\n(stopped)" in terminal.screen.text


def test_trouble_in_a_conversation_does_not_end_it(rookery: Open) -> None:
    terminal = rookery("chat", BOT)
    terminal.wait_for_prompt()
    terminal.enter("fail at once")
    terminal.wait_for(f"{BOT}: no")
    terminal.enter("hello")
    terminal.wait_for('"user: hello"')
    terminal.wait_for_prompt()
    terminal.enter("/retry")
    terminal.wait_for_prompt()
    terminal.enter("/quit")
    assert terminal.wait() == 0
    described = [
        line for line in terminal.screen.text.split("\n") if line.startswith('{"texts": ["user: fail at once", ')
    ]
    assert len(described) == 2


def test_lines_are_remembered_from_one_conversation_to_the_next(rookery: Open, config_dir: Path) -> None:
    first = rookery("chat", BOT)
    first.wait_for_prompt()
    first.enter("remember me")
    first.wait_for("user: remember me")
    first.enter("/quit")
    assert first.wait() == 0
    history = config_dir / "chat-history"
    assert history.stat().st_mode & 0o777 == 0o600
    second = rookery("chat", BOT)
    second.wait_for_prompt()
    second.press("\x1b[A\x1b[A")  # the arrow up, twice
    second.wait_for("> remember me")


def test_deleting_asks_first(home: Home, rookery: Open, cli: Cli) -> None:
    home.add_stand_in("kept")
    refused = rookery("bots", "delete", "kept")
    refused.wait_for("Delete kept (stand-in (echo))? [y/N]")
    refused.enter("n")
    assert refused.wait() == 1
    assert refused.screen.text.endswith("Nothing was deleted.")
    agreed = rookery("bots", "delete", "kept")
    agreed.wait_for("[y/N]")
    agreed.enter("y")
    assert agreed.wait() == 0
    assert cli.run("bots", "show", "kept").code == 1


def test_tables_fit_the_terminal_and_cut_only_the_last_column(home: Home, rookery: Open) -> None:
    home.add_stand_in("tabled", "eliza")
    terminal = rookery("bots", "list", rows=60)
    assert terminal.wait() == 0
    row = next(line for line in terminal.screen.text.split("\n") if line.startswith("tabled"))
    assert "stand-in (eliza)" in row
    narrow = rookery("bots", "list", rows=60, columns=40)
    assert narrow.wait() == 0
    assert "description" not in narrow.screen.text
    assert "stand-in (eliza)" in narrow.screen.text.replace("\n", "")


def test_errors_have_their_remedy_below_in_a_terminal(rookery: Open) -> None:
    terminal = rookery("bots", "show", "nobody")
    assert terminal.wait() == 1
    assert terminal.screen.text == "There is no bot 'nobody' on this hub.\nSee: rookery bots list"


def test_json_in_a_terminal_is_indented_and_harmless(rookery: Open) -> None:
    terminal = rookery("chat", BOT, "hostile", "--json")
    assert terminal.wait() == 0
    assert json.loads(terminal.screen.text)["text"] == "a\x1b]0;owned\x07b\x1b[31mc\n"


def test_a_large_file_has_a_progress_bar_and_a_small_one_has_none(home: Home, rookery: Open, tmp_path: Path) -> None:
    home.add_bot("taker", actor, allow_attachments=True)
    for name, size in (("large.bin", 8_000_000), ("small.bin", 80)):
        (tmp_path / name).write_bytes(b"\0" * size)
        terminal = rookery("chat", "taker", "pieces", "-f", str(tmp_path / name))
        assert terminal.wait() == 0
        assert (f"Sending {name}" in terminal.raw) is (name == "large.bin")
        assert "Sending" not in terminal.screen.text


def test_a_file_is_attached_in_a_conversation_and_what_is_wrong_with_it_is_told_at_once(
    cli: Cli, rookery: Open, tmp_path: Path
) -> None:
    assert cli.run("bots", "create", "looker", "--stand-in", "vision").code == 0
    (tmp_path / "a.txt").write_text("hi")
    terminal = rookery("chat", "looker", columns=120)
    terminal.wait_for_prompt()
    terminal.enter("/file /not/there.txt")
    terminal.wait_for("There is no file /not/there.txt.\nCheck the path.")
    terminal.enter(f"/file '{tmp_path / 'a.txt'}'")
    terminal.wait_for("a.txt (text/plain, 2 B) goes with your next message.")
    terminal.enter("what is it?")
    terminal.wait_for("'a.txt' is no picture")
    terminal.wait_for_prompt()
    terminal.enter("/quit")
    assert terminal.wait() == 0


def test_a_conversation_goes_on_without_the_files_that_a_bot_does_not_take(
    home: Home, rookery: Open, tmp_path: Path
) -> None:
    home.add_bot("fileless", say("two"), response_version=2, allow_attachments=False)
    (tmp_path / "a.txt").write_text("hi")
    terminal = rookery("chat", "fileless", "-f", str(tmp_path / "a.txt"), columns=120)
    terminal.wait_for("goes with your next message.")
    terminal.enter("one")
    terminal.wait_for("takes no files; the message has 1.")
    terminal.enter("two")
    terminal.wait_for("\ntwo")
    terminal.enter("/quit")
    assert terminal.wait() == 0
