"""`rookery keys` against a real hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from rookery.cli.keys import key_state
from tests.cli.running import Cli, cli_for
from tests.cli.world import Home


def test_only_the_key_is_on_standard_output(cli: Cli) -> None:
    created = cli.run("keys", "create", "--name", "laptop-a")
    assert created.code == 0
    key = created.out.removesuffix("\n")
    assert key.startswith("rk-")
    assert not any(character.isspace() for character in key)
    assert "laptop-a" in created.err
    assert "shown this once" in created.err
    assert cli.run("bots", "list", ROOKERY_API_KEY=key).code == 0


def test_a_key_can_expire_and_can_be_for_one_bot(home: Home, cli: Cli) -> None:
    one, other = home.add_stand_in("scoped-one"), home.add_stand_in("scoped-other")
    body = cli.run("keys", "create", "--name", "scoped", "--expires", "30d", "--bot", one, "--json").json
    lifetime = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < lifetime <= timedelta(days=30)
    assert body["bot"] == one
    key = body["key"]
    assert cli.run("chat", one, "hello", ROOKERY_API_KEY=key).code == 0
    refused = cli.run("chat", other, "hello", ROOKERY_API_KEY=key)
    assert (refused.code, refused.out) == (1, "")
    assert "reaches the bot 'scoped-one' only" in refused.err


def test_the_list_never_shows_a_key(cli: Cli) -> None:
    key = cli.run("keys", "create", "--name", "listed", "--expires", "2w").out.strip()
    listed = cli.run("keys", "list").out
    line = next(line for line in listed.splitlines() if line.startswith("listed "))
    assert key[:9] in line
    assert " valid " in line
    assert key not in listed
    keys = cli.run("keys", "list", "--json").json["keys"]
    assert "listed" in [each["name"] for each in keys]
    assert all("key" not in each for each in keys)


def test_a_revoked_key_is_refused_from_then_on(cli: Cli) -> None:
    key = cli.run("keys", "create", "--name", "revoked").out.strip()
    revoked = cli.run("keys", "revoke", "revoked")
    assert (revoked.code, revoked.out) == (0, f"Revoked the API key 'revoked' ({key[:9]}…).\n")
    assert cli.run("bots", "list", ROOKERY_API_KEY=key).code == 1
    again = cli.run("keys", "revoke", "revoked")
    assert (again.code, again.err) == (1, "No API key 'revoked' to revoke. See: rookery keys list\n")


def test_a_name_that_fits_two_keys_is_refused(cli: Cli) -> None:
    first = cli.run("keys", "create", "--name", "twin", "--json").json
    cli.run("keys", "create", "--name", "twin")
    refused = cli.run("keys", "revoke", "twin")
    assert refused.code == 1
    assert "2 API keys fit 'twin'" in refused.err
    assert cli.run("keys", "revoke", first["id"], "--json").json["id"] == first["id"]


def test_a_duration_that_is_none_is_a_usage_error(cli: Cli) -> None:
    refused = cli.run("keys", "create", "--expires", "soon")
    assert refused.code == 2
    assert "'soon' is no duration" in refused.err


def test_keys_of_another_hub_are_no_business_of_this_one(empty_home: Home, config_dir: Path) -> None:
    listed = cli_for(empty_home, config_dir).run("keys", "list", "--json").json
    assert [key["name"] for key in listed["keys"]] == ["test"]


def test_the_state_of_a_key_is_told_in_a_word() -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    key = {"revoked_at": None, "expires_at": None}
    assert key_state(key, now) == "valid"
    assert key_state({**key, "expires_at": "2026-01-31T00:00:01+00:00"}, now) == "valid"
    assert key_state({**key, "expires_at": "2026-01-31T00:00:00+00:00"}, now) == "expired"
    assert key_state({**key, "revoked_at": "2026-01-30T00:00:00+00:00"}, now) == "revoked"
