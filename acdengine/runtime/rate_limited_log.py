"""Limits log lines that strangers can cause: one of each kind in ten seconds, with a count."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

_EVERY_S: Final = 10.0
#: Kinds remembered; above it the one logged longest ago is removed.
_KINDS: Final = 256


class RateLimitedLog:
    """Logs a line of a kind, then only counts further ones for a while.

    Args:
        clock: seconds.
        every_s: from one line of a kind to the next.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, every_s: float = _EVERY_S
    ) -> None:
        self._clock = clock
        self._every_s = every_s
        #: When a kind was last said, and how often it was not since.
        self._said: dict[object, tuple[float, int]] = {}

    def say(self, write: Callable[..., Any], kind: object, event: str, **more: object) -> None:
        """Log a line, unless one of this kind was logged within the interval.

        Args:
            write: such as the `warning` of a log.
            kind: what is rationed, such as the event and an address.
            event, more: the line. `unsaid` in it is how many were left out since the last.
        """
        now = self._clock()
        at, unsaid = self._said.get(kind, (-self._every_s, 0))
        if now - at < self._every_s:
            self._said[kind] = (at, unsaid + 1)
            return
        self._said.pop(kind, None)
        while len(self._said) >= _KINDS:
            del self._said[next(iter(self._said))]
        self._said[kind] = (now, 0)
        write(event, **more, **({"unsaid": unsaid} if unsaid else {}))
