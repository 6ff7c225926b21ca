"""What a child says to its parent: one JSON object on one line of the control socket, once.

{"event": "ready", "port": 40123, "sdk": "rookery", "bots": [{"name": …, "access_key": …, "path": …}]}
{"event": "failed", "sentence": …, "remedy": …, "file": …, "line": …, "details": …}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rookery.hosting.model import BotFileError
from rookery.hosting.sdk_choice import Sdk

__all__ = ["LoadedBot", "ReadyReport", "decode_report", "encode_failure", "encode_ready"]


class LoadedBot(NamedTuple):
    """A bot as its own process knows it: without an address, which the parent works out from the port."""

    name: str
    access_key: str
    path: str


@dataclass(frozen=True, slots=True)
class ReadyReport:
    port: int
    sdk: Sdk
    bots: tuple[LoadedBot, ...]


def encode_ready(port: int, sdk: Sdk, bots: Sequence[LoadedBot]) -> bytes:
    return _encode({"event": "ready", "port": port, "sdk": sdk, "bots": [bot._asdict() for bot in bots]})


def encode_failure(error: BotFileError) -> bytes:
    return _encode(
        {
            "event": "failed",
            "sentence": error.sentence,
            "remedy": error.remedy,
            "file": str(error.file) if error.file else None,
            "line": error.line,
            "details": error.details,
        }
    )


def decode_report(line: bytes) -> ReadyReport:
    """The report on a line which a child wrote. Raises the `BotFileError` that a `failed` line holds."""
    report = json.loads(line)
    if report["event"] == "failed":
        raise BotFileError(
            report["sentence"],
            remedy=report["remedy"],
            file=Path(report["file"]) if report["file"] else None,
            line=report["line"],
            details=report["details"],
        )
    return ReadyReport(report["port"], report["sdk"], tuple(LoadedBot(**bot) for bot in report["bots"]))


def _encode(report: dict[str, object]) -> bytes:
    return json.dumps(report).encode() + b"\n"
