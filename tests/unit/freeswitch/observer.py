"""Observers that write down what they are told, for the tests of connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.wire.backoff import Outage
from adapters.freeswitch.wire.batch_receiver import BatchReceiver
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings
from adapters.freeswitch.wire.esl_link import Trouble
from adapters.freeswitch.wire.event_sequence import Gap
from adapters.freeswitch.wire.link_settings import LinkSettings
from adapters.freeswitch.wire.outbound_server import OutboundCall
from tests.unit.freeswitch.scripted_switch import Changes, ScriptedSwitch

READER = EventReader(EventFields)
#: Silence is never noticed: for tests of other things.
PATIENT = LinkSettings(quiet_s=3600, answer_s=3600)


class Observer(Changes):
    """Writes down what a connection says, and what happened in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.story: list[str] = []
        self.events: list[Event[EventFields]] = []
        self.gaps: list[Gap] = []
        self.outages: list[Outage] = []
        self.troubles: list[Trouble] = []
        self.timed: list[float] = []
        self.handle: Callable[[Event[EventFields]], None] | None = None

    @property
    def ups(self) -> int:
        return self.story.count("up")

    def on_up(self) -> None:
        self._tell("up")

    def on_event(self, event: Event[EventFields]) -> None:
        self.events.append(event)
        self._tell(event.name)
        if self.handle is not None:
            self.handle(event)

    def on_gap(self, gap: Gap) -> None:
        self.gaps.append(gap)
        self._tell(f"gap {gap.cause.value}")

    def on_down(self, outage: Outage) -> None:
        self.outages.append(outage)
        self._tell(f"down {type(outage.reason).__name__}")

    def on_trouble(self, trouble: Trouble) -> None:
        self.troubles.append(trouble)
        self._tell(trouble.kind.value)

    def _tell(self, what: str) -> None:
        self.story.append(what)
        self.happened()


class CallObserver(Changes):
    """Writes down what calls that the switch connected say."""

    def __init__(self) -> None:
        super().__init__()
        self.story: list[str] = []
        self.calls: list[OutboundCall[EventFields]] = []
        self.events: list[Event[EventFields]] = []
        self.reasons: list[EslError] = []

    def on_call(self, call: OutboundCall[EventFields]) -> None:
        self.calls.append(call)
        self._tell("call")

    def on_event(self, call: OutboundCall[EventFields], event: Event[EventFields]) -> None:
        self.events.append(event)
        self._tell(event.name)

    def on_linger(self, call: OutboundCall[EventFields]) -> None:
        self._tell("linger")

    def on_gone(self, call: OutboundCall[EventFields], reason: EslError) -> None:
        self.reasons.append(reason)
        self._tell("gone")

    def on_trouble(self, call: OutboundCall[EventFields], trouble: Trouble) -> None:
        self._tell(trouble.kind.value)

    def _tell(self, what: str) -> None:
        self.story.append(what)
        self.happened()


def settings_for(switch: ScriptedSwitch, **changes: Any) -> ConnectionSettings:
    """Settings for the scripted switch that come back quickly."""
    wanted: dict[str, object] = {
        "host": "127.0.0.1",
        "port": switch.port,
        "password": "ClueCon",
        "open_limit_s": 20.0,
        "first_wait_s": 0.001,
        "longest_wait_s": 0.01,
        "refused_wait_s": 0.02,
        "link": PATIENT,
    }
    return ConnectionSettings(**(wanted | changes))  # type: ignore[arg-type]


def connection_to(
    switch: ScriptedSwitch,
    observer: Observer,
    monotonic_s: Callable[[], float] = time.monotonic,
    held: BatchReceiver | None = None,
    **changes: Any,
) -> Connection[EventFields]:
    identities = iter(range(1, 1_000_000))
    return Connection(
        settings_for(switch, **changes),
        READER,
        uniform=lambda low, high: high,
        new_id=lambda: f"uuid-{next(identities)}",
        monotonic_s=monotonic_s,
        timed=observer.timed.append,
        held=held,
    )


@asynccontextmanager
async def running(
    connection: Connection[EventFields], observer: Observer
) -> AsyncIterator[Connection[EventFields]]:
    """A connection that is up; it is closed afterwards."""
    task = asyncio.create_task(connection.run(observer))
    try:
        await observer.until(lambda: observer.ups)
        yield connection
    finally:
        await connection.close()
        await task


@asynccontextmanager
async def connected(
    switch: ScriptedSwitch,
    observer: Observer,
    monotonic_s: Callable[[], float] = time.monotonic,
    **changes: Any,
) -> AsyncIterator[Connection[EventFields]]:
    connection = connection_to(switch, observer, monotonic_s, **changes)
    async with running(connection, observer):
        yield connection
