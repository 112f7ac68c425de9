"""One FreeSWITCH as a port of the engine: composes the parts of the adapter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.ports import Inbox
from adapters.freeswitch.after_comparison import AfterComparison
from adapters.freeswitch.call_parts import CallContext, CallMedia, CallParts
from adapters.freeswitch.leg_events import LegEvents
from adapters.freeswitch.legs.inter_node_routes import OtherNodes, end_legs_from
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.monitoring.switch_loss import SwitchLoss
from adapters.freeswitch.protocol.channel_fields import (
    EVENTS,
    IDLE_APPLICATIONS,
    NEVER_IN,
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
from adapters.freeswitch.resync.comparison import Comparison
from adapters.freeswitch.switch_end import SwitchEnd
from adapters.freeswitch.switch_events import SwitchEvents
from adapters.freeswitch.telephones.private_calls import PrivateCalls
from adapters.freeswitch.telephones.registrations import SUBCLASSES, Registrations
from adapters.freeswitch.translation.event_dispatch import EventDispatch
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse
from adapters.freeswitch.wire.command_channel import CommandChannel
from adapters.freeswitch.wire.connection import Connection, ConnectionSettings
from adapters.freeswitch.wire.timers import later


@dataclass(frozen=True, slots=True)
class NodeClocks:
    """Time and chance of a node.

    Attributes:
        uniform: draws the jitter between tries to connect.
        monotonic_s: a clock that is never set.
        now_us: the present time, UTC, for the switch's health.
    """

    uniform: Callable[[float, float], float]
    monotonic_s: Callable[[], float] = time.monotonic
    now_us: Callable[[], int] = lambda: time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class NodeListener:
    """Callbacks of a node.

    Attributes:
        on_reach: called when telephones or gateways become reachable, busy or free, or cease to
            be, and after each comparison.
        on_lost: called when the switch is lost with all its calls.
    """

    on_reach: Callable[[], None] = lambda: None
    on_lost: Callable[[], None] = lambda: None


class FreeSwitchNode:
    """A `Port` to one switch.

    Its parts have one job each: `connection` is the source of events, `SwitchEvents` observes it,
    `channel` sends commands, `places` is a `FactSink` that writes queue places on legs, and
    `comparison` reports what is live.

    Args:
        node_id: the engine's name of the switch.
        settings: where its event socket is.
        inbox: takes the engine's events.
        media: sounds, recordings and messages.
        clocks: time and chance.
        trunks: trunk groups of this switch; without them nothing is counted.
        listener: callbacks.
    """

    def __init__(
        self,
        node_id: str,
        settings: ConnectionSettings,
        inbox: Inbox,
        media: CallMedia,
        clocks: NodeClocks,
        trunks: NodeTrunks | None = None,
        listener: NodeListener | None = None,
    ) -> None:
        self.node_id = node_id
        self.listener = listener = listener or NodeListener()
        self.trunks = trunks or NodeTrunks(node_id, TrunkUse(dict, clocks.now_us), TrunkMap())
        self._inbox = inbox
        self._media = media
        legs = self.legs = Legs()
        self.health = SwitchHealth(legs, clocks.now_us, clocks.monotonic_s)
        self.connection = Connection(
            settings, EventReader(ChannelFields, PASSED_OVER, LegFields, NEVER_IN),
            uniform=clocks.uniform, monotonic_s=clocks.monotonic_s, timed=self.health.timed,
            held=inbox,
        )  # fmt: skip
        subscribe(self.connection)
        channel = self.channel = CommandChannel(node_id, self.connection, self.health.sent)
        self.registrations = Registrations(node_id, self.connection, listener.on_reach)
        self.disk = DiskWatch(node_id, media.storage, self._report)
        context = CallContext(node_id, legs, channel, self._report, clocks.monotonic_s, later)
        parts = self._parts = CallParts(
            context, self.trunks, media, self.registrations.are_several, listener.on_reach
        )
        self.places = parts.places
        consultations = parts.rejoined.consultations
        self.private_calls = PrivateCalls(
            legs, channel, self.registrations, listener.on_reach, consultations.entered
        )
        after = AfterComparison(
            node_id, self.trunks, self.private_calls, parts.places, self.health,
            listener.on_reach, self._report,
        )  # fmt: skip
        comparison = self.comparison = Comparison(
            node_id, self.connection, parts.tables, parts.external, media.storage, inbox, after
        )
        clear = (
            comparison.stop, legs.clear, self.trunks.forget, self.private_calls.forget,
            parts.rejoined.forget, parts.places.clear,
        )  # fmt: skip
        self._loss = SwitchLoss(SwitchEnd(node_id, inbox, clear, listener.on_lost).lost, later)
        # What a leg was dialled for, before whose telephone it is.
        handlers = (*parts.handlers, self.private_calls.hearing)
        leg_events = LegEvents(
            legs, EventDispatch(parts.before, handlers), parts.rejoined, self.trunks, parts.places
        )
        self._events = SwitchEvents(
            node_id, self.health, self._loss, channel, self.registrations, comparison, leg_events
        )
        inbox.slow_down(self.connection)

    def _report(self, event: AnyEvent) -> None:
        """Report an event to the engine; compare when the inbox refuses it."""
        if not self._inbox.post(event):
            self.comparison.begin_if_up()

    # -- what the runtime asks for -------------------------------------------------------------

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Execute commands of the engine."""
        self._parts.executor.execute(commands)

    def use_others(self, others: OtherNodes, lost_after_s: float) -> None:
        """Set how telephones of other nodes are reached, and when this node counts as lost."""
        self._parts.routes.use(others)
        self._loss.use(lost_after_s)

    def use_variables(self, names: Sequence[str]) -> None:
        """Set which variables of legs flows and scripts may read and write: names, or beginnings
        before a `*`."""
        self._parts.variables.allow(names)

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
        self._media.sounds.use(sounds)

    # -- life ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Stay connected until `close`."""
        watching = asyncio.get_running_loop().create_task(self.disk.run())
        try:
            await self.connection.run(self._events)
        finally:
            watching.cancel()

    async def close(self) -> None:
        """Disconnect. Calls go on in the switch."""
        self.comparison.stop()
        self._loss.close()
        self.registrations.end()
        await self.connection.close()


def subscribe(connection: Connection[ChannelFields]) -> None:
    """Subscribe to the events that the adapter reads, and no others."""
    connection.subscribe(EVENTS, SUBCLASSES)
    connection.leave_out("Application", IDLE_APPLICATIONS)
    connection.narrow("CHANNEL_HANGUP", TELLS_OF_LEAVING)
    connection.narrow("CHANNEL_EXECUTE_COMPLETE", TELLS_OF_ENDS)
