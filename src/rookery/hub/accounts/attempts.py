"""How many failed sign-ins are too many: counted for each name and for each address, in memory.

An attempt counts before its password is looked at, and a good one is taken back: many at once gain nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address

from rookery.hub.clock import Clock
from rookery.hub.errors import TooMany

WINDOW_S = 600.0
PER_NAME = 10
"""Failures of one name in the window. Sign-in links still work then: nobody can lock a person out for good."""
PER_ADDRESS = 50
"""Failures from one address in the window; several people may share one."""
REMEMBERED = 20_000
"""Names and addresses that are counted at a time; the longest unused is forgotten first."""


class SignInAttempts:
    """The counters."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, address: str, name_key: str | None = None) -> Attempt:
        """Counts an attempt as failed until it is said to be good. Raises TooMany."""
        limits = {f"address {network_of(address)}": PER_ADDRESS}
        if name_key is not None:
            limits[f"name {name_key}"] = PER_NAME
        now = self._clock.monotonic()
        for subject, limit in limits.items():
            self._check(subject, limit, now)
        for subject in limits:
            self._times.setdefault(subject, deque()).append(now)
            self._times.move_to_end(subject)
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)
        return Attempt(self, tuple(limits), now)

    def _check(self, subject: str, limit: int, now: float) -> None:
        times = self._times.get(subject)
        if times is None:
            return
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        if not times:
            del self._times[subject]
        elif len(times) >= limit:
            wait_s = times[0] + WINDOW_S - now
            raise TooMany(
                "too_many_attempts",
                f"Too many failed sign-ins: at most {limit} in {WINDOW_S / 60:.0f} minutes.",
                "Wait, or use a sign-in link: rookery users link NAME",
                retry_after_s=wait_s,
            )

    def take_back(self, subjects: tuple[str, ...], moment: float) -> None:
        """Forgets an attempt that turned out good."""
        for subject in subjects:
            times = self._times.get(subject)
            if times is not None and moment in times:
                times.remove(moment)
                if not times:
                    del self._times[subject]


class Attempt:
    """One attempt under way."""

    def __init__(self, attempts: SignInAttempts, subjects: tuple[str, ...], moment: float) -> None:
        self._attempts = attempts
        self._subjects = subjects
        self._moment = moment

    def succeeded(self) -> None:
        """Says that it was no failure."""
        self._attempts.take_back(self._subjects, self._moment)


def network_of(address: str) -> str:
    """Gives what one household or server counts as: an IPv4 address, or the /64 of an IPv6 one; else the text."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped is not None else f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
