"""Rate limits: so many requests a second, with a reserve for bursts (token bucket)."""

from __future__ import annotations

from collections.abc import Callable


class TokenBucket:
    """Requests that one bearer may still make; fills up at ``per_s`` to ``burst``."""

    __slots__ = ("_at_s", "_burst", "_clock", "_left", "_per_s")

    def __init__(self, per_s: float, burst: int, clock: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._at_s = clock()

    def take(self) -> float:
        """Take one; returns 0, or in how many seconds there is one again."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at_s) * self._per_s)
        self._at_s = now
        if self._left >= 1:
            self._left -= 1
            return 0.0
        return (1 - self._left) / self._per_s
