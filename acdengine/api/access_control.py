"""Whose request it is: tokens of the settings, sessions of accounts, and the rate of each."""

from __future__ import annotations

import time
from collections.abc import Callable

from acdengine.api.login_limits import LoginLimits
from acdengine.api.options import ControlOptions
from acdengine.api.rate_limits import TokenBucket
from acdengine.api.sessions import Sessions
from acdengine.settings.credentials import Access, Credentials


class AccessControl:
    """Finds the access of a token, and holds its bearer to a rate.

    Args:
        credentials: who may use the control interface.
        options: rates and limits.
        recheck: called when tokens or sessions may have ended.
        clock: seconds.
    """

    def __init__(
        self,
        credentials: Credentials,
        options: ControlOptions,
        recheck: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._options = options
        self._recheck = recheck
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}
        limits = LoginLimits(
            options.login_attempts, options.login_attempts_per_address, options.login_window_s,
            clock,
        )  # fmt: skip
        self.sessions = Sessions(credentials, limits, options.session_s, clock)

    def take_credentials(self, credentials: Credentials) -> None:
        """These may use the interface from now on; sessions whose account is gone end."""
        self._credentials = credentials
        self.sessions.take_credentials(credentials)
        self._buckets.clear()
        self._recheck()

    def find(self, digest: bytes) -> Access | None:
        """The access of a token, by its hash; None for an unknown one."""
        return self._credentials.find_digest(digest) or self.sessions.find(digest)

    def wait_s(self, access: Access | None) -> float:
        """Count a request; returns 0, or in how many seconds there may be another."""
        # All requests without a valid token share one bucket, so that guessing is slow.
        name = access.name if access is not None else ""
        bucket = self._buckets.get(name)
        if bucket is None:
            options = self._options
            bucket = TokenBucket(options.rate_per_s, options.rate_burst, self._clock)
            self._buckets[name] = bucket
        return bucket.take()

    def end_session(self, digest: bytes) -> bool:
        """Log a session out; False where the hash is of none."""
        was_there = self.sessions.end(digest)
        if was_there:
            self._recheck()
        return was_there
