"""`rookery bots` against a real hub."""

from __future__ import annotations

from pathlib import Path

from rookery.protocol.limits import ACCESS_KEY_LENGTH
from tests.cli.running import Cli, cli_for
from tests.cli.world import Home
from tests.support.scripted_bot import say

NOWHERE = "http://127.0.0.1:9/"
"""Nothing listens there."""


def test_an_empty_hub_says_how_to_create_a_bot(empty_home: Home, config_dir: Path) -> None:
    cli = cli_for(empty_home, config_dir)
    listed = cli.run("bots", "list")
    assert listed.code == 0
    assert "rookery bots create NAME --url URL" in listed.out
    assert "rookery dev main.py" in listed.out
    assert cli.run("bots", "list", "--json").json == {"bots": []}


def test_the_list_shows_kind_calls_age_and_description(empty_home: Home, config_dir: Path) -> None:
    empty_home.add_stand_in("Echo")
    empty_home.add_bot("asker", say("hi"), server_bot_dependencies={"Echo": 2, "GPT-4": 1})
    cli = cli_for(empty_home, config_dir)
    lines = cli.run("bots", "list").out.splitlines()
    assert lines[0].split() == ["name", "kind", "may", "call", "settings", "read", "description"]
    assert lines[1].startswith("asker  server           Echo ×2, GPT-4 ×1  ")
    assert lines[1].rstrip().endswith("s ago")
    assert lines[2].startswith("Echo   stand-in (echo)  ")
    listed = cli.run("bots", "list", "--json").json["bots"]
    assert [(bot["name"], bot["kind"]) for bot in listed] == [("asker", "server"), ("Echo", "stand-in")]


def test_creating_a_server_bot_shows_its_access_key_once_and_where_it_goes(home: Home, cli: Cli) -> None:
    server = home.add_bot("created-a", say("hi"), server_bot_dependencies={"GPT-4": 3})
    assert cli.run("bots", "delete", "created-a", "--yes").code == 0
    created = cli.run("bots", "create", "created-a", "--url", server.url)
    assert created.code == 0, created.err
    key_line = next(line for line in created.out.splitlines() if "Access key" in line)
    key = key_line.split()[-1]
    assert len(key) == ACCESS_KEY_LENGTH
    assert "POE_ACCESS_KEY" in created.out
    assert "make_app(" in created.out
    assert "may call GPT-4 ×3" in created.out
    assert key not in cli.run("bots", "show", "created-a").out


def test_creating_with_json_gives_name_kind_and_key(home: Home, cli: Cli) -> None:
    server = home.add_bot("created-b", say("hi"))
    cli.run("bots", "delete", "created-b", "--yes")
    key = "k" * ACCESS_KEY_LENGTH
    created = cli.run("bots", "create", "created-b", "--url", server.url, "--access-key", key, "--json").json
    assert (created["name"], created["kind"], created["access_key"]) == ("created-b", "server", key)
    assert created["bot"]["name"] == "created-b"
    assert created["settings_error"] is None


def test_a_server_that_does_not_run_yet_is_created_with_a_hint(cli: Cli) -> None:
    created = cli.run("bots", "create", "created-c", "--url", NOWHERE)
    assert created.code == 0
    assert "Access key" in created.out
    assert "Its settings could not be read yet: Bot 'created-c' cannot be reached" in created.err
    assert "rookery bots sync created-c" in created.err
    assert "never, failing" in cli.run("bots", "list").out
    shown = cli.run("bots", "show", "created-c").out
    assert "last attempt" in shown
    assert "failed: Bot 'created-c' cannot be reached" in shown


def test_a_stand_in_is_created_and_answers(cli: Cli) -> None:
    created = cli.run("bots", "create", "created-d", "--stand-in", "echo")
    assert (created.code, created.out) == (0, "Created created-d, a stand-in. Talk to it: rookery chat created-d\n")
    assert "sing" in cli.run("chat", "created-d", "sing").out


