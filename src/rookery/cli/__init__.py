"""The `rookery` command. `main` is its entry point; `app` holds the table of commands and where each one lives.

One file per command (or group of commands); a command's file is imported only when that command runs. What talks to
a running hub goes through `hub_client`; only `up` and `dev` may import code of the hub itself.
"""

from __future__ import annotations

from rookery.cli.app import main

__all__ = ["main"]
