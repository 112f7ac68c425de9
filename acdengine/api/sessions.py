"""Sessions of accounts: log-in with a password, a token for the time being, log-out.

Sessions are kept in memory: a restart of the daemon ends them, a reload does not. A session ends
with its time, with the account, and when the account's password changes; another role or scope
counts from the next request on.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec import Struct

from acdengine.api.login_audit import LoginAudit
from acdengine.api.login_limits import LoginLimits
from acdengine.api.problems import Refused
from acdengine.settings.credentials import Access, Account, Credentials, digest_of
from acdengine.settings.passwords import HASH_OF_NO_PASSWORD, matches

_TOKEN_BYTES: Final = 32
#: Sessions of one account; one more ends the oldest.
_PER_ACCOUNT: Final = 20
#: Passwords are checked one at a time, in a thread: each takes a core for a fifth of a second, and
#: calls need the others. So many may wait for it.
_WAITING: Final = 32


class _Session(NamedTuple):
    name: str
    password_hash: str
    #: By the clock of the sessions.
    ends_s: float
    #: The same as microseconds since 1970, UTC.
    expires_us: int


class NewSession(Struct, frozen=True):
    """What a log-in gives: the token, which is kept nowhere, and its end (µs since 1970, UTC)."""

    token: str
    access: Access
    expires_us: int


class Sessions:
    """All sessions.

    Args:
        credentials: the accounts.
        limits: on wrong passwords.
        lasts_s: how long a session is.
        clock: seconds.
    """

    def __init__(
        self,
        credentials: Credentials,
        limits: LoginLimits,
        lasts_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = credentials
        self._limits = limits
        self._lasts_s = lasts_s
        self._clock = clock
        self._sessions: dict[bytes, _Session] = {}
        self._checking = asyncio.Lock()
        self._waiting = 0
        self.audit = LoginAudit()

    def __len__(self) -> int:
        return len(self._sessions)

    def take_credentials(self, credentials: Credentials) -> None:
        """The accounts from now on; sessions without one end."""
        self._credentials = credentials
        for digest in list(self._sessions):
            self.find(digest)

    def find(self, digest: bytes) -> Access | None:
        """The access of a session by the hash of its token; None where there is none any more."""
        session = self._sessions.get(digest)
        if session is None:
            return None
        account = self._credentials.account(session.name)
        is_over = self._clock() >= session.ends_s
        if is_over or account is None or account.password_hash != session.password_hash:
            del self._sessions[digest]
            return None
        return account.access

    def left_s(self, digest: bytes) -> float | None:
        """How long a session still lasts; None where the hash is of no session."""
        session = self._sessions.get(digest)
        return session.ends_s - self._clock() if session is not None else None

    def expires_us(self, digest: bytes) -> int:
        """When a session ends, UTC; 0 where the hash is of no session."""
        session = self._sessions.get(digest)
        return session.expires_us if session is not None else 0

    def end(self, digest: bytes) -> bool:
        """End a session; False where there is none."""
        return self._sessions.pop(digest, None) is not None

    async def log_in(self, name: str, password: str, address: str) -> NewSession:
        """Begin a session.

        Raises:
            Refused: a wrong name or password (401: the answer does not say which), too many wrong
                ones (429), or too many to be checked at this moment (503).
        """
        account = self._credentials.account(name)
        if self._waiting >= _WAITING:
            raise Refused(503, "too many log-ins at this moment", headers={"Retry-After": "2"})
        wait_s = self._limits.begin(name, address)
        if wait_s:
            self.audit.refused(account, address)
            raise Refused(
                429, "too many wrong passwords", "", "another attempt later",
                {"Retry-After": str(int(wait_s) + 1)},
            )  # fmt: skip
        is_right = await self._is_right(account, password)
        # The account may have changed while the password was checked.
        if account is None or not is_right or self._credentials.account(name) != account:
            self.audit.failed(account, address)
            raise Refused(401, "the account or the password is wrong")
        self._limits.was_right(name, address)
        self.audit.succeeded(account, address)
        return self._begin(name, account)

    async def _is_right(self, account: Account | None, password: str) -> bool:
        """Whether a password is the account's; takes as long where there is no account."""
        password_hash = account.password_hash if account is not None else HASH_OF_NO_PASSWORD
        self._waiting += 1
        try:
            async with self._checking:
                return await asyncio.to_thread(matches, password, password_hash)
        finally:
            self._waiting -= 1

    def _begin(self, name: str, account: Account) -> NewSession:
        for digest in list(self._sessions):
            self.find(digest)
        own = [digest for digest, session in self._sessions.items() if session.name == name]
        if len(own) >= _PER_ACCOUNT:
            del self._sessions[own[0]]
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        ends_s = self._clock() + self._lasts_s
        expires_us = round((time.time() + self._lasts_s) * 1e6)
        session = _Session(name, account.password_hash, ends_s, expires_us)
        self._sessions[digest_of(token)] = session
        return NewSession(token, account.access, expires_us)
