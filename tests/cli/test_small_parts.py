"""Pure parts: addresses, durations, parameters, safe text, ages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from rookery.cli.addresses import identify_hub, is_this_machine, parse_address
from rookery.cli.chat.parameters import read_parameters, split_parameters
from rookery.cli.durations import parse_duration
from rookery.cli.output import describe_age, print_json, safe_line, safe_text


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        (" http://Localhost:8080 ", "http://localhost:8080"),
        ("https://hub.example.com", "https://hub.example.com"),
        ("https://example.com/rookery/", "https://example.com/rookery"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_has_one_spelling(typed: str, address: str) -> None:
    assert parse_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "foo", "localhost:8080", "ftp://x", "http://", "http://x:port", "http://[::1", "http://u:p@x"]
)
def test_what_is_no_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"it looks like http://127.0.0.1:8080|belongs into ROOKERY_API_KEY"):
        parse_address(typed)


def test_all_names_of_this_machine_are_the_same_hub() -> None:
    addresses = ["http://localhost:8080", "http://127.0.0.1:8080/", "http://[::1]:8080", "http://0.0.0.0:8080"]
    assert {identify_hub(address).file_name for address in addresses} == {"127.0.0.1_8080"}


def test_other_port_scheme_or_path_is_another_hub() -> None:
    addresses = ["http://h", "http://h:8080", "https://h", "http://h/a", "http://i", "http://127.0.0.2"]
    names = [identify_hub(address).file_name for address in addresses]
    assert names == ["h_80", "h_8080", "h_443_https", "h_80_a", "i_80", "127.0.0.2_80"]


def test_the_file_name_of_a_hub_has_no_slash_or_colon() -> None:
    assert identify_hub("https://[fe80::1]:1/a/b").file_name == "fe80%3A%3A1_1_https_a%2Fb"


@pytest.mark.parametrize(("address", "is_here"), [("http://a.localhost", True), ("http://10.0.0.1", False)])
def test_this_machine_is_recognised(address: str, is_here: bool) -> None:
    assert is_this_machine(address) is is_here


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("2W", 1_209_600)]
)
def test_durations_are_read_in_all_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5x", "-1d", "1.5h", "d", "0s", "999999999w"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|100 years"):
        parse_duration(text)


def test_parameters_are_json_where_they_can_be() -> None:
    options = ["n=1", "on=true", 'list=["a"]', "text=hello there", 'number_as_text="1"', "none=null", "empty=", "e=a=b"]
    assert read_parameters(split_parameters(options)) == {
        "n": 1,
        "on": True,
        "list": ["a"],
        "text": "hello there",
        "number_as_text": "1",
        "none": None,
        "empty": "",
        "e": "a=b",
    }


def test_numbers_that_json_does_not_have_stay_text() -> None:
    assert read_parameters(split_parameters(["a=NaN", "b=-Infinity", "c=" + "[" * 10_000])) == {
        "a": "NaN",
        "b": "-Infinity",
        "c": "[" * 10_000,
    }


def test_parameters_are_read_as_the_bots_controls_take_them() -> None:
    field = {"control": "text_field", "label": "L", "parameter_name": "title"}
    switch = {"control": "toggle_switch", "label": "L", "parameter_name": "loud"}
    controls = {"sections": [{"controls": [field, switch]}]}
    texts = {"title": "30", "loud": "yes", "other": "30"}
    assert read_parameters(texts, controls) == {"title": "30", "loud": True, "other": 30}
    assert read_parameters(texts, {"sections": 5}) == {"title": 30, "loud": "yes", "other": 30}


@pytest.mark.parametrize("option", ["k", "=v", " =v"])
def test_a_parameter_without_name_or_value_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match="write name=value"):
        split_parameters([option])


def test_text_of_bots_cannot_steer_the_terminal() -> None:
    hostile = "a\x1b[31mred\x1b[0m\x1b]52;c;ZXZpbA==\x07b\x1bPq#0\x1b\\c\x08\x7f\x9b2Jd\u202ee\r\nf\tg"
    assert safe_text(hostile) == "aredbc2Jde\nf\tg"
    assert safe_line(" two\n lines\x1b[2J ") == "two lines"


def test_json_cannot_steer_the_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    body = {"text": "ä\x1b[31m\x9b31m\u202e\x7f\n"}
    print_json(body)
    printed = capsys.readouterr().out
    assert printed == '{"text": "ä\\u001b[31m\\u009b31m\\u202e\\u007f\\n"}\n'
    assert json.loads(printed) == body


def test_a_sequence_that_is_cut_loses_its_power() -> None:
    assert safe_text("\x1b[3") + safe_text("1mred") == "31mred"


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, "0 s ago"), (119, "119 s ago"), (300, "5 min ago"), (7200, "2 h ago"), (400_000, "4 d ago")],
)
def test_ages_are_told_in_a_fitting_unit(seconds: int, age: str) -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert describe_age((now - timedelta(seconds=seconds)).isoformat(), now) == age


def test_an_age_is_never_negative_or_invented() -> None:
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert describe_age((now + timedelta(seconds=5)).isoformat(), now) == "0 s ago"
    assert describe_age(None) == "never"
