"""Digits that nothing else of the daemon may see: kept by a token, and handed over once.

Cards and PINs are in no event, journal, log or snapshot. What stands for them there is a token, for
which the HTTP client of flows gets the value, once and for the call that it belongs to. A daemon
that was restarted has none of them any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

#: A value that was not asked for is forgotten after so long.
_KEPT_S = 600.0
_TOKEN_BYTES = 16


class SensitiveValues:
    """Keeps sensitive values of one process in memory.

    Args:
        monotonic_s: a clock that is never set.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        #: By token, the oldest first: the call, the value, and when it is forgotten.
        self._values: dict[str, tuple[str, str, float]] = {}

    def keep(self, call_id: str, value: str) -> str:
        """Keep a value; returns the token that stands for it."""
        now = self._monotonic_s()
        for token in [token for token, (_, _, until_s) in self._values.items() if until_s <= now]:
            del self._values[token]
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._values[token] = (call_id, value, now + _KEPT_S)
        return token

    def redeem(self, call_id: str, token: str) -> str | None:
        """Hand a value over, and forget it; None where there is none for this call."""
        call, value, until_s = self._values.get(token, ("", "", 0.0))
        if call != call_id or until_s <= self._monotonic_s():
            return None
        del self._values[token]
        return value

    def __repr__(self) -> str:
        return f"{len(self._values)} sensitive values"
