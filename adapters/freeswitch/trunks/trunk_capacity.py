"""Capacity of trunk groups for outbound legs: channels, and new calls per second.

Legs that came in over a trunk group and legs that go out over it are channels of it alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from acdengine.plan import DialWay
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks

Busy = Literal["", "channels", "rate"]


class TrunkCapacity:
    """The trunk groups, as far as one node's dialling out is concerned.

    The rate is a bucket that holds one second of calls, at least one: a burst of that many passes
    (the generic cell rate algorithm of ATM Forum TM 4.0).

    Args:
        legs: of the node, those that are only being dialled among them.
        trunks: channels taken, on all nodes.
        monotonic_s: a clock that only runs on.
    """

    def __init__(self, legs: Legs, trunks: NodeTrunks, monotonic_s: Callable[[], float]) -> None:
        self._legs = legs
        self._trunks = trunks
        self._monotonic_s = monotonic_s
        #: Trunk group to when the next call would be in order, had all come evenly.
        self._earliest_s: dict[str, float] = {}

    def in_use(self, trunk_id: str) -> int:
        """Channels of a trunk group in use, in and out."""
        legs, trunks = self._legs, self._trunks
        tables = (legs.callers, legs.outside, legs.customers, legs.parties)
        not_counted_yet = sum(
            leg.trunk_id == trunk_id and not trunks.counts(leg_id)
            for table in tables
            for leg_id, leg in table.items()
        ) + sum(
            leg.trunk_id == trunk_id and not trunks.counts(leg.leg_id)
            for leg in legs.agents.values()
        )
        return trunks.used(trunk_id) + not_counted_yet

    def take(self, way: DialWay) -> Busy:
        """Begin a leg; what is missing where there is no room for it."""
        if self.in_use(way.trunk_id) >= way.channels:
            return "channels"
        if way.calls_per_s is not None:
            now_s, spacing_s = self._monotonic_s(), 1 / way.calls_per_s
            earliest_s = self._earliest_s.get(way.trunk_id, now_s)
            if now_s < earliest_s - max(0.0, 1 - spacing_s):
                return "rate"
            self._earliest_s[way.trunk_id] = max(now_s, earliest_s) + spacing_s
        return ""
