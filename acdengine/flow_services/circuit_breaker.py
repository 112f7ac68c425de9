"""A host that has failed often is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

#: Hosts that are remembered; the one asked longest ago is forgotten.
_HOSTS: Final = 1_000


@dataclass
class _Host:
    failures: int = 0
    open_until_s: float = 0.0
    is_tried: bool = False


class CircuitBreaker:
    """Counts the failures of each host in a row.

    After ``failures`` of them the host is not asked for ``open_s``; then one request tries it, and
    what becomes of that closes or opens it again.

    Args:
        monotonic_s: a clock that is never set.
        failures: in a row.
        open_s: seconds.
    """

    def __init__(
        self, monotonic_s: Callable[[], float], failures: int = 5, open_s: float = 30.0
    ) -> None:
        self._monotonic_s = monotonic_s
        self._failures = failures
        self._open_s = open_s
        self._hosts: dict[str, _Host] = {}

    def lets_pass(self, host: str) -> bool:
        """Whether a host is to be asked now; each True is followed by `report`."""
        known = self._hosts.get(host)
        if known is None or known.failures < self._failures:
            return True
        if known.is_tried or self._monotonic_s() < known.open_until_s:
            return False
        known.is_tried = True
        return True

    def report(self, host: str, *, is_failure: bool) -> None:
        """What became of a request."""
        if not is_failure:
            self._hosts.pop(host, None)
            return
        known = self._hosts.pop(host, None) or _Host()
        self._hosts[host] = known
        known.failures += 1
        known.is_tried = False
        if known.failures >= self._failures:
            known.open_until_s = self._monotonic_s() + self._open_s
        while len(self._hosts) > _HOSTS:
            del self._hosts[next(iter(self._hosts))]
