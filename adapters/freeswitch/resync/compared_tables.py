"""The parts of a node that a comparison brings to what is live on the switch."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.translation.agent_offers import AgentOffers
from adapters.freeswitch.translation.caller_legs import CallerLegs
from adapters.freeswitch.translation.changes_during_resync import ReadingChanges
from adapters.freeswitch.translation.rejoined_callers import RejoinedCallers
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks


@dataclass(frozen=True, slots=True)
class ComparedTables:
    """Tables of one node.

    Attributes:
        legs: the adapter's table.
        callers: enters callers' legs in it.
        offers: reports answers that were missed.
        trunks: counts the channels of trunk groups.
        changes: what happened to legs while the switch was read.
        rejoined: callers who were taken elsewhere.
    """

    legs: Legs
    callers: CallerLegs
    offers: AgentOffers
    trunks: NodeTrunks
    changes: ReadingChanges
    rejoined: RejoinedCallers
