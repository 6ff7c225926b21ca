"""The garbage collector and what lives as long as the process."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI


class _Memory:
    """What this process has done about its memory."""

    is_settled = False


def settle_at_start(app: FastAPI) -> None:
    """Lets the app's start-up phase take all that is loaded by then out of the collector's rounds, once per process.

    Modules and schemas are never freed; walking them again and again is two fifths of a short reply's time, and its
    worst cases (docs/performance.md).
    """
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        async with inner(app) as state:
            if not _Memory.is_settled:
                _Memory.is_settled = True
                gc.collect()
                gc.freeze()
            yield state

    app.router.lifespan_context = lifespan
