"""Delays between connection attempts: longer after each failure, with jitter."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Outage(msgspec.Struct, frozen=True):
    """There is no connection. `was_up` tells a lost one from a failed try."""

    reason: Exception
    was_up: bool
    retry_in_s: float


class Backoff:
    """Exponential waiting with jitter: between half and all of `base_s`, doubled each time.

    `uniform(low, high)` draws the jitter, such as `random.Random().uniform`. Never over `cap_s`.
    """

    def __init__(
        self, base_s: float, cap_s: float, uniform: Callable[[float, float], float]
    ) -> None:
        if not 0 < base_s <= cap_s:
            raise ValueError(f"0 < base_s <= cap_s is needed, not {base_s} and {cap_s}")
        self._base_s = base_s
        self._cap_s = cap_s
        self._uniform = uniform
        self._next_s = base_s

    def next_s(self) -> float:
        """How long to wait now, in seconds; the next answer is about twice as long."""
        longest_s = self._next_s
        self._next_s = min(self._cap_s, longest_s * 2)
        return self._uniform(longest_s / 2, longest_s)

    def reset(self) -> None:
        """It worked: begin again with the shortest wait."""
        self._next_s = self._base_s
