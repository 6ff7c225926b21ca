"""The parts without processes: lines, pauses, the child's environment, its reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery.hosting import BotFileError, BotLaunch, choose_sdk
from rookery.hosting.backoff import Backoff
from rookery.hosting.control import LoadedBot, ReadyReport, decode_report, encode_failure, encode_ready
from rookery.hosting.environment import build_environment
from rookery.hosting.lines import LineSplitter

from .running import KEY


def test_lines_arrive_whole_however_the_bytes_are_cut() -> None:
    lines = LineSplitter()
    text = "grüße\r\nsecond\n\nlast".encode()
    got = [line for index in range(len(text)) for line in lines.feed(text[index : index + 1])]
    assert [*got, *lines.flush()] == ["grüße", "second", "", "last"]
    assert list(lines.flush()) == []


def test_a_line_over_the_limit_comes_in_pieces() -> None:
    lines = LineSplitter(limit_bytes=4)
    assert list(lines.feed(b"abcdefghij")) == ["abcd", "efgh"]
    assert list(lines.feed(b"k\nlmnopq\n")) == ["ijk", "lmno", "pq"]


def test_bytes_that_are_not_text_are_replaced() -> None:
    assert list(LineSplitter().feed(b"a\xff\n")) == ["a�"]


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff()
    assert [backoff.next_delay_s(1.0) for _ in range(8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_healthy_life_makes_the_pause_short_again() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.next_delay_s(1.0)
    assert backoff.next_delay_s(60.0) == 0.5
    assert backoff.next_delay_s(59.9) == 1.0


def test_nothing_of_the_hub_is_handed_down_to_a_bot() -> None:
    own = {"ROOKERY_API_KEY": "secret", "ROOKERY_DATABASE_URL": "secret", "OPENAI_API_KEY": "mine", "PATH": "/bin"}
    environment = build_environment(own, hub_url="http://127.0.0.1:8080", access_key=KEY)
    assert "secret" not in environment.values()
    assert environment["OPENAI_API_KEY"] == "mine"
    assert environment["POE_ACCESS_KEY"] == KEY
    assert environment["ROOKERY_URL"] == "http://127.0.0.1:8080"
    assert environment["ROOKERY_SYNC_SETTINGS"] == "off"


def test_the_hub_is_never_reached_through_a_proxy() -> None:
    environment = build_environment({"NO_PROXY": "a.example"}, hub_url="http://127.0.0.1:8080", access_key=KEY)
    assert environment["NO_PROXY"] == "a.example,127.0.0.1"
    assert environment["no_proxy"] == "127.0.0.1"


def test_a_ready_report_survives_the_way_to_the_parent() -> None:
    bots = (LoadedBot("Echo", KEY, "/"), LoadedBot("Grüße", "k", "/g"))
    assert decode_report(encode_ready(4711, "rookery", bots)) == ReadyReport(4711, "rookery", bots)


def test_a_failure_survives_the_way_to_the_parent() -> None:
    sent = BotFileError("It broke.", remedy="Mend it.", file=Path("/a/main.py"), line=3, details="a\nb")
    with pytest.raises(BotFileError) as raised:
        decode_report(encode_failure(sent))
    assert vars(raised.value) == vars(sent)


def test_an_access_key_of_another_length_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValueError, match="32 characters, not 5"):
        BotLaunch(Path("main.py"), "http://127.0.0.1:8080", "short")


def test_an_access_key_is_not_shown() -> None:
    assert KEY not in repr(BotLaunch(Path("main.py"), "http://127.0.0.1:8080", KEY))


def test_the_real_package_is_the_default_where_it_is_installed() -> None:
    assert choose_sdk(None) == "fastapi_poe"
    assert choose_sdk("rookery") == "rookery"
