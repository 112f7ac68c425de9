"""Asterisks that are changed by a reload, and how they are shown."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from acdengine import events as ev
from acdengine.engine import Engine
from acdengine.plan import Plan
from acdengine.program.switches.asterisks import Asterisks
from acdengine.program.switches.spoken_texts import SpeechFiles
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from acdengine.settings.fastagi import FastAgiSettings
from acdengine.settings.sounds import SoundsSettings
from adapters.fastagi.asterisk_settings import Asterisk
from tests.unit.fastagi.paper import Desk, settle, with_desk

OTHER = Asterisk("other", [ip_network("10.0.0.0/8")], "others")


def test_an_asterisk_that_is_taken_out_hands_no_call_over_and_keeps_those_it_has() -> None:
    async def story(desk: Desk) -> None:
        first = await desk.caller("queue/acme/sales")
        assert desk.port.use([OTHER]) == []
        assert desk.port.is_leaving("pbx")
        second = desk.open("queue/acme/sales")
        await settle()
        assert second.is_closed
        assert not first.is_closed
        first.hang_up()
        await settle()
        assert desk.port.node_ids == ["other"]

    with_desk(story)


def test_an_asterisk_that_comes_or_changes_is_served_at_once() -> None:
    async def story(desk: Desk) -> None:
        new = Asterisk("new", [ip_network("192.0.2.0/24")], "news")
        assert desk.port.use([OTHER, new]) == ["new"]
        desk.open("queue/sales", "192.0.2.7")
        await settle()
        (arrived,) = [one for one in desk.told() if isinstance(one, ev.CallArrived)]
        assert (arrived.node_id, arrived.trunk_id) == ("new", "news")
        assert desk.port.use([OTHER, replace(new, trunk_id="changed")]) == []
        desk.open("flow/menu", "192.0.2.7")
        await settle()
        (arrived,) = [one for one in desk.told() if isinstance(one, ev.CallArrived)]
        assert (arrived.trunk_id, arrived.wanted_flow) == ("changed", "menu")

    with_desk(story)


class Served:
    """The Asterisks of settings, with a daemon's runtime."""

    def __init__(self, **settings: Any) -> None:
        self.runtime = Runtime(Engine(Plan()), UtcClock())
        self.asterisks = Asterisks(
            wanted(**settings), self.runtime, self.runtime, SpeechFiles(SoundsSettings())
        )

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        return [(one.name, one.kind, one.state) for one in self.asterisks.views()]


def wanted(**settings: Any) -> FastAgiSettings:
    return FastAgiSettings.model_validate({"enabled": True, "port": 0, **settings})


async def takes_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    # asyncio leaves a connection open that it accepts as it ceases to listen.
    await asyncio.sleep(0.02)
    writer.close()
    await writer.wait_closed()
    return True


async def test_a_reload_changes_asterisks_and_where_it_is_listened() -> None:
    served = Served(asterisks={"pbx": {}})
    _, port = await served.asterisks.start()
    assert served.shown == [("pbx", "asterisk", "up")]
    more = wanted(asterisks={"pbx": {"trunk": "x"}, "second": {}}, limit=7)
    assert [str(change) for change in served.asterisks.differences(more)] == [
        "asterisk pbx changed: trunk", "asterisk second added", "daemon fastagi changed: limit",
    ]  # fmt: skip
    await served.asterisks.reload(more)
    assert await takes_connections(port)
    assert [name for name, *_ in served.shown] == ["pbx", "second"]
    assert served.asterisks.differences(more) == []
    await served.asterisks.reload(FastAgiSettings())
    assert not await takes_connections(port)
    assert served.shown == []
    await served.asterisks.reload(more)
    assert [state for *_, state in served.shown] == ["up", "up"]
    await served.asterisks.stop()


async def test_an_address_that_is_taken_changes_nothing() -> None:
    served = Served(asterisks={"pbx": {}})
    await served.asterisks.start()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="address"):
            await served.asterisks.reload(wanted(port=port, asterisks={"x": {}}))
    assert served.shown == [("pbx", "asterisk", "up")]
    await served.asterisks.stop()
