"""What follows the steps of a comparison of the switch with the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from acdengine.events import AnyEvent, SwitchSynced
from adapters.freeswitch.commands.queue_places import QueuePlaces
from adapters.freeswitch.monitoring.switch_health import SwitchHealth
from adapters.freeswitch.resync.live_channels import Dump
from adapters.freeswitch.telephones.private_calls import PrivateCalls
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks

_log = structlog.get_logger("acdengine.freeswitch")


class AfterComparison:
    """The `ComparisonListener` of one node.

    Args:
        node_id: the engine's name of the switch.
        trunks: counts channels of trunk groups.
        private_calls: calls of agents' telephones that are none of the engine's.
        places: cancels what the dialplan has scheduled for callers.
        health: the state of the switch.
        on_reach: called when the switch is usable.
        report: takes the engine's events.
    """

    def __init__(
        self,
        node_id: str,
        trunks: NodeTrunks,
        private_calls: PrivateCalls,
        places: QueuePlaces,
        health: SwitchHealth,
        on_reach: Callable[[], None],
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._node_id = node_id
        self._trunks = trunks
        self._private_calls = private_calls
        self._places = places
        self._health = health
        self._on_reach = on_reach
        self.report = report

    def on_reading(self) -> None:
        """A comparison begins: count channels of trunk groups again."""
        self._trunks.reading()

    def on_read(self, live: Mapping[str, Dump]) -> None:
        """These legs are live: those that are not the engine's make telephones busy."""
        self._private_calls.settle(live)

    def on_compared(self, event: SwitchSynced) -> None:
        """The engine knows what is live: the switch is usable."""
        for call in event.calls:
            self._places.keep(call.call_id)
        self._health.compared()
        self._on_reach()
        _log.info(
            "switch compared", node=self._node_id, calls=len(event.calls),
            offers=len(event.offers), version=self._health.version,
        )  # fmt: skip
