"""What happens on one connection to FreeSWITCH, handed to the parts of the node in order."""

from __future__ import annotations

import structlog

from adapters.freeswitch.leg_events import LegEvents
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.monitoring.switch_loss import SwitchLoss
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.resync.comparison import Comparison
from adapters.freeswitch.telephones.registrations import Registrations
from adapters.freeswitch.wire.backoff import Outage
from adapters.freeswitch.wire.esl_link import Trouble
from adapters.freeswitch.wire.event_sequence import Gap

_log = structlog.get_logger("acdengine.freeswitch")


class SwitchEvents:
    """The `ConnectionObserver` of one node.

    Args:
        node_id: the engine's name of the switch.
        health: the state of the switch.
        loss: watches for the end of the switch.
        wire: sends commands.
        registrations: telephones and gateways.
        comparison: reads what is live.
        legs: handles events of legs.
    """

    def __init__(
        self,
        node_id: str,
        health: SwitchHealth,
        loss: SwitchLoss,
        wire: Wire,
        registrations: Registrations,
        comparison: Comparison,
        legs: LegEvents,
    ) -> None:
        self._node_id = node_id
        self._health = health
        self._loss = loss
        self._wire = wire
        self._registrations = registrations
        self._comparison = comparison
        self._legs = legs

    def on_up(self) -> None:
        """Connected: read what is live before anything new is reported."""
        self._health.connected()
        self._loss.up()
        self._wire.tell(api("status"), self._described)
        self._registrations.begin()
        self._comparison.begin()

    def _described(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply):
            self._health.described(outcome.text)

    def on_event(self, event: Event[ChannelFields]) -> None:
        """Handles an event: of registrations, which have a subclass, or of a leg."""
        fields = event.fields
        self._health.heard(fields)
        if fields.subclass:
            self._registrations.take(event)
            return
        fields = self._legs.read(event)
        self._loss.heard(fields)
        self._legs.take(event, fields)

    def on_gap(self, gap: Gap) -> None:
        """Events were missed: compare."""
        self._comparison.begin()

    def on_down(self, outage: Outage) -> None:
        """Not connected: calls go on in the switch."""
        self._comparison.stop()
        self._registrations.end()
        self._loss.down(outage)
        is_news = self._health.state != "down"
        self._health.lost(outage)
        if is_news:
            _log.warning("switch not connected", node=self._node_id, reason=self._health.last_error)

    def on_trouble(self, trouble: Trouble) -> None:
        """Something went wrong without ending the connection."""
        _log.warning("event socket", node=self._node_id, kind=trouble.kind.value)
