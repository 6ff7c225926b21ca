"""`rookery users` against a real hub."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.cli.running import Cli, cli_for
from tests.cli.terminal import Terminal
from tests.cli.world import Home


def sign_in(home: Home, **body: str) -> int:
    return httpx.post(f"{home.url}/api/sign-in", json=body, trust_env=False).status_code


def test_a_new_member_gets_a_link_and_only_the_link_is_on_standard_output(home: Home, cli: Cli) -> None:
    created = cli.run("users", "create", "Zoë One")
    assert created.code == 0
    url, _, token = created.out.removesuffix("\n").partition("#")
    assert url == f"{home.url}/sign-in"
    assert "Zoë One" in created.err
    assert "works once" in created.err
    assert sign_in(home, token=token) == 200
    assert sign_in(home, token=token) == 401


def test_a_taken_or_impossible_name_is_a_sentence(cli: Cli) -> None:
    cli.run("users", "create", "Taken")
    refused = cli.run("users", "create", "TAKEN")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "There is already somebody called 'TAKEN' here. Choose another name.\n"
    assert cli.run("users", "create", "a\tb\x1b[2J").code == 1
    assert cli.run("users", "create", "\udcff").code == 1


def test_everybody_is_listed(cli: Cli) -> None:
    cli.run("users", "create", "Listed")
    table = cli.run("users", "list").out
    assert table.splitlines()[0].split() == ["name", "role", "last", "signed", "in", "password", "id"]
    assert "Listed" in table
    people = cli.run("users", "list", "--json").json["people"]
    assert people[0]["role"] == "owner"
    assert "Listed" in [person["name"] for person in people]


def test_a_link_is_made_for_a_name_in_any_case_or_an_id(home: Home, cli: Cli) -> None:
    person = cli.run("users", "create", "Linked", "--json").json["person"]
    for name in ("LINKED", person["id"]):
        made = cli.run("users", "link", name, "--json").json
        assert made["person"]["name"] == "Linked"
        assert sign_in(home, token=made["link"]["token"]) == 200
    assert cli.run("users", "link", "owner").out.startswith(f"{home.url}/sign-in#")
    refused = cli.run("users", "link", "Nobody")
    assert (refused.code, refused.err) == (1, "There is nobody 'Nobody' on this hub. See: rookery users list\n")


def test_removing_asks_first_and_ends_the_account(home: Home, cli: Cli) -> None:
    token = cli.run("users", "create", "Gone", "--json").json["link"]["token"]
    unasked = cli.run("users", "remove", "Gone")
    assert (unasked.code, unasked.err) == (1, "Nobody was removed: there is no terminal to ask in. Add --yes.\n")
    assert cli.run("users", "remove", "gone", "--yes").out == "Removed Gone.\n"
    assert sign_in(home, token=token) == 401
    assert cli.run("users", "remove", "Gone", "--yes").code == 1
    refused = cli.run("users", "remove", "owner", "--yes", "--json")
    assert (refused.code, refused.err) == (1, "The hub's owner cannot be removed.\n")


def test_the_password_is_taken_from_standard_input_without_a_terminal(empty_home: Home, config_dir: Path) -> None:
    cli = cli_for(empty_home, config_dir)
    first = cli.run("users", "set-password", input="correct horse\n")
    assert first.code == 0
    assert first.out == f"The password of owner is set. Sign in with it at {empty_home.url}/sign-in\n"
    assert sign_in(empty_home, name="owner", password="correct horse") == 200
    assert cli.run("users", "set-password", input="another horse\n").code == 1
    assert cli.run("users", "set-password", input="another horse\nwrong\n").code == 1
    assert cli.run("users", "set-password", "--json", input="another horse\ncorrect horse\n").json["person"]["name"]
    assert sign_in(empty_home, name="owner", password="another horse") == 200
    short = cli.run("users", "set-password", input="short\nanother horse\n")
    assert short.code == 1
    assert "at least 8 characters" in short.err


@pytest.mark.slow
def test_a_typed_password_is_not_shown(empty_home: Home, config_dir: Path) -> None:
    cli = cli_for(empty_home, config_dir)
    with Terminal(cli.environment(), "users", "set-password") as terminal:
        terminal.until("New password:")
        terminal.send("hidden horse\n")
        terminal.until("The same again:")
        terminal.send("hidden horse\n")
        terminal.until("is set")
        assert "hidden" not in terminal.text
    assert sign_in(empty_home, name="owner", password="hidden horse") == 200


def test_a_member_manages_nobody(home: Home, cli: Cli) -> None:
    home.world.run(home.hub.hub.people.create_person("Plain"))
    person = next(p for p in home.world.run(home.hub.hub.people.list_people()) if p.name == "Plain")
    _, key = home.world.run(home.hub.hub.accounts.create_key(person, "k"))
    for arguments in (["list"], ["create", "x"], ["link", "owner"], ["remove", "owner", "--yes"]):
        refused = cli.run("users", *arguments, ROOKERY_API_KEY=key)
        assert (refused.code, refused.err) == (1, "Only the hub's owner may do this. Ask them.\n")
