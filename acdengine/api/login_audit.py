"""The audit log of log-ins: who, from where, and what came of it; never a password."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import structlog

from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.credentials import Account

LoginOutcome: TypeAlias = Literal["succeeded", "failed", "refused"]

_log = structlog.get_logger("acdengine.audit")


class LoginAudit:
    """Lines about log-ins. A name that is no account's is left out: it may be a password."""

    def __init__(self) -> None:
        self._lines = RateLimitedLog()
        #: Log-ins that began a session, with a wrong name or password, beyond the limits.
        self.counts: dict[LoginOutcome, int] = dict.fromkeys(get_args(LoginOutcome), 0)

    def succeeded(self, account: Account, address: str) -> None:
        """A session has begun."""
        self.counts["succeeded"] += 1
        access = account.access
        _log.info(
            "control", action="log_in", by=access.name, role=access.role, tenant=access.tenant_id,
            remote=address, status=200, problem="",
        )  # fmt: skip

    def failed(self, account: Account | None, address: str) -> None:
        """The name or the password was wrong: as many lines as the limits let through."""
        self.counts["failed"] += 1
        problem = "a wrong password" if account is not None else "no such account"
        _log.warning(
            "control", action="log_in", by=_name(account), remote=address, status=401,
            problem=problem,
        )  # fmt: skip

    def refused(self, account: Account | None, address: str) -> None:
        """An attempt beyond the limits: a line now and then for each account and address."""
        self.counts["refused"] += 1
        name = _name(account)
        self._lines.say(
            _log.warning, (name, address), "control", action="log_in", by=name, remote=address,
            status=429, problem="too many wrong passwords",
        )  # fmt: skip


def _name(account: Account | None) -> str:
    return account.access.name if account is not None else ""
