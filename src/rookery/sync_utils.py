"""Blocking calls, under the module name of `fastapi_poe.sync_utils`."""

from rookery.sdk.sync import run_sync

__all__ = ["run_sync"]
