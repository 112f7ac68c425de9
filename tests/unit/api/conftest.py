"""A control server on a free port of loopback, and a client that speaks as any token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from acdengine.api.options import ControlOptions
from acdengine.api.server import ControlServer
from tests.unit.api import centre as centres
from tests.unit.api.centre import Centre


class Answer:
    """What came back."""

    def __init__(self, status: int, content: bytes, headers: Any) -> None:
        self.status = status
        self.content = content
        self.headers = headers

    @property
    def json(self) -> Any:
        return centres.decoded(self.content)


class Browser:
    """Asks a control server, as the bearer of any token."""

    def __init__(self, session: aiohttp.ClientSession, server: ControlServer, url: str) -> None:
        self.session = session
        self.server = server
        self.url = url
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def __call__(
        self,
        method: str,
        path: str,
        token: str = "root",
        json: Any = None,
        **more: Any,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        async with self.session.request(
            method, self.url + path, json=json, headers=headers, **more
        ) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def live(self, token: str = "root", query: str = "") -> aiohttp.ClientWebSocketResponse:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.connect(query, headers=headers, protocols=["acdengine.v1"])

    async def connect(self, query: str = "", **more: Any) -> aiohttp.ClientWebSocketResponse:
        """A live connection in any way; closed at the end of the test at the latest."""
        url = f"{self.url}/v1/live{query}"
        ws: aiohttp.ClientWebSocketResponse = await self.session.ws_connect(url, **more)
        self._sockets.append(ws)
        return ws

    async def close(self) -> None:
        for ws in self._sockets:
            await ws.close()
        await self.session.close()
        await self.server.stop()


Serve = Callable[..., Awaitable[Browser]]

#: Tests send many requests in no time.
EASY = ControlOptions(port=0, rate_per_s=1e6, rate_burst=1_000_000)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    running: list[Browser] = []

    async def start(centre: Centre, options: ControlOptions = EASY, **more: Any) -> Browser:
        server = ControlServer(centre, centres.credentials(), options, **more)
        host, port = await server.start()
        browser = Browser(aiohttp.ClientSession(), server, f"http://{host}:{port}")
        running.append(browser)
        return browser

    yield start
    for browser in running:
        await browser.close()


@pytest.fixture
async def centre() -> Centre:
    return centres.busy()


@pytest.fixture
async def ask(serve: Serve, centre: Centre) -> Browser:
    return await serve(centre)
