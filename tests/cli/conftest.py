"""Fixtures: one hub for all tests of the command, and the command pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Cli, cli_for
from tests.cli.world import Home, World


@pytest.fixture(autouse=True, scope="session")
def cached_bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes of the command share compiled packages, also where the surroundings forbid writing caches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


@pytest.fixture(scope="session")
def home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A hub that all tests share; each makes bots of its own names in it."""
    return Home(world, tmp_path_factory.mktemp("hub"))


@pytest.fixture
def empty_home(world: World, tmp_path: Path) -> Home:
    """A hub without anything, for this test only."""
    return Home(world, tmp_path / "hub")


@pytest.fixture
def config_dir(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def cli(home: Home, config_dir: Path) -> Cli:
    return cli_for(home, config_dir)
