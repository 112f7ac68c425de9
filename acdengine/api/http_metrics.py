"""Metrics of the HTTP servers: their connections, and what strangers tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from acdengine.api.connections import Guard
from acdengine.api.sessions import Sessions
from acdengine.runtime.exposition import Family

_SERVER: Final = ("server",)


class HttpMetrics:
    """The guards of the servers, rendered at a scrape.

    Args:
        guards: one for each server.
        live: how many live connections there are.
        sessions: of accounts.
    """

    def __init__(
        self, guards: Sequence[Guard], live: Callable[[], int], sessions: Sessions
    ) -> None:
        self._guards = guards
        self._live = live
        self._sessions = sessions
        self._sessions_open = Family("acdengine_sessions", "Sessions of accounts.", "gauge")
        self._log_ins = Family(
            "acdengine_log_ins_total",
            "Log-ins: succeeded, failed (a wrong name or password), refused (too many wrong ones).",
            "counter", ("outcome",),
        )  # fmt: skip
        self._open = Family("acdengine_http_connections", "Connections.", "gauge", _SERVER)
        self._live_open = Family("acdengine_live_connections", "Live connections.", "gauge")
        self._closed = Family(
            "acdengine_http_connections_closed_total",
            "Connections closed before their time: too many in all or of an address, no whole"
            " request in time, an answer that was not read.",
            "counter", ("server", "reason"),
        )  # fmt: skip
        self._unreadable = Family(
            "acdengine_http_unreadable_total", "Requests that are none of HTTP.", "counter", _SERVER
        )
        self._wrong = Family(
            "acdengine_http_wrong_tokens_total", "Requests without a valid token.", "counter",
            _SERVER,
        )  # fmt: skip

    def render(self) -> str:
        """The families as text."""
        for guard in self._guards:
            server = (guard.server,)
            self._open.set(len(guard), server)
            self._unreadable.set(guard.unreadable, server)
            self._wrong.set(guard.wrong_tokens, server)
            for reason, count in guard.closed.items():
                self._closed.set(count, (guard.server, reason))
        self._live_open.set(self._live())
        self._sessions_open.set(len(self._sessions))
        for outcome, count in self._sessions.audit.counts.items():
            self._log_ins.set(count, (outcome,))
        families = (
            self._open, self._live_open, self._closed, self._unreadable, self._wrong,
            self._sessions_open, self._log_ins,
        )  # fmt: skip
        return "".join(family.render() for family in families)
