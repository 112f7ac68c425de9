"""Which trunk group a leg belongs to, and how many channels of each group are taken.

A leg is counted from the moment it is parked or answered, inbound and outbound, the engine's or
not: that is what FreeSWITCH's events tell without one more for every leg of the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec
import structlog

from acdengine.modes import Direction
from acdengine.plan import TrunkGroup
from acdengine.trunks import Busy, Trunk
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.event_reader import Event

_log = structlog.get_logger("acdengine.freeswitch")

#: Names of groups that are none of which the log tells, and characters of each.
_NAMES_TOLD: Final = 100
_SHOWN: Final = 80
#: What a caller is told who meets a full group, or one with too many calls a second: 486 and 503 in
#: SIP, 17 and 34 in ISDN (Q.850).
BUSY_CAUSES: Final[dict[Busy, str]] = {
    "channels": "USER_BUSY",
    "rate": "NORMAL_CIRCUIT_CONGESTION",
}


class Way(msgspec.Struct, frozen=True):
    """By what a leg came, or goes out: as far as its channel variables tell."""

    trunk: str = ""
    gateway: str = ""
    span_name: str = ""
    span_number: str = ""
    address: str = ""
    profile: str = ""


def way_of(fields: ChannelFields) -> Way:
    """The way of the leg of an event."""
    return Way(
        fields.trunk,
        fields.gateway_in or fields.gateway_out,
        fields.span_name,
        fields.span_number,
        fields.network_address if fields.direction == "inbound" else "",
        fields.profile,
    )


@dataclass(frozen=True, slots=True)
class TrunkMap:
    """What of a switch belongs to which trunk group.

    Attributes:
        gateways, spans, profiles: by name (spans by number too).
        networks: addresses and networks (``192.0.2.0/24``) that calls come from.
    """

    gateways: Mapping[str, str] = field(default_factory=dict)
    spans: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)

    def group(self, way: Way) -> str:
        """The trunk group of a leg; where nothing tells, its SIP profile's name."""
        return (
            way.trunk
            or self.gateways.get(way.gateway)
            or self.spans.get(way.span_name)
            or self.spans.get(way.span_number)
            or (self._by_address(way.address) if self.networks else "")
            or self.profiles.get(way.profile)
            or way.profile
        )

    def _by_address(self, address: str) -> str:
        try:
            came_from = ip_address(address)
        except ValueError:
            return ""  # none, or a name
        fitting = [
            (network.prefixlen, group)
            for network, group in ((ip_network(one), to) for one, to in self.networks.items())
            if came_from in network
        ]
        return max(fitting, key=lambda found: found[0])[1] if fitting else ""


class TrunkUse:
    """Channels taken of every trunk group, on all nodes together.

    Args:
        groups: gives the trunk groups of the settings; any other has no limit.
        now_us: a clock that is never set, microseconds.
    """

    def __init__(
        self, groups: Callable[[], Mapping[str, TrunkGroup]], now_us: Callable[[], int]
    ) -> None:
        self._groups = groups
        self._now_us = now_us
        self._trunks: dict[str, tuple[TrunkGroup, Trunk]] = {}
        #: Callers who came by what is no group, and its names as far as they were told.
        self.without_group = 0
        self._missed: dict[str, None] = {}
        #: By node and leg, the group.
        self._legs: dict[str, dict[str, str]] = {}

    def is_group(self, trunk_id: str) -> bool:
        """Whether the settings have such a group."""
        return trunk_id in self._groups()

    def missing(self, name: str, counted_for: str = "") -> None:
        """A caller came by what the settings have no group for: none of their limits holds, unless
        the call counts for another group."""
        self.without_group += 1
        if name not in self._missed and len(self._missed) < _NAMES_TOLD:
            self._missed[name] = None
            if self.is_group(counted_for):
                _log.warning(
                    "acd_trunk names no trunk group, another one counts",
                    name=name[:_SHOWN],
                    counts_for=counted_for,
                )
            else:
                _log.warning("a caller of no trunk group, taken without limits", name=name[:_SHOWN])

    def used(self, trunk_id: str) -> int:
        """Channels taken of a group."""
        trunk = self._trunk(trunk_id)
        return trunk.busy if trunk is not None else self._listed(trunk_id)

    def _listed(self, trunk_id: str) -> int:
        return sum(one == trunk_id for legs in self._legs.values() for one in legs.values())

    def legs_of(self, node_id: str) -> Mapping[str, str]:
        """The legs counted on a node, each with its group."""
        return self._legs.setdefault(node_id, {})

    def arrive(self, node_id: str, leg_id: str, trunk_id: str) -> Busy | None:
        """A caller is there: a channel is taken, or what is missing.

        A leg that the dialplan has answered first is counted already, perhaps for another group.
        """
        self.end(node_id, leg_id)
        trunk = self._trunk(trunk_id)
        busy = trunk.take(self._now_us()) if trunk is not None else None
        if busy is None:
            self._legs.setdefault(node_id, {})[leg_id] = trunk_id
        return busy

    def count(self, node_id: str, leg_id: str, trunk_id: str) -> None:
        """A leg is there, whatever the limits say."""
        if leg_id not in self.legs_of(node_id):
            trunk = self._trunk(trunk_id)
            self._legs[node_id][leg_id] = trunk_id
            if trunk is not None:
                trunk.add()

    def end(self, node_id: str, leg_id: str) -> None:
        """A leg is down."""
        trunk_id = self.legs_of(node_id).get(leg_id)
        if trunk_id is None:
            return
        trunk = self._trunk(trunk_id)
        del self._legs[node_id][leg_id]
        if trunk is not None:
            trunk.give_back()

    def compare(self, node_id: str, live: Mapping[str, str]) -> None:
        """These are the legs of a node, each with its group, and no others."""
        for leg_id in [one for one in self.legs_of(node_id) if one not in live]:
            self.end(node_id, leg_id)
        for leg_id, trunk_id in live.items():
            self.count(node_id, leg_id, trunk_id)

    def _trunk(self, trunk_id: str) -> Trunk | None:
        group = self._groups().get(trunk_id)
        if group is None:
            self._trunks.pop(trunk_id, None)
            return None
        known = self._trunks.get(trunk_id)
        if known is None:
            trunk = Trunk(group)
            # The group is new in the settings; its calls need not be.
            trunk.busy = self._listed(trunk_id)
        elif known[0] is group:
            return known[1]
        else:
            trunk = known[1]
            trunk.use(group)
        self._trunks[trunk_id] = (group, trunk)
        return trunk


