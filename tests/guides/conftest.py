"""Each module here tests one file of `examples/guides`, run in a child process with either SDK, behind a real hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from rookery.hosting import Sdk
from tests.hosting.conftest import cached_bytecode

from .running import GUIDES, Guide, running_guide

__all__ = ["cached_bytecode"]

SDKS: tuple[Sdk, ...] = ("rookery", "fastapi_poe")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test runs in its module's event loop, in which the hub and the child process live."""
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SDKS)
async def guide(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cached_bytecode: None
) -> AsyncIterator[Guide]:
    """The bot file that the test's module is named after, running; one hub and one child per module and SDK."""
    file = GUIDES / f"{request.module.__name__.rpartition('.')[2].removeprefix('test_')}.py"
    async with running_guide(file, request.param, tmp_path_factory.mktemp("hub")) as running:
        yield running
