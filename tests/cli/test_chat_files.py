"""Files in `rookery chat`: sent with a message, shown and saved from an answer; what is refused, in which words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rookery.cli.chat.files import read_paths
from tests.cli.running import Cli
from tests.cli.scripts import actor
from tests.cli.world import Home
from tests.support.scripted_bot import Exchange, ScriptedBot

BOT = "reader"
LIMIT = "The file is larger than 52428800 bytes (50 MB), the limit for one file."


async def list_files(exchange: Exchange) -> None:
    """Says which files came with each message."""
    names = [[file["name"] for file in message["attachments"]] for message in exchange.body["query"]]
    await exchange.text(json.dumps(names))
    await exchange.done()


@pytest.fixture(scope="module", autouse=True)
def bot(home: Home) -> ScriptedBot:
    home.add_stand_in("painter", "picture")
    return home.add_bot(BOT, list_files, allow_attachments=True)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "my notes.txt"
    path.write_text("blue")
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.txt"
    path.write_text("red")
    return path


def test_files_go_with_the_message(cli: Cli, notes: Path, other: Path) -> None:
    one = cli.run("chat", BOT, "read", "--file", str(notes))
    assert (one.code, one.out, one.err) == (0, '[["my notes.txt"]]\n', "")
    two = cli.run("chat", BOT, "read", "-f", str(notes), "-f", str(other))
    assert two.out == '[["my notes.txt", "other.txt"]]\n'


def test_a_file_needs_no_words(cli: Cli, notes: Path) -> None:
    assert cli.run("chat", BOT, "", "-f", str(notes)).out == '[["my notes.txt"]]\n'
    assert cli.run("chat", BOT, "-", "-f", str(notes), input="").code == 0


def test_what_cannot_be_read_is_told_before_anything_is_sent(
    bot: ScriptedBot, cli: Cli, notes: Path, tmp_path: Path
) -> None:
    before = len(bot.queries)
    missing = cli.run("chat", BOT, "read", "-f", str(notes), "-f", str(tmp_path / "gone.txt"))
    assert (missing.code, missing.err) == (1, f"There is no file {tmp_path / 'gone.txt'}. Check the path.\n")
    folder = cli.run("chat", BOT, "read", "-f", str(tmp_path))
    assert (folder.code, "is a folder; only files can be sent." in folder.err) == (1, True)
    conversation = cli.run("chat", BOT, "-f", str(tmp_path / "gone.txt"), input="read\n")
    assert (conversation.code, "There is no file" in conversation.err) == (1, True)
    assert len(bot.queries) == before


def test_a_file_above_the_limit_is_refused_with_the_limit(bot: ScriptedBot, cli: Cli, tmp_path: Path) -> None:
    before = len(bot.queries)
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    outcome = cli.run("chat", BOT, "read", "-f", str(large))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(LIMIT)
    assert len(bot.queries) == before


def test_files_of_a_conversation_go_with_the_next_message_and_stay_in_its_history(
    cli: Cli, notes: Path, other: Path
) -> None:
    lines = f"first\n/file {notes}\n/file {other}\nsecond\nthird\n/retry\n"
    outcome = cli.run("chat", BOT, input=lines)
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    both = ["my notes.txt", "other.txt"]
    assert answers == [[[]], [[], [], both], [[], [], both, [], []], [[], [], both, [], []]]
    assert "my notes.txt (text/plain, 4 B) goes with your next message.\n" in outcome.err


def test_files_of_the_command_line_go_with_the_first_message(cli: Cli, notes: Path) -> None:
    outcome = cli.run("chat", BOT, "-f", str(notes), input="first\nsecond\n")
    assert outcome.out.splitlines()[0] == '[["my notes.txt"]]'


def test_a_pipe_ends_at_a_file_that_is_not_there(cli: Cli, bot: ScriptedBot) -> None:
    before = len(bot.queries)
    outcome = cli.run("chat", BOT, input="/file\n/file /not/there\nread\n")
    assert outcome.code == 1
    assert outcome.err == "Which file? Write: /file PATH\nThere is no file /not/there. Check the path.\n"
    assert len(bot.queries) == before


def test_paths_are_read_as_typed_and_as_a_terminal_drops_them(notes: Path, other: Path) -> None:
    assert read_paths(str(notes)) == [notes]
    assert read_paths(f"'{notes}' {other}") == [notes, other]
    assert read_paths(str(notes).replace(" ", "\\ ")) == [notes]
    assert read_paths("it's not there") == [Path("it's not there")]


def test_files_of_an_answer_are_named_with_their_links_and_saved(cli: Cli, tmp_path: Path) -> None:
    shown = cli.run("chat", "painter", "a red fox")
    assert shown.err.startswith("a-red-fox.png  image/png  http://")
    folder = tmp_path / "new" / "pictures"
    saved = cli.run("chat", "painter", "a red fox", "--save", str(folder))
    assert (saved.code, saved.err.splitlines()[1]) == (0, f"saved as {folder / 'a-red-fox.png'}")
    assert (folder / "a-red-fox.png").read_bytes().startswith(b"\x89PNG")
    again = cli.run("chat", "painter", "a red fox", "--save", str(folder), "--json").json
    assert again["saved"] == [str(folder / "a-red-fox (2).png")]
    assert "saved" not in cli.run("chat", "painter", "a red fox", "--json").json


def test_an_address_that_a_bot_names_is_not_fetched_from_here(home: Home, cli: Cli, tmp_path: Path) -> None:
    home.add_bot("stage", actor)
    outcome = cli.run("chat", "stage", "extras", "--save", str(tmp_path / "out"))
    assert (outcome.code, outcome.out) == (1, "Pick one.\n")
    assert "a.png is not saved: it is not on this hub. It is at https://example.com/a.png\n" in outcome.err
    assert not (tmp_path / "out").exists()


def test_where_nothing_can_be_saved_is_a_sentence_after_the_answer(cli: Cli, notes: Path) -> None:
    outcome = cli.run("chat", "painter", "a red fox", "--save", str(notes / "below"))
    assert outcome.code == 1
    assert "I drew" in outcome.out
    assert f"a-red-fox.png cannot be saved in {notes / 'below'}: Not a directory." in outcome.err
    assert cli.run("chat", "painter", "a red fox", "--save", str(notes)).code == 2


def test_a_mentioned_bot_answers_and_is_named(cli: Cli) -> None:
    body = cli.run("chat", "painter", "@Reader hi", "--json").json
    assert (body["bot"], body["text"]) == (BOT, "[[]]")


def test_parameters_are_refused_with_the_way_to_look_them_up(cli: Cli) -> None:
    assert cli.run("bots", "create", "palette", "--stand-in", "picture").code == 0
    outcome = cli.run("chat", "palette", "sun", "-p", "seed=-1")
    assert outcome.code == 1
    assert "parameters.seed: -1 is outside 0 to 9999" in outcome.err
    assert outcome.err.endswith("Its parameters: rookery bots show palette\n")
    shown = cli.run("bots", "show", "palette").out
    assert "size: 256, 512, 1024 or 1536; default 1024 (Pixels of the longer side)" in shown
    assert "  parameter_controls: size, aspect, style, seed\n" in cli.run("bots", "settings", "palette").out


def test_a_key_for_one_bot_talks_to_it_with_files_and_to_no_other(home: Home, cli: Cli, notes: Path) -> None:
    key = cli.run("keys", "create", "--bot", BOT).out.strip()
    assert cli.run("chat", BOT, "hi", "-f", str(notes), ROOKERY_API_KEY=key).out == '[["my notes.txt"]]\n'
    refused = cli.run("chat", "painter", "hi", ROOKERY_API_KEY=key)
    assert (refused.code, refused.err.startswith(f"This API key reaches the bot '{BOT}' only.")) == (1, True)
    assert "painter" not in cli.run("bots", "list", ROOKERY_API_KEY=key).out
