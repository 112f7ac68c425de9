"""Metrics on a port of their own, so that whoever scrapes them needs no token."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from acdengine.runtime.exposition import CONTENT_TYPE


class MetricsServer:
    """Serves ``/metrics``.

    Args:
        render: makes the text of one scrape.
        host, port: where to listen; port 0: any that is free.
    """

    def __init__(self, render: Callable[[], bytes], host: str, port: int) -> None:
        self._render = render
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> tuple[str, int]:
        """Listen; returns where.

        Raises:
            OSError: the address is taken, or not ours.
        """
        application = web.Application()
        application.router.add_get("/metrics", self._answer)
        runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        host, port = runner.addresses[0][:2]
        return str(host), int(port)

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(body=self._render(), headers={"Content-Type": CONTENT_TYPE})
