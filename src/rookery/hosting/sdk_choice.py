"""Which package a bot file gets when it says `import fastapi_poe`: the real one, or ours under that name."""

from __future__ import annotations

import importlib.util
from typing import Literal

__all__ = ["Sdk", "choose_sdk", "is_fastapi_poe_installed"]

Sdk = Literal["rookery", "fastapi_poe"]


def is_fastapi_poe_installed() -> bool:
    """Whether the real package can be imported. Ask before `alias` is installed, which makes the name importable."""
    return importlib.util.find_spec("fastapi_poe") is not None


def choose_sdk(wanted: Sdk | None) -> Sdk:
    """The SDK to run with: what was asked for, otherwise the real package where the environment has it.

    Asking for `fastapi_poe` without having it is refused by `load`, which can say so as a `BotFileError`.
    """
    return wanted or ("fastapi_poe" if is_fastapi_poe_installed() else "rookery")
