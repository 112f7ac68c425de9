"""An HTTP server on one address, with its connections under limits."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from acdengine.api.connections import SERVER, Connection, Guard

_SWEEP_S: Final = 1.0


class Listener:
    """Serves an application.

    Args:
        application: what is served.
        guard: of its connections.
        shutdown_s: how long requests under way have to end when it stops.
    """

    def __init__(self, application: web.Application, guard: Guard, shutdown_s: float = 3.0) -> None:
        application.on_response_prepare.append(_name_server)
        self._guard = guard
        self._runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=shutdown_s)
        self._server: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; returns where.

        Raises:
            OSError: the address is taken, or not ours.
        """
        await self._runner.setup()
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                self._connection, host, port, backlog=self._guard.backlog
            )
        except OSError:
            await self._runner.cleanup()
            raise
        self._sweep_soon()
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def _connection(self) -> Connection:
        server = self._runner.server
        assert server is not None
        return Connection(
            server,
            self._guard,
            loop=asyncio.get_running_loop(),
            access_log=None,
            keepalive_timeout=self._guard.limits.idle_s,
        )

    def _sweep_soon(self) -> None:
        self._guard.sweep()
        self._sweep = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep_soon)

    async def stop(self) -> None:
        """Answer what is under way, and close the listening sockets."""
        if self._sweep is not None:
            self._sweep.cancel()
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()


async def _name_server(_: web.Request, response: web.StreamResponse) -> None:
    """No versions towards strangers."""
    response.headers["Server"] = SERVER
