"""Connections of an HTTP server: how many there may be, and how long one may say nothing.

A connection that has not sent the whole head of a request costs a descriptor and says nothing.
Heads have a time limit, and where too many connections are open, the connection that has owed its
head longest is closed for the new one. So complete requests are answered, however many half-open
connections there are.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import msgspec
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from acdengine.api.problems import Problem
from acdengine.runtime.logs import without_content
from acdengine.runtime.rate_limited_log import RateLimitedLog

_log = structlog.get_logger("acdengine.http")

#: Why a connection was closed before its time.
Closed: TypeAlias = Literal["all", "address", "head", "stalled"]
_WORDS: Final[dict[Closed, str]] = {
    "all": "there are too many connections",
    "address": "there are too many connections of this address",
    "head": "no whole request came in time",
    "stalled": "the answer was not read in time",
}
#: The value of the `Server` header.
SERVER: Final = "acdengine"
#: Of the descriptors that the process may have, connections of one server take this part at most.
_PART: Final = 4
_FEWEST: Final = 8
_BACKLOG: Final = 100


class Limits(Struct, frozen=True, kw_only=True):
    """What connections may take."""

    #: Open at once, in all and from one address.
    connections: int = 500
    per_address: int = 250
    #: From the beginning of a connection or request to the end of the request's head.
    head_s: float = 10.0
    #: For an answer of which nothing is read.
    stalled_s: float = 60.0
    #: Without any request, after one was answered.
    idle_s: float = 75.0


#: Errors of those who sent what is no HTTP, or a body that is not as its headers say.
UNREADABLE: Final = (HttpProcessingError, web.RequestPayloadError)


class Connection(web.RequestHandler):
    """One connection: aiohttp's, counted and limited by a `Guard`."""

    __slots__ = ("_guard", "_unread", "_unread_since", "address", "head_since")

    def __init__(self, server: web.Server, guard: Guard, **more: Any) -> None:  # noqa: ANN401
        super().__init__(server, **more)
        self._guard = guard
        self.address = ""
        #: Since when it owes the rest of a head; 0: it does not.
        self.head_since = 0.0
        self._unread = 0
        self._unread_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a new connection, or close it where there are too many."""
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.head_since = self._guard.now()
        if self._guard.admits(self):
            super().connection_made(transport)
        else:
            transport.abort()  # type: ignore[attr-defined]

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release the connection when it is gone."""
        self._guard.release(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass a part of a request on, and note whether it completes a head."""
        whole = self._request_count
        super().data_received(data)
        if self._request_count > whole:
            self.head_since = 0.0
        elif data and not self.head_since and not self._is_busy():
            self.head_since = self._guard.now()

    def _is_busy(self) -> bool:
        return self._request_in_progress or bool(self._messages)

    def owes_head(self) -> bool:
        """Whether a request was begun, or none ever was, and nothing is being answered."""
        if self._is_busy():
            # What came was the body of a request that was just about to be handled.
            self.head_since = 0.0
        return self.head_since > 0

    def stalled_for(self, now: float) -> float:
        """For how many seconds nothing of an answer was read."""
        transport = self.transport
        unread = transport.get_write_buffer_size() if transport is not None else 0
        if not unread or unread < self._unread:
            self._unread_since = now
        self._unread = unread
        return now - self._unread_since if unread else 0.0

    def cut(self) -> None:
        """Close the connection at once, without an answer."""
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What could not be read as HTTP, or went wrong beyond our own code: neither the answer
        nor the log says what was sent."""
        self._tell(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is sent already")
        malformed = isinstance(exc, HttpProcessingError)
        words = "this is no request of HTTP" if malformed else "the request could not be answered"
        response = web.Response(
            body=msgspec.json.encode(Problem(problem=words)),
            status=status,
            content_type="application/json",
            headers={"Server": SERVER},
        )
        response.force_close()
        return response

    def log_exception(self, *args: object, **more: object) -> None:
        """What the library would log with all that was sent."""
        error = more.get("exc_info")
        self._tell(error if isinstance(error, BaseException) else None)

    def _tell(self, error: BaseException | None) -> None:
        if isinstance(error, UNREADABLE):
            self._guard.malformed(self.address, type(error).__name__)
        else:
            self._guard.failed(error)


class Guard:
    """Counts the connections of one server, and closes those that cost too much.

    Args:
        server: its name in log and metrics.
        limits: of connections.
        clock: seconds.
    """

    def __init__(
        self, server: str, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.server = server
        self.limits = limits
        self.now = clock
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._connections = min(limits.connections, max(_FEWEST, most // _PART))
        #: Taken by the loop in one go, each with a descriptor, before the guard sees the first.
        self.backlog = min(_BACKLOG, max(_FEWEST, self._connections // 2))
        self._open: dict[Connection, None] = {}
        self._by_address: dict[str, int] = {}
        self._lines = RateLimitedLog(clock)
        #: Connections closed before their time, by the reason; requests that could not be read;
        #: tokens that were wrong.
        self.closed: dict[Closed, int] = dict.fromkeys(_WORDS, 0)
        self.unreadable = 0
        self.wrong_tokens = 0

    def __len__(self) -> int:
        return len(self._open)

    # -- coming and going ----------------------------------------------------------------------

    def admits(self, new: Connection) -> bool:
        """Whether a new connection may stay; one that owes its head may be closed for it."""
        address = new.address
        room = True
        if self._by_address.get(address, 0) >= self.limits.per_address:
            room = self._make_room(new, "address")
        if room and len(self._open) >= self._connections:
            room = self._make_room(new, "all")
        if room:
            self._open[new] = None
            self._by_address[address] = self._by_address.get(address, 0) + 1
        return room

    def _make_room(self, new: Connection, why: Closed) -> bool:
        owing = next(
            (
                one
                for one in self._open
                if one.owes_head() and (why == "all" or one.address == new.address)
            ),
            None,
        )
        self._tell(why, new.address)
        if owing is None:
            return False
        owing.cut()
        self.release(owing)
        return True

    def release(self, connection: Connection) -> None:
        """Count a connection that is gone."""
        if connection not in self._open:
            return
        del self._open[connection]
        left = self._by_address[connection.address] - 1
        if left:
            self._by_address[connection.address] = left
        else:
            del self._by_address[connection.address]

    def sweep(self) -> None:
        """Close connections that are beyond a time limit."""
        now = self.now()
        for one in list(self._open):
            if one.owes_head() and now - one.head_since >= self.limits.head_s:
                self._close(one, "head")
            elif one.stalled_for(now) >= self.limits.stalled_s:
                self._close(one, "stalled")

    def _close(self, one: Connection, why: Closed) -> None:
        self._tell(why, one.address)
        one.cut()
        self.release(one)

    # -- what the log says ---------------------------------------------------------------------

    def _tell(self, why: Closed, address: str) -> None:
        self.closed[why] += 1
        self._lines.say(
            _log.warning, why, "connection closed", server=self.server, reason=_WORDS[why],
            remote=address, open=len(self._open),
        )  # fmt: skip

    def malformed(self, address: str, kind: str) -> None:
        """A request could not be read as HTTP."""
        self.unreadable += 1
        self._lines.say(
            _log.warning, "malformed", "request not understood", server=self.server, reason=kind,
            remote=address,
        )  # fmt: skip

    def failed(self, error: BaseException | None) -> None:
        """A request failed in a place where our own code did not see it."""
        told = without_content(error)
        kind = ("failed", told.get("where"))
        self._lines.say(_log.error, kind, "request failed", server=self.server, **told)
