"""Metrics on a port of their own, so that a scraper needs no token.

They name tenants and queues, and a web page of another host can make a browser on this machine ask
for them, when the name of that host is made to mean our address (DNS rebinding). So without a token
they are given only to requests for this machine, by an address or by a name that is its own.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from acdengine.api.audit import audit_stranger
from acdengine.api.connections import Guard, Limits
from acdengine.api.listener import Listener
from acdengine.runtime.exposition import CONTENT_TYPE
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.credentials import digest_of
from acdengine.settings.daemon import MetricsSettings

#: A scraper or two, each with a connection or two.
_LIMITS = Limits(connections=64, per_address=32)


class MetricsServer:
    """Serves ``/metrics``.

    Args:
        render: makes the text of one scrape.
        settings: where to listen, and who may ask.
        token: required of requests; empty: none.
        port: in place of the settings'.
    """

    def __init__(
        self,
        render: Callable[[], bytes],
        settings: MetricsSettings,
        token: str = "",
        port: int | None = None,
    ) -> None:
        self._render = render
        self._host = settings.host
        self._port = settings.port if port is None else port
        self._digest = digest_of(token) if token else b""
        names = ("localhost", settings.host, socket.gethostname(), *settings.hosts)
        self._names = frozenset(name.lower() for name in names)
        self._lines = RateLimitedLog()
        self.guard = Guard("metrics", _LIMITS)
        self._listener: Listener | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; returns where.

        Raises:
            OSError: the address is taken, or not ours.
        """
        application = web.Application(client_max_size=1024)
        application.router.add_get("/metrics", self._answer)
        listener = Listener(application, self.guard)
        where = await listener.start(self._host, self._port)
        self._listener = listener
        return where

    async def stop(self) -> None:
        """Close the listening sockets."""
        if self._listener is not None:
            await self._listener.stop()

    async def _answer(self, request: web.Request) -> web.Response:
        if self._digest:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer" or digest_of(token.strip()) != self._digest:
                self.guard.wrong_tokens += 1
                audit_stranger(self._lines, "metrics", request)
                headers = {"WWW-Authenticate": "Bearer"}
                return web.Response(status=401, text="a valid token is needed\n", headers=headers)
        elif not all(map(self._is_ours, _hosts_of(request))):
            words = "not a name of this machine; daemon.metrics.hosts may say that it is\n"
            return web.Response(status=421, text=words)
        return web.Response(body=self._render(), headers={"Content-Type": CONTENT_TYPE})

    def _is_ours(self, host: str) -> bool:
        """Whether ``host``, with or without a port, is an address or a name of this machine."""
        name = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
        if name.lower().rstrip(".") in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _hosts_of(request: web.Request) -> Iterator[str]:
    """The hosts that a request names: its `Host`, and that of an absolute URI (RFC 9112, 3.2.2)."""
    yield request.headers.get("Host", "")
    if not request.raw_path.startswith("/"):
        yield urlsplit(request.raw_path).netloc.rpartition("@")[2]
