"""What happens on one connection to FreeSWITCH, handed to the parts of the node in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from acdengine.events import AnyEvent, SwitchLost, SwitchSynced
from acdengine.ports import Inbox
from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.monitoring.switch_loss import SwitchLoss
from adapters.freeswitch.protocol.causes import REDIRECTED
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.replies import Reply
from adapters.freeswitch.resync.comparison import Comparison
from adapters.freeswitch.resync.live_channels import Dump
from adapters.freeswitch.telephones.private_calls import PrivateCalls
from adapters.freeswitch.telephones.registrations import Registrations
from adapters.freeswitch.translation.command_executor import CommandExecutor
from adapters.freeswitch.translation.event_translator import EventTranslator
from adapters.freeswitch.translation.queue_places import QueuePlaces
from adapters.freeswitch.translation.referrals import MARK
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks
from adapters.freeswitch.wire.backoff import Outage
from adapters.freeswitch.wire.event_sequence import Gap
from adapters.freeswitch.wire.link import Trouble

_log = structlog.get_logger("acdengine.freeswitch")

#: Events of which `as_much_as_needed` may read more than usual.
_READ_WHOLE: Final = ("CHANNEL_ORIGINATE", "CHANNEL_HANGUP_COMPLETE")


class SwitchEvents:
    """Observes the connection of one node and its comparisons with the engine.

    The connection is made with it, and the other parts with the connection: `attach` gives it those
    before the connection runs.

    Args:
        node_id: the engine's name of the switch.
        legs: the adapter's table.
        health: the state of the switch.
        inbox: takes the engine's events.
        on_reach: called when telephones or gateways become reachable, busy or free, or cease to be,
            and after each comparison.
        on_lost: called when the switch is lost with all its calls.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        health: SwitchHealth,
        inbox: Inbox,
        *,
        on_reach: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._health = health
        self._inbox = inbox
        self._on_reach = on_reach
        self._on_lost = on_lost
        self.loss = SwitchLoss(self._lost, later)

    def attach(
        self,
        wire: Wire,
        translation: EventTranslator,
        orders: CommandExecutor,
        places: QueuePlaces,
        trunks: NodeTrunks,
        registrations: Registrations,
        private_calls: PrivateCalls,
        comparison: Comparison,
    ) -> None:
        """The parts that events go to."""
        self._wire = wire
        self._translation = translation
        self._orders = orders
        self._places = places
        self._trunks = trunks
        self._registrations = registrations
        self._private_calls = private_calls
        self._comparison = comparison

    # -- of the connection ---------------------------------------------------------------------

    def on_up(self) -> None:
        """Connected: read what is live before anything new is reported."""
        self._health.connected()
        self.loss.up()
        self._wire.tell(api("status"), self._described)
        self._registrations.begin()
        self._comparison.begin()

    def _described(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply):
            self._health.described(outcome.text)

    def on_event(self, event: Event[ChannelFields]) -> None:
        """Handles an event: registrations by subclass, all others by the table of legs."""
        fields = event.fields
        self._health.heard(fields)
        if fields.subclass:
            self._registrations.take(event)
            return
        if fields.event_name in _READ_WHOLE:
            is_sudden = self._translation.rejoined.is_sudden
            fields = as_much_as_needed(event, self._legs, is_sudden)
        self.loss.heard(fields)
        leg_id = fields.unique_id  # which becomes the offer's where the switch has chosen it
        self._translation.take(fields)
        if fields.event_name != "CHANNEL_ANSWER" or fields.unique_id not in self._legs.agents:
            # An agent's leg parks as well, and that event is read whole.
            self._trunks.heard(event, leg_id)
        if fields.event_name == "CHANNEL_HANGUP_COMPLETE":
            self._places.forget(leg_id)

    def on_gap(self, gap: Gap) -> None:
        """Events were missed: compare."""
        self._comparison.begin()

    def on_down(self, outage: Outage) -> None:
        """Not connected: calls go on in the switch."""
        self._comparison.stop()
        self._registrations.end()
        self.loss.down(outage)
        is_news = self._health.state != "down"
        self._health.lost(outage)
        if is_news:
            _log.warning("switch not connected", node=self._node_id, reason=self._health.last_error)

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the connection."""
        _log.warning("event socket", node=self._node_id, kind=trouble.kind.value)

    def _lost(self, why: str) -> None:
        """The switch is lost with all its legs: clear the tables and report it."""
        _log.warning("switch lost", node=self._node_id, reason=why)
        self._comparison.stop()
        self._legs.clear()
        self._trunks.forget()
        self._private_calls.forget()
        self._translation.rejoined.forget()
        self._places.clear()
        self._inbox.post(SwitchLost(0, self._node_id))
        self._on_lost()

    # -- of the comparison ---------------------------------------------------------------------

    def on_reading(self) -> None:
        """A comparison begins: count channels of trunk groups again."""
        self._trunks.reading()

    def on_read(self, live: Mapping[str, Dump]) -> None:
        """These legs are live: those that are not the engine's make telephones busy."""
        self._private_calls.settle(live)

    def on_compared(self, event: SwitchSynced) -> None:
        """The engine knows what is live: the switch is usable."""
        for call in event.calls:
            self._orders.keep(call.call_id)
        self._health.compared()
        self._on_reach()
        _log.info(
            "switch compared", node=self._node_id, calls=len(event.calls),
            offers=len(event.offers), version=self._health.version,
        )  # fmt: skip

    # -- of the parts --------------------------------------------------------------------------

    def report(self, event: AnyEvent) -> None:
        """Report an event to the engine; compare when the inbox refuses it."""
        if not self._inbox.post(event):
            self._comparison.begin_if_up()


def as_much_as_needed(
    event: Event[ChannelFields], legs: Legs, is_sudden: Callable[[str, bytes], bool]
) -> ChannelFields:
    """What an event tells; read whole where something behind the usual end of it is needed.

    Args:
        event: of the switch.
        legs: the engine's.
        is_sudden: whether the switch itself has ended an agent's leg.
    """
    fields = event.fields
    name = fields.event_name
    if name == "CHANNEL_ORIGINATE" and fields.unique_id not in legs.agents:
        return event.whole()  # the destination of a leg that the engine did not order
    if name == "CHANNEL_HANGUP_COMPLETE" and (
        MARK in event.raw
        or fields.hangup_cause == REDIRECTED
        or is_sudden(fields.unique_id, event.raw)
    ):
        return event.whole()  # where a telephone has sent its caller, or its call
    return fields


def later(delay_s: float, action: Callable[[], object]) -> asyncio.TimerHandle:
    """Call something after so many seconds."""
    return asyncio.get_running_loop().call_later(delay_s, action)
