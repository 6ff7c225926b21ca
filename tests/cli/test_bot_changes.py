"""`rookery bots share`, `rookery bots settings` and prompt bots from a terminal, against a real hub."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Cli
from tests.cli.world import Home
from tests.support.scripted_bot import say


def test_a_prompt_bot_is_created_from_a_file_and_answers(home: Home, cli: Cli, tmp_path: Path) -> None:
    home.add_stand_in("prompt-base")
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Say {user_prompt}!", encoding="utf-8")
    created = cli.run("bots", "create", "prompted", "--base-bot", "prompt-base", "--prompt", f"@{prompt}")
    assert created.code == 0, created.err
    assert created.out == "Created prompted, a prompt bot on prompt-base. Talk to it: rookery chat prompted\n"
    assert "Say ahoy!" in cli.run("chat", "prompted", "ahoy").out
    shown = cli.run("bots", "show", "prompted").out
    assert "prompt-base" in shown
    assert "Say {user_prompt}!" in shown


def test_a_prompt_needs_a_base_and_a_file_that_can_be_read(cli: Cli) -> None:
    assert cli.run("bots", "create", "x", "--prompt", "y", "--url", "http://127.0.0.1:9/").code == 2
    assert cli.run("bots", "create", "x", "--base-bot", "y").code == 2
    missing = cli.run("bots", "create", "x", "--base-bot", "y", "--prompt", "@/does/not/exist")
    assert missing.code == 1
    assert "cannot be read" in missing.err


def test_a_bot_is_made_private_and_public_again(home: Home, cli: Cli) -> None:
    home.add_stand_in("shared-bot")
    assert cli.run("bots", "share", "shared-bot", "--private").out == "shared-bot is for its owner.\n"
    assert cli.run("bots", "share", "shared-bot", "--with", "owner").out == "shared-bot is for its owner and owner.\n"
    assert cli.run("bots", "share", "shared-bot", "--public", "--json").json["visibility"] == "public"
    assert "nobody 'Nobody'" in cli.run("bots", "share", "shared-bot", "--with", "Nobody").err
    assert cli.run("bots", "share", "shared-bot").code == 2


def test_the_history_of_settings_is_shown_as_differences(home: Home, cli: Cli) -> None:
    server = home.add_bot("changing", say("hi"), cost_label="5", server_bot_dependencies={"A": 1})
    server.settings = {"cost_label": "6", "server_bot_dependencies": {"A": 1, "B": 2}, "response_version": 2}
    assert cli.run("bots", "sync", "changing").code == 0
    history = cli.run("bots", "settings", "changing", "--history").out
    assert "pulled on request:" in history
    assert "  cost_label: 5 → 6\n" in history
    assert "  server_bot_dependencies.B: not set → 2\n" in history
    changes = cli.run("bots", "settings", "changing", "--history", "--json").json["changes"]
    assert changes[0]["source"] == "pull"
    assert "  cost_label: 6\n" in cli.run("bots", "settings", "changing").out


def test_parameters_from_a_terminal_are_checked_as_everywhere(home: Home, cli: Cli) -> None:
    slider = {
        "control": "slider",
        "label": "Size",
        "parameter_name": "size",
        "min_value": 1,
        "max_value": 9,
        "step": 1,
    }
    title = {"control": "text_field", "label": "Title", "parameter_name": "title"}
    controls = {"sections": [{"controls": [slider, title]}]}
    server = home.add_bot("sized", say("hi"), response_version=2, parameter_controls=controls)
    assert cli.run("chat", "sized", "x", "-p", "size=4", "-p", "title=30").code == 0
    assert server.queries[0]["query"][-1]["parameters"] == {"size": 4, "title": "30"}
    refused = cli.run("chat", "sized", "x", "-p", "size=40")
    assert refused.code == 1
    assert "parameters.size: 40 is outside 1 to 9" in refused.err
