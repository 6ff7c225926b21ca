"""The two changes to the import system: a name for our SDK, and calls after an import."""

from __future__ import annotations

import importlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from rookery.hosting.alias import AliasFinder
from rookery.hosting.import_hooks import ImportHooks

from .running import write_bot


@pytest.fixture
def own_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package that stands for ours, with a submodule and a subpackage; nothing of it stays imported."""
    write_bot(tmp_path, "from own_sdk.base import Bot\n__all__ = ['Bot']\n", "own_sdk/__init__.py")
    write_bot(tmp_path, "from own_sdk.types import Request\nclass Bot:\n    request = Request\n", "own_sdk/base.py")
    write_bot(tmp_path, "class Request: ...\n", "own_sdk/types.py")
    write_bot(tmp_path, "from ..types import Request\n", "own_sdk/deep/__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    before = set(sys.modules)
    yield "own_sdk"
    for name in set(sys.modules) - before:
        del sys.modules[name]


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


def test_the_alias_gives_the_same_modules_and_classes(own_sdk: str) -> None:
    AliasFinder("other_sdk", own_sdk).install()
    from_submodule = load("other_sdk.types").Request
    assert from_submodule is load("own_sdk.types").Request is load("own_sdk").Bot.request
    assert load("other_sdk.deep").Request is from_submodule
    for name in ("", ".types", ".base", ".deep"):
        assert load(f"other_sdk{name}") is load(f"own_sdk{name}")
        assert sys.modules[f"other_sdk{name}"] is sys.modules[f"own_sdk{name}"]


def test_the_alias_leaves_modules_as_they_are(own_sdk: str) -> None:
    AliasFinder("other_sdk", own_sdk).install()
    module = load("other_sdk.types")
    assert module.__name__ == "own_sdk.types"
    assert module.__spec__ is not None
    assert module.__spec__.name == "own_sdk.types"
    assert module.__spec__.origin == module.__file__
    assert importlib.reload(module) is module


def test_submodules_of_the_alias_are_attributes(own_sdk: str) -> None:
    AliasFinder("other_sdk", own_sdk).install()
    package = load("other_sdk")
    load("other_sdk.deep")
    assert package.deep is load("own_sdk.deep")


def test_objects_made_under_the_alias_can_be_pickled(own_sdk: str) -> None:
    AliasFinder("other_sdk", own_sdk).install()
    request = load("other_sdk.types").Request()
    assert type(pickle.loads(pickle.dumps(request))) is type(request)


def test_a_module_that_neither_has_is_missing_under_the_name_that_was_written(own_sdk: str) -> None:
    AliasFinder("other_sdk", own_sdk).install()
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'other_sdk\.nowhere'"):
        load("other_sdk.nowhere")


def test_names_that_only_begin_alike_are_left_alone(own_sdk: str) -> None:
    AliasFinder("own", own_sdk).install()
    assert load("own_sdk").__name__ == "own_sdk"
    with pytest.raises(ModuleNotFoundError, match="No module named 'own_other'"):
        load("own_other")


def test_a_hook_sees_the_module_before_those_who_import_from_it(own_sdk: str) -> None:
    hooks = ImportHooks()
    hooks.install()
    hooks.when_imported("own_sdk.types", lambda module: setattr(module, "Request", "changed"))
    assert load("own_sdk").Bot.request == "changed"


def test_a_hook_for_a_loaded_module_runs_at_once(own_sdk: str) -> None:
    seen: list[str] = []
    load("own_sdk.types")
    ImportHooks().when_imported("own_sdk.types", lambda module: seen.append(module.__name__))
    assert seen == ["own_sdk.types"]


def test_a_hook_for_a_module_nobody_imports_costs_no_import(own_sdk: str) -> None:
    hooks = ImportHooks()
    hooks.install()
    hooks.when_imported("own_sdk.deep", lambda module: pytest.fail("nobody imports it"))
    load("own_sdk.types")
    assert "own_sdk.deep" not in sys.modules
