"""The owner's credential on this machine: where it is kept, who may read it, and which key is used."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from rookery.cli.credentials import choose_credential, credential_path, find_credential, save_credential
from rookery.cli.errors import CommandError
from tests.cli.running import cli_for
from tests.cli.world import Home


@pytest.fixture(autouse=True)
def own_folder(config_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_CONFIG_DIR", str(config_dir))
    monkeypatch.delenv("ROOKERY_API_KEY", raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_saved_credential_is_found_under_every_name_of_the_hub() -> None:
    save_credential("http://localhost:8080", "rk-one")
    assert find_credential("http://127.0.0.1:8080/") == "rk-one"
    assert find_credential("http://[::1]:8080") == "rk-one"
    assert find_credential("http://127.0.0.1:8081") is None
    assert find_credential("https://127.0.0.1:8080") is None


def test_there_is_one_file_per_hub_and_only_its_owner_can_read_it(config_dir: Path) -> None:
    path = save_credential("http://127.0.0.1:8080", "rk-one")
    assert path == config_dir / "hubs" / "127.0.0.1_8080.json"
    assert (mode(config_dir), mode(path.parent), mode(path)) == (0o700, 0o700, 0o600)
    assert json.loads(path.read_text()) == {"hub": "http://127.0.0.1:8080", "api_key": "rk-one"}


def test_saving_replaces_the_file_in_one_step_and_leaves_no_other() -> None:
    path = save_credential("http://127.0.0.1:8080", "rk-one")
    path.chmod(0o644)
    save_credential("http://127.0.0.1:8080", "rk-two")
    assert find_credential("http://127.0.0.1:8080") == "rk-two"
    assert mode(path) == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"api_key": 1}', '{"api_key": ""}', "\x00"])
def test_a_damaged_file_counts_as_none(content: str) -> None:
    path = save_credential("http://127.0.0.1:8080", "rk-one")
    path.write_text(content)
    assert find_credential("http://127.0.0.1:8080") is None


def test_a_folder_that_cannot_be_made_is_a_sentence(config_dir: Path) -> None:
    config_dir.write_text("a file in the way")
    with pytest.raises(CommandError, match="cannot be saved in") as caught:
        save_credential("http://127.0.0.1:8080", "rk-one")
    assert caught.value.remedy == "Name another folder with ROOKERY_CONFIG_DIR."
    assert find_credential("http://127.0.0.1:8080") is None


def test_the_variable_goes_before_the_saved_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    save_credential("http://127.0.0.1:8080", "rk-saved")
    saved = choose_credential("http://127.0.0.1:8080")
    monkeypatch.setenv("ROOKERY_API_KEY", " rk-set\n")
    chosen = choose_credential("http://127.0.0.1:8080")
    assert (saved and saved.api_key, chosen and chosen.api_key) == ("rk-saved", "rk-set")
    assert "rk-set" not in repr(chosen)


def test_a_variable_that_cannot_be_a_key_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_API_KEY", "schlüssel")
    with pytest.raises(CommandError, match="holds characters that are in no API key"):
        choose_credential("http://127.0.0.1:8080")


def test_the_command_signs_in_with_the_saved_credential(home: Home, config_dir: Path) -> None:
    save_credential(home.url, home.api_key)
    assert cli_for(home, config_dir, signed_in=False).run("bots", "list").code == 0


def test_without_a_key_the_remedy_names_the_variable(home: Home, config_dir: Path) -> None:
    outcome = cli_for(home, config_dir, signed_in=False).run("bots", "list")
    assert outcome.code == 1
    assert outcome.err == (
        f"The hub at {home.url} asks who you are, and this machine has no API key for it. "
        "Set ROOKERY_API_KEY; a key is made with 'rookery keys create' where the hub was started.\n"
    )


def test_a_refused_key_is_named_by_where_it_comes_from(home: Home, config_dir: Path) -> None:
    path = credential_path(home.url)
    save_credential(home.url, "rk-old")
    cli = cli_for(home, config_dir, signed_in=False)
    assert f"does not accept the API key in {path}" in cli.run("bots", "list").err
    assert "does not accept the API key in ROOKERY_API_KEY" in cli.run("bots", "list", ROOKERY_API_KEY="rk-no").err
