"""The import rule (docs/architecture.md): who may use whom. A folder that is not listed may not exist.

cli → hosting, hub, sdk → protocol        the SDK and the hub do not know each other
inside the hub: app → chats, botapi → relay → bots, files → accounts; adapters (storage, upstream, standins,
attachments) from the side
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import rookery

ROOT = Path(rookery.__file__).parent

PACKAGES = {
    "protocol": set[str](),
    "sdk": {"protocol"},
    "hub": {"protocol", "version"},
    "hosting": {"sdk", "protocol"},
    "conformance": {"protocol"},
    "cli": {"hosting", "hub", "protocol", "conformance", "version"},
    "testing": {"sdk", "protocol"},
    "version": set[str](),
    # The doors of the drop-in: `import rookery as fp`, `from rookery.types import …` (protocol 9.1).
    "__init__": {"sdk", "protocol", "base", "client", "templates", "types", "sync_utils"},
    "base": {"sdk", "protocol"},
    "client": {"sdk", "protocol"},
    "templates": {"sdk", "protocol"},
    "types": {"sdk", "protocol"},
    "sync_utils": {"sdk", "protocol"},
}

BASE = {"errors", "clock", "vault", "failures", "tasks", "settings", "data_folder", "address"}
HUB = {
    "errors": set[str](),
    "clock": set[str](),
    "vault": set[str](),
    "failures": set[str](),
    "tasks": set[str](),
    "settings": set[str](),
    "data_folder": set[str](),
    "address": set[str](),
    "http": BASE | {"accounts"},
    "openapi": {"http"},
    "operations": {"accounts", "errors", "http"},
    "accounts": BASE | {"http"},
    "files": BASE | {"http", "accounts"},
    "parsing": BASE | {"files"},
    "bots": BASE | {"http", "accounts"},
    "relay": BASE | {"http", "accounts", "bots", "streaming"},
    "streaming": BASE | {"relay"},
    "attachments": BASE | {"bots", "files", "parsing", "relay"},
    "chats": BASE | {"http", "accounts", "bots", "files", "relay", "streaming"},
    "botapi": BASE | {"http", "accounts", "bots", "files", "relay", "streaming"},
    "pages": BASE | {"http", "accounts", "bots"},
    "storage": BASE | {"accounts", "bots", "chats", "files", "parsing", "relay"},
    "upstream": BASE | {"bots", "files", "parsing", "relay", "standins"},
    "standins": BASE | {"bots"},
    "app": BASE
    | {"http", "accounts", "attachments", "bots", "botapi", "chats", "files", "openapi", "operations"}
    | {"pages", "parsing", "relay", "standins", "storage", "upstream"},
}

ROOMS_THAT_MAY_USE_THE_HUB = {"up", "dev", "platform", "registration", "report"}
"""Command-line modules that start a hub; all others only talk to one and must stay light."""


def imports_of(path: Path) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = tuple(name.split("."))
            if parts[0] == "rookery" and len(parts) > 1:
                yield parts[1:]


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def room_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_uses_only_those_below_it(path: Path) -> None:
    room = room_of(path, ROOT)
    allowed = PACKAGES[room] | {room}
    used = {parts[0] for parts in imports_of(path)}
    assert used <= allowed, f"{room} may not use {sorted(used - allowed)}"


@pytest.mark.parametrize("path", sources(ROOT / "hub"), ids=lambda path: str(path.relative_to(ROOT)))
def test_inside_the_hub_a_room_uses_only_those_below_it(path: Path) -> None:
    room = room_of(path, ROOT / "hub")
    if room == "__init__":
        return
    allowed = HUB[room] | {room}
    used = {parts[1] for parts in imports_of(path) if parts[0] == "hub" and len(parts) > 1}
    assert used <= allowed, f"hub.{room} may not use {sorted(used - allowed)}"


@pytest.mark.parametrize("path", sources(ROOT / "hub"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_feature_never_reaches_into_anothers_store_or_routes(path: Path) -> None:
    room = room_of(path, ROOT / "hub")
    features = {"accounts", "bots", "botapi", "chats", "files", "parsing", "relay"}
    if room not in features:
        return
    for parts in imports_of(path):
        if parts[0] == "hub" and len(parts) > 2 and parts[1] in features - {room}:
            assert parts[2] not in {"store", "routes"}, parts


@pytest.mark.parametrize("path", sources(ROOT / "cli"), ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_talk_to_a_hub_do_not_import_it(path: Path) -> None:
    if room_of(path, ROOT / "cli") in ROOMS_THAT_MAY_USE_THE_HUB:
        return
    assert not [parts for parts in imports_of(path) if parts[0] in {"hub", "hosting"}]


def test_the_modules_have_no_import_cycles() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sources(ROOT)}
    edges = {
        name: {found for parts in imports_of(path) if (found := _module(parts, modules)) and found != name}
        for name, path in modules.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join([*trail[trail.index(name) :], name])
        if name in done:
            return
        for following in edges[name]:
            visit(following, (*trail, name))
        done.add(name)

    for name in modules:
        visit(name, ())


def _module(parts: tuple[str, ...], modules: dict[str, Path]) -> str | None:
    for length in range(len(parts), 0, -1):
        for name in (".".join(parts[:length]), ".".join([*parts[:length], "__init__"])):
            if name in modules:
                return name
    return None


def test_only_the_settings_module_of_the_hub_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in sources(ROOT / "hub")
        if "os.environ" in path.read_text() or "getenv" in path.read_text() or "BaseSettings" in path.read_text()
    ]
    assert readers == ["hub/settings.py"]
