"""What is settled in a recorded exchange, so that it replays the same on another day."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rookery.hub.relay.recording import settle_links
from rookery.protocol.events import DoneEvent, FileEvent, TextEvent
from rookery.testing.exchange import Exchange, describe_difference

HUB = "https://hub.example.com"
IDS = st.binary(min_size=16, max_size=16).map(lambda raw: f"f-{raw.hex()}")
NAMES = st.sampled_from(["a.txt", "b%20c.png", "ä.pdf"])
MOMENTS = st.integers(0, 10**10)


def link(file_id: str, name: str, expires: int) -> str:
    return f"{HUB}/files/{file_id}/{name}?expires={expires}&signature={file_id[2:]}"


@given(IDS, IDS, NAMES, MOMENTS, MOMENTS)
def test_links_become_the_same_in_each_run(one: str, two: str, name: str, soon: int, late: int) -> None:
    first, second = (
        settle_links({"url": address, "text": [f"![x][r]\n[r]: {address} (see {address})"]}, HUB)
        for address in (link(one, name, soon), link(two, name, late))
    )
    assert first == second
    assert one not in str(first)
    assert "signature" not in str(first)
    assert first["url"] == f"http://127.0.0.1:0/files/any/{name}"
    assert settle_links(first, HUB) == first


@given(st.text(max_size=50))
def test_what_is_no_link_of_the_hub_stays(text: str) -> None:
    others = {"a": [f"https://other.example.com/files/f-1/{text}", text]}
    assert settle_links(others, HUB) == others


def exchange(*events: Any) -> Exchange:
    return Exchange("Bot", {"query": []}, (*events, DoneEvent()))


def file(folder: str, name: str) -> FileEvent:
    return FileEvent(url=f"http://127.0.0.1:4711/files/{folder}/{name}", content_type="image/png", file_name=name)


def test_a_recorded_file_is_any_file_of_its_name() -> None:
    recorded = exchange(file("any", "cat.png"))
    assert describe_difference(recorded, exchange(file("a" * 32, "cat.png"))) is None
    assert "dog.png" in (describe_difference(recorded, exchange(file("a" * 32, "dog.png"))) or "")
    assert describe_difference(recorded, exchange(TextEvent("no file"))) is not None


def test_what_the_kit_recorded_itself_says_which_content_a_file_had() -> None:
    assert describe_difference(exchange(file("a" * 32, "x")), exchange(file("b" * 32, "x"))) is not None