def test_an_unknown_rule_is_refused_with_those_there_are(cli: Cli) -> None:
    created = cli.run("bots", "create", "created-e", "--stand-in", "parrot")
    assert created.code == 1
    assert "parrot" in created.err
    assert "eliza" in created.err
    assert created.err.count("\n") == 1


def test_a_taken_name_is_refused_with_a_remedy(home: Home, cli: Cli) -> None:
    home.add_bot("created-f", say("hi"))
    created = cli.run("bots", "create", "created-f", "--url", NOWHERE)
    assert created.code == 1
    assert "There is already a bot 'created-f'" in created.err
    assert "rookery bots delete created-f" in created.err


def test_url_and_stand_in_exclude_each_other(cli: Cli) -> None:
    for arguments in ([], ["--url", NOWHERE, "--stand-in", "echo"], ["--stand-in", "echo", "--access-key", "k" * 32]):
        assert cli.run("bots", "create", "x", *arguments).code == 2


def test_show_tells_everything(home: Home, cli: Cli) -> None:
    server = home.add_bot(
        "shown",
        say("hi"),
        server_bot_dependencies={"GPT-4": 2},
        introduction_message="First line.\nSecond \x1b[31mline.",
        allow_attachments=True,
    )
    shown = cli.run("bots", "show", "shown").out
    for fact in ("server", server.url, "GPT-4 ×2", "s ago", "allow_attachments  true", "First line.", "Second line."):
        assert fact in shown
    body = cli.run("bots", "show", "SHOWN", "--json").json
    assert (body["name"], body["kind"], body["dependencies"]) == ("shown", "server", {"GPT-4": 2})


def test_sync_says_what_changed(home: Home, cli: Cli) -> None:
    server = home.add_bot("synced", say("hi"), server_bot_dependencies={"GPT-4": 1}, introduction_message="Hello.")
    assert "nothing changed" in cli.run("bots", "sync", "synced").out
    server.settings = {"server_bot_dependencies": {"GPT-4": 2}, "allow_attachments": True}
    synced = cli.run("bots", "sync", "synced").out
    assert "server_bot_dependencies: GPT-4 ×1 → GPT-4 ×2" in synced
    assert "allow_attachments: not set → true" in synced
    assert "introduction_message: Hello. → not set" in synced
    server.settings = {}
    body = cli.run("bots", "sync", "synced", "--json").json
    assert (body["name"], body["kind"], body["is_changed"]) == ("synced", "server", True)
    assert {"setting": "allow_attachments", "before": True, "after": None} in body["changes"]


def test_sync_of_a_dead_server_fails_with_its_reason(cli: Cli) -> None:
    cli.run("bots", "create", "dead", "--url", NOWHERE)
    synced = cli.run("bots", "sync", "dead")
    assert synced.code == 1
    assert "Bot 'dead' cannot be reached" in synced.err


def test_a_stand_in_has_nothing_to_sync(home: Home, cli: Cli) -> None:
    name = home.add_stand_in("unsynced")
    assert cli.run("bots", "sync", name).out == "unsynced is a stand-in (echo): it has no settings to read.\n"


def test_delete_needs_a_yes_where_nobody_can_be_asked(home: Home, cli: Cli) -> None:
    home.add_stand_in("doomed")
    refused = cli.run("bots", "delete", "doomed")
    assert (refused.code, refused.err) == (1, "Nothing was deleted: there is no terminal to ask in. Add --yes.\n")
    deleted = cli.run("bots", "delete", "doomed", "--yes", "--json")
    assert deleted.json == {"name": "doomed", "kind": "stand-in", "is_deleted": True}
    assert cli.run("bots", "show", "doomed").code == 1


def test_unknown_and_impossible_names_are_sentences(cli: Cli) -> None:
    unknown = cli.run("bots", "show", "nobody", "--json")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == "There is no bot 'nobody' on this hub. See: rookery bots list\n"
    for name in ("", ".", "..", "a/b", "../keys"):
        assert "cannot be a bot's name" in cli.run("bots", "show", name).err
    for name in ("wo?ist=er", "a b", "ä#"):
        assert "There is no bot" in cli.run("bots", "show", name).err
