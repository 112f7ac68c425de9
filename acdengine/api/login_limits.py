"""Limits on wrong passwords, by account and by address: so many within a window of time.

An attempt counts as wrong from its beginning until the password has proved right, so that attempts
at the same moment are no way around a limit.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

#: Keys of which attempts are kept; beyond it those least used are forgotten.
_KEYS: Final = 10_000


class AttemptWindow:
    """Attempts by a key within a window of time.

    Args:
        most: attempts of one key within the window.
        window_s: for how long an attempt counts.
        clock: seconds.
    """

    def __init__(self, most: int, window_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """In how many seconds this key may try again; 0: at once."""
        times = self._times.get(key)
        if times is None:
            return 0.0
        now = self._clock()
        while times and now - times[0] >= self._window_s:
            times.popleft()
        return self._window_s - (now - times[0]) if len(times) >= self._most else 0.0

    def count(self, key: str) -> None:
        """Count an attempt."""
        self._times.setdefault(key, deque()).append(self._clock())
        self._times.move_to_end(key)
        if len(self._times) > _KEYS:
            self._times.popitem(last=False)

    def take_back(self, key: str) -> None:
        """The last attempt was right after all."""
        times = self._times.get(key)
        if times:
            times.pop()

    def forget(self, key: str) -> None:
        """No attempt of this key counts."""
        self._times.pop(key, None)


class LoginLimits:
    """Both limits together."""

    def __init__(
        self, per_account: int, per_address: int, window_s: float, clock: Callable[[], float]
    ) -> None:
        self._accounts = AttemptWindow(per_account, window_s, clock)
        self._addresses = AttemptWindow(per_address, window_s, clock)

    def begin(self, account: str, address: str) -> float:
        """Count an attempt; returns 0, or in how many seconds there may be one (not counted)."""
        wait_s = max(self._accounts.wait_s(account), self._addresses.wait_s(address))
        if not wait_s:
            self._accounts.count(account)
            self._addresses.count(address)
        return wait_s

    def was_right(self, account: str, address: str) -> None:
        """The password was right: the account has no wrong attempts, the address one fewer."""
        self._accounts.forget(account)
        self._addresses.take_back(address)
