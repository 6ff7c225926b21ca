"""The tree of a chat's messages as plain look-ups. Pure; the order of the twigs is the order of their making."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rookery.hub.chats.model import Twig


def latest_leaf(twigs: Sequence[Twig], start: str | None) -> str | None:
    """Gives the leaf that is reached from `start` (None: above the roots) by always taking the newest branch.

    None only when nothing is there.
    """
    newest = {twig.parent_id: twig.id for twig in twigs}
    current = start
    while (below := newest.get(current)) is not None:
        current = below
    return current


def subtree(twigs: Sequence[Twig], top: str) -> list[str]:
    """Gives the ids of a message and everything below it."""
    children: dict[str | None, list[str]] = {}
    for twig in twigs:
        children.setdefault(twig.parent_id, []).append(twig.id)
    found, waiting = [], [top]
    while waiting:
        current = waiting.pop()
        found.append(current)
        waiting += children.get(current, [])
    return found


def leaf_without(twigs: Sequence[Twig], leaf_id: str | None, gone: Iterable[str]) -> str | None:
    """Gives the leaf after messages with all below them are gone: the old one, else the nearest that is left."""
    lost = set(gone)
    parents = {twig.id: twig.parent_id for twig in twigs}
    current = leaf_id
    while current is not None and current in lost:
        current = parents.get(current)
    if current == leaf_id:
        return leaf_id
    return latest_leaf([twig for twig in twigs if twig.id not in lost], current)


def path_to(twigs: Sequence[Twig], leaf_id: str | None) -> list[str]:
    """Gives the ids from the root to the leaf."""
    parents = {twig.id: twig.parent_id for twig in twigs}
    path: list[str] = []
    current = leaf_id
    while current is not None and current in parents:
        path.append(current)
        current = parents[current]
    return path[::-1]
