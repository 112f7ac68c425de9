"""One FreeSWITCH as a port of the engine: composes the parts of the adapter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from acdengine.commands import AnyCommand
from acdengine.ports import Inbox
from acdengine.runtime.sensitive_values import SensitiveValues
from adapters.freeswitch.call_parts import CallParts
from adapters.freeswitch.inputs.leg_tools import KeepsSecrets
from adapters.freeswitch.legs.internode import OtherNodes, end_legs_from
from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.protocol.channel_fields import (
    EVENTS,
    IDLE_APPLICATIONS,
    PASSED_OVER,
    TELLS_OF_ENDS,
    TELLS_OF_LEAVING,
    ChannelFields,
    LegFields,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.recordings.disk_watch import DiskWatch
from adapters.freeswitch.recordings.storage import Storage
from adapters.freeswitch.resync.comparison import Comparison
from adapters.freeswitch.switch_events import SwitchEvents
from adapters.freeswitch.telephones.private_calls import PrivateCalls
from adapters.freeswitch.telephones.registrations import SUBCLASSES, Registrations
from adapters.freeswitch.translation.queue_places import QueuePlaces
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse
from adapters.freeswitch.wire.command_channel import CommandChannel
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings


class FreeSwitchNode:
    """A `Port` to one switch.

    Its parts have one job each: `connection` is the source of events, `events` observes it,
    `channel` sends commands, `places` is a `FactSink` that writes queue places on legs, and
    `comparison` reports what is live.

    Args:
        node_id: the engine's name of the switch.
        settings: where its event socket is.
        sounds: names of music and prompts.
        inbox: takes the engine's events.
        uniform: draws the jitter between tries to connect.
        monotonic_s: a clock that is never set.
        now_us: the present time, UTC, for the switch's health.
        tenant_of: the tenant of a call; empty where it is not known.
        trunks: of this switch; without them nothing is counted.
        storage: where it writes recordings and messages.
        secrets: keeps digits of sensitive collections.
    """

    def __init__(
        self,
        node_id: str,
        settings: ConnectionSettings,
        sounds: Sounds,
        inbox: Inbox,
        *,
        uniform: Callable[[float, float], float],
        monotonic_s: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        tenant_of: Callable[[str], str] = lambda _: "",
        trunks: NodeTrunks | None = None,
        storage: Storage | None = None,
        secrets: KeepsSecrets | None = None,
    ) -> None:
        self.node_id = node_id
        storage = storage or Storage()
        #: Called when telephones or gateways become reachable, busy or free, or cease to be, and
        #: after each comparison.
        self.on_reach: Callable[[], None] = lambda: None
        #: Called when the switch is lost with all its calls.
        self.on_lost: Callable[[], None] = lambda: None
        reach_changed = lambda: self.on_reach()  # noqa: E731 - `on_reach` is set later
        legs = self.legs = Legs()
        self.health = SwitchHealth(legs, now_us, monotonic_s)
        events = self.events = SwitchEvents(
            node_id, legs, self.health, inbox,
            on_reach=reach_changed, on_lost=lambda: self.on_lost(),
        )  # fmt: skip
        self.connection = Connection(
            settings, EventReader(ChannelFields, PASSED_OVER, LegFields), events,
            uniform=uniform, monotonic_s=monotonic_s, timed=self.health.timed,
        )  # fmt: skip
        self._subscribe(inbox)
        channel = self.channel = CommandChannel(node_id, self.connection, self.health.sent)
        report = events.report
        self.registrations = Registrations(node_id, self.connection, reach_changed)
        self.trunks = trunks or NodeTrunks(node_id, TrunkUse(dict, now_us), TrunkMap())
        self.disk = DiskWatch(node_id, storage, report)
        parts = self._parts = CallParts(
            node_id, legs, channel, self.trunks, sounds, storage, report, monotonic_s, tenant_of,
            secrets or SensitiveValues(monotonic_s),
        )  # fmt: skip
        rejoined = parts.translation.rejoined
        rejoined.on_adopted = reach_changed
        self.private_calls = PrivateCalls(
            legs, channel, self.registrations, reach_changed, rejoined.consultations.entered
        )
        # What a leg was dialled for, before whose telephone it is.
        parts.translation.tell_also(rejoined.consultations.hearing, self.private_calls.hearing)
        parts.executor.are_several = self.registrations.are_several
        self.places = QueuePlaces(legs, parts.executor)
        self.comparison = Comparison(
            node_id, self.connection, legs, parts.translation, parts.external, storage, inbox,
            events,
        )  # fmt: skip
        events.attach(
            channel, parts.translation, parts.executor, self.places, self.trunks,
            self.registrations, self.private_calls, self.comparison,
        )  # fmt: skip
        inbox.slow_down(self.connection)

    def _subscribe(self, inbox: Inbox) -> None:
        """Subscribe to the events that the adapter reads, and no others."""
        self.connection.held = inbox
        self.connection.subscribe(EVENTS, SUBCLASSES)
        self.connection.leave_out("Application", IDLE_APPLICATIONS)
        self.connection.narrow("CHANNEL_HANGUP", TELLS_OF_LEAVING)
        self.connection.narrow("CHANNEL_EXECUTE_COMPLETE", TELLS_OF_ENDS)

    # -- what the runtime asks for -------------------------------------------------------------

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Carry out commands of the engine."""
        self._parts.executor.execute(commands)

    def use_others(self, others: OtherNodes, lost_after_s: float) -> None:
        """Set how telephones of other nodes are reached, and when this node counts as lost."""
        self._parts.use_others(others)
        self.events.loss.after_s = lost_after_s

    def use_variables(self, names: Sequence[str]) -> None:
        """Set which variables of legs flows and scripts may read and write: names, or beginnings
        before a `*`."""
        self._parts.variables.allowed = tuple(names)

    @property
    def core(self) -> str:
        """Core-UUID of the FreeSWITCH process; empty until it is read."""
        return self.comparison.core

    @property
    def is_usable(self) -> bool:
        """Whether it is connected, and has been compared with the engine."""
        return self.connection.is_up and self.health.state == "up"

    def park_caller(self, leg_id: str) -> None:
        """Take a leg out of the `socket` application that it is in, and park it.

        Twice: when the socket's link ends, the park that the leg is in at that moment ends too
        (CF_CONTROLLED; the end of `listener_run` of mod_event_socket), and with it the leg.
        """
        self.channel.tell(api("uuid_transfer", f"{leg_uuid(leg_id)} park,park inline"))

    def other_lost(self, node_id: str) -> None:
        """Another node is lost: end the legs that it has sent here."""
        self.channel.tell(end_legs_from(node_id))

    def use_sounds(self, sounds: Sounds) -> None:
        """Play these sounds from now on."""
        self._parts.executor.sounds = sounds

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected until `close`."""
        watching = asyncio.get_running_loop().create_task(self.disk.run())
        try:
            await self.connection.run()
        finally:
            watching.cancel()

    async def close(self) -> None:
        """Disconnect. Calls go on in the switch."""
        self.comparison.stop()
        self.events.loss.close()
        self.registrations.end()
        await self.connection.close()
