"""A control server in a thread of its own, for clients that do not wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from acdengine.api.server import ControlServer
from tests.unit.api import centre as centres
from tests.unit.api.centre import Centre
from tests.unit.api.conftest import EASY


class Served:
    """A busy centre, served while the block lasts."""

    def __init__(self) -> None:
        self.centre: Centre = centres.busy()
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._server = ControlServer(self.centre, centres.credentials(), EASY)
        host, port = self._loop.run_until_complete(server.start())
        self.url = f"http://{host}:{port}"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(server.stop())
        self._loop.close()

    def log_in(self, account: str) -> str:
        """The token of a new session."""
        log_in = self._server.sessions.log_in(account, centres.PASSWORD, "127.0.0.1")
        return asyncio.run_coroutine_threadsafe(log_in, self._loop).result().token

    def when_watched(self, happens: Callable[[Centre], None]) -> None:
        """As soon as somebody listens to the live feed, have something happen."""

        async def wait() -> None:
            while not self.centre.sinks:  # noqa: ASYNC110 - a list tells nobody when it is filled
                await asyncio.sleep(0.01)
            happens(self.centre)

        asyncio.run_coroutine_threadsafe(wait(), self._loop).result()

    def __enter__(self) -> Served:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
