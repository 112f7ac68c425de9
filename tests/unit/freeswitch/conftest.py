from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.unit.freeswitch.scripted_switch import ScriptedSwitch

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, LoopFactory]:
    """Sockets behave differently in small things: both loops that the daemon may run on."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def switch() -> AsyncIterator[ScriptedSwitch]:
    """A scripted event socket on loopback."""
    async with ScriptedSwitch() as served:
        yield served
