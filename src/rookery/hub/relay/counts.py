"""Call counts in this process's memory: the adapter of `ports.CallCounts` for one process.

No `await` stands between looking and taking, so no interleaving of tasks can take one call too many.
"""

from __future__ import annotations

from collections import defaultdict

from rookery.hub.relay.ports import Usage


class MemoryCallCounts:
    """Counts that end with the process, as the running queries do."""

    def __init__(self) -> None:
        self._used: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))

    async def take(self, root_id: str, caller_id: str, callee_key: str, *, declared: int, total: int) -> Usage | None:
        counts = self._used[root_id]
        usage = Usage(used=counts[caller_id, callee_key], total=sum(counts.values()))
        if usage.used >= declared or usage.total >= total:
            return usage
        counts[caller_id, callee_key] += 1
        return None

    async def give_back(self, root_id: str, caller_id: str, callee_key: str) -> None:
        counts = self._used.get(root_id)
        if counts is not None and counts[caller_id, callee_key] > 0:
            counts[caller_id, callee_key] -= 1

    async def forget(self, root_id: str) -> None:
        self._used.pop(root_id, None)
