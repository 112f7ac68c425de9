"""Sends commands to one switch for the checks, and collects its events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final
from xml.etree import ElementTree

import msgspec

from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.wire import awaited_commands
from adapters.freeswitch.wire.backoff import Outage
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings
from adapters.freeswitch.wire.esl_link import Trouble
from adapters.freeswitch.wire.event_sequence import Gap

_LIMIT_S: Final = 10.0
_EVENT_LIMIT_S: Final = 5.0
#: What the test call waits for; the rest comes by itself.
_EVENTS: Final = (
    "CHANNEL_PARK", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_HANGUP_COMPLETE",
    "CHANNEL_EXECUTE_COMPLETE", "PLAYBACK_START", "RECORD_STOP", "HEARTBEAT",
)  # fmt: skip


class DoctorFields(EventFields, gc=False, kw_only=True):
    """What the checks read of events."""

    record_samples: int = msgspec.field(name="variable_record_samples", default=0)


DoctorEvent = Event[DoctorFields]


class NotReached(Exception):
    """There is no connection; `reason` says why."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class SwitchQueries:
    """Asks one switch. Use `talking` to have one."""

    def __init__(
        self, settings: ConnectionSettings, utc_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._utc_ns = utc_ns
        self._connection = Connection(
            settings, EventReader(DoctorFields), uniform=lambda low, high: low
        )
        self._connection.subscribe(_EVENTS)
        self._up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._events: list[DoctorEvent] = []
        self._news = asyncio.Event()
        #: By how much the switch's clock is ahead of ours, as each event told it, microseconds.
        self.ahead_us: list[int] = []

    # -- questions -----------------------------------------------------------------------------

    async def api(self, name: str, argument: str = "") -> str:
        """What an API command printed, without the line end.

        Raises:
            EslError: it was refused, or there is no answer.
        """
        return (await awaited_commands.api(self._connection, name, argument, _LIMIT_S)).strip()

    async def job(self, name: str, argument: str = "") -> str:
        """The same for a command that takes its time, beside the connection."""
        return await awaited_commands.job(self._connection, name, argument, _LIMIT_S)

    async def xml(self, name: str, argument: str = "") -> ElementTree.Element | None:
        """What an API command printed as XML; None when it printed none.

        Raises:
            EslError: it was refused, or there is no answer.
        """
        printed = await self.api(name, argument)
        begin = printed.find("<")
        if begin < 0:
            return None
        try:
            return ElementTree.fromstring(printed[begin:])
        except ElementTree.ParseError:
            return None

    async def settings_of(self, name: str) -> dict[str, str]:
        """The parameters of one of the switch's own configurations, as they are in its files."""
        found = await self.xml("xml_locate", f"configuration configuration name {name}.conf")
        if found is None:
            return {}
        return {one.get("name", ""): one.get("value", "") for one in found.iter("param")}

    def execute(self, leg: str, application: str, argument: str) -> None:
        """Begin an application on a leg; what becomes of it is told by events.

        Raises:
            EslError: it cannot be sent.
        """
        self._connection.start_application(leg, application, argument, lambda _: None, _LIMIT_S)

    # -- events --------------------------------------------------------------------------------

    async def event(self, leg: str, *names: str) -> DoctorEvent:
        """The next event of these names on a leg; a bridge is found by either of its legs.

        Raises:
            TimeoutError: it did not come.
        """
        seen = 0
        async with asyncio.timeout(_EVENT_LIMIT_S):
            while True:
                for at in range(seen, len(self._events)):
                    event = self._events[at]
                    fields = event.fields
                    legs = (fields.unique_id, fields.bridge_a_id, fields.bridge_b_id)
                    if fields.event_name in names and leg in legs:
                        del self._events[at]
                        return event
                seen = len(self._events)
                self._news.clear()
                await self._news.wait()

    # -- what the connection tells -------------------------------------------------------------

    def on_up(self) -> None:
        """Logged in."""
        if not self._up.done():
            self._up.set_result(None)

    def on_event(self, event: DoctorEvent) -> None:
        """An event came."""
        if event.fields.sent_at_us:
            self.ahead_us.append(event.fields.sent_at_us - self._utc_ns() // 1000)
        self._events.append(event)
        self._news.set()

    def on_gap(self, gap: Gap) -> None:
        """Not everything is subscribed to: gaps are usual."""

    def on_down(self, outage: Outage) -> None:
        """Not reached, or lost."""
        if not self._up.done():
            self._up.set_exception(NotReached(outage.reason))

    def on_trouble(self, trouble: Trouble) -> None:
        """What matters of it is told by a check that fails."""

    async def open(self) -> None:
        """Connect.

        Raises:
            NotReached: it did not work.
        """
        running = asyncio.get_running_loop().create_task(self._connection.run(self))
        try:
            await self._up
        except BaseException:
            await self._connection.close()
            await running
            raise
        self._running = running

    async def close(self) -> None:
        """Disconnect."""
        await self._connection.close()
        await self._running


@asynccontextmanager
async def talking(
    settings: ConnectionSettings, utc_ns: Callable[[], int] = time.time_ns
) -> AsyncIterator[SwitchQueries]:
    """Be connected; `utc_ns` is the time of day here.

    Raises:
        NotReached: it did not work.
    """
    talk = SwitchQueries(settings, utc_ns)
    await talk.open()
    try:
        yield talk
    finally:
        await talk.close()