class NodeTrunks:
    """The part of one node.

    Args:
        node_id: of the switch.
        use: of all of them.
        groups: what of the switch belongs to which group; may be put in another's place.
    """

    def __init__(self, node_id: str, use: TrunkUse, groups: TrunkMap) -> None:
        self._node_id = node_id
        self._use = use
        self.groups = groups
        self._turned_away: dict[str, None] = {}
        self._before: dict[str, str] = {}

    def group(self, way: Way) -> str:
        """The trunk group of a leg; where `acd_trunk` names none, by what else tells."""
        said = self.groups.group(way)
        if not way.trunk or self._use.is_group(said):
            return said
        otherwise = Way("", way.gateway, way.span_name, way.span_number, way.address, way.profile)
        found = self.groups.group(otherwise)
        return found if self._use.is_group(found) else said

    def group_of_caller(self, way: Way, direction: Direction) -> str:
        """The same of a caller; who comes from outside and by no group, or by one that is misnamed,
        is told of."""
        found = self.group(way)
        named = way.trunk or found
        if direction == "inbound" and not self._use.is_group(named):
            self._use.missing(named, found)
        return found

    def used(self, trunk_id: str) -> int:
        """Channels taken of a group, on all nodes."""
        return self._use.used(trunk_id)

    def counts(self, leg_id: str) -> bool:
        """Whether a leg of this node is counted."""
        return leg_id in self._use.legs_of(self._node_id)

    def arrive(self, leg_id: str, trunk_id: str) -> Busy | None:
        """A caller's leg is parked: what is missing for it, if anything is."""
        busy = self._use.arrive(self._node_id, leg_id, trunk_id)
        if busy is not None:
            self._turned_away[leg_id] = None
        return busy

    def heard(self, event: Event[ChannelFields], leg_id: str) -> None:
        """Count a leg, by its own uuid, by an event that was understood already."""
        name = event.fields.event_name
        if name in ("CHANNEL_PARK", "CHANNEL_ANSWER"):
            if leg_id not in self._turned_away and not self.counts(leg_id):
                self._use.count(self._node_id, leg_id, self.group(way_of(event.whole())))
        elif name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
            self._use.end(self._node_id, leg_id)
            if name == "CHANNEL_HANGUP_COMPLETE":
                self._turned_away.pop(leg_id, None)

    def reading(self) -> None:
        """The switch is about to be read."""
        self._before = dict(self._use.legs_of(self._node_id))

    def read(self, live: Mapping[str, Way]) -> None:
        """The switch has been read: these legs are live, besides those heard of meanwhile."""
        counted = self._use.legs_of(self._node_id)
        came = {leg_id: group for leg_id, group in counted.items() if leg_id not in self._before}
        self._turned_away = {leg_id: None for leg_id in self._turned_away if leg_id in live}
        listed = {
            leg_id: self.group(way)
            for leg_id, way in live.items()
            if leg_id not in self._turned_away
        }
        self._use.compare(self._node_id, {**listed, **came})
        self._before = {}

    def is_turned_away(self, leg_id: str) -> bool:
        """Whether a caller's leg is on its way down for want of a channel."""
        return leg_id in self._turned_away

    def forget(self) -> None:
        """The switch is no longer looked at."""
        self._use.compare(self._node_id, {})
