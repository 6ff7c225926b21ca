"""A bot file becomes running bots: its own process on loopback, restarted when it fails, replaced when it is saved.

For callers (the command line): `HostedFile` keeps a file running and tells what happens, `BotProcess` is a single run.
The author's code is only ever executed in the child process; nothing in this package registers bots with a hub.
"""

from rookery.hosting.backoff import Backoff
from rookery.hosting.model import (
    BotFileError,
    Changed,
    Exited,
    Failed,
    HostedBot,
    HostEvent,
    Output,
    Ready,
    Starting,
)
from rookery.hosting.process import BotLaunch, BotProcess
from rookery.hosting.sdk_choice import Sdk, choose_sdk
from rookery.hosting.supervisor import HostedFile, OnEvent

__all__ = [
    "Backoff",
    "BotFileError",
    "BotLaunch",
    "BotProcess",
    "Changed",
    "Exited",
    "Failed",
    "HostEvent",
    "HostedBot",
    "HostedFile",
    "OnEvent",
    "Output",
    "Ready",
    "Sdk",
    "Starting",
    "choose_sdk",
]
