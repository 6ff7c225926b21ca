"""Ctrl-C comes through where the code waits, and nowhere else."""

from __future__ import annotations

import signal

import pytest

from rookery.cli.chat.answer import AnswerReader
from rookery.cli.chat.follow import follow_reply
from rookery.cli.chat.interrupts import InterruptGate
from rookery.cli.chat.screens import JsonScreen
from rookery.cli.credentials import Credential
from rookery.cli.hub_client import HubClient
from tests.cli.proxies import OddHub, numbered
from tests.cli.world import World
from tests.support.serving import serve


def test_an_interrupt_waits_until_the_gate_is_open() -> None:
    reached = []
    with InterruptGate() as gate:
        signal.raise_signal(signal.SIGINT)
        reached.append("behind the gate")
        with pytest.raises(KeyboardInterrupt), gate.open():
            reached.append("never")
        with gate.open():
            reached.append("once only")
    assert reached == ["behind the gate", "once only"]


def test_an_open_gate_lets_an_interrupt_through_at_once() -> None:
    with InterruptGate() as gate, pytest.raises(KeyboardInterrupt), gate.open():
        signal.raise_signal(signal.SIGINT)


def test_behind_the_gate_everything_is_as_before() -> None:
    with InterruptGate():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


class InterruptedScreen(JsonScreen):
    """Somebody presses Ctrl-C just when text is shown."""

    def append(self, text: str) -> None:
        signal.raise_signal(signal.SIGINT)


def read(world: World, reader: AnswerReader, *events: str) -> None:
    url = world.enter(serve(OddHub(*events).app()))
    with InterruptGate() as gate, HubClient(url, Credential("rk-any", "test")) as hub:
        reader.read(gate, follow_reply(hub, "q1"))


def test_an_interrupt_when_all_has_come_stops_nothing(world: World) -> None:
    reader = AnswerReader(InterruptedScreen())
    read(world, reader, numbered(1, "text", {"text": "all"}) + numbered(2, "done", {}))
    assert reader.is_done


def test_what_was_taken_before_an_interrupt_is_counted(world: World) -> None:
    reader = AnswerReader(InterruptedScreen())
    with pytest.raises(KeyboardInterrupt):
        read(world, reader, numbered(1, "text", {"text": "begun"}))
    assert reader.number == 1
