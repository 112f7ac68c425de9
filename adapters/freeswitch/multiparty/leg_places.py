"""Where each leg of a call with more than two legs is: alone, bridged, or eavesdropping.

A leg that is about to be parked (taken off by us, or left by a partner who has hung up) is marked
as leaving until FreeSWITCH parks it, and is not touched meanwhile. The diagram in
`adapters/README.md` is drawn from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

PlaceState = Literal["alone", "bridged", "eavesdropping"]
PlaceTrigger = Literal["bridged", "eavesdrops", "parted"]

#: ``parted``: the leg is parked or down, or the leg that it was bridged with is.
PLACE_TABLE: Final[dict[PlaceState, dict[PlaceTrigger, PlaceState]]] = {
    "alone": {"bridged": "bridged", "eavesdrops": "eavesdropping"},
    "bridged": {"bridged": "bridged", "parted": "alone"},
    "eavesdropping": {"bridged": "bridged", "parted": "alone"},
}

#: After so long a step of which nothing was heard is taken again. Parking takes up to 45 ms, a
#: bridge 62, as measured.
AGAIN_S: Final = 2.0


@dataclass(slots=True)
class LegPlace:
    """Where one leg is.

    Attributes:
        state: alone, bridged or eavesdropping.
        other: the leg that it is bridged with or eavesdrops on.
        leaving_since_s: when it began to leave; None: it does not.
    """

    state: PlaceState = "alone"
    other: str = ""
    leaving_since_s: float | None = None

    def move(self, trigger: PlaceTrigger, other: str = "") -> None:
        """Change the state by the table; a trigger that the state does not list changes nothing."""
        state = PLACE_TABLE[self.state].get(trigger)
        if state is not None:
            self.state, self.other = state, other


class LegPlaces:
    """The places of all legs in calls with more than two legs, on one node.

    Args:
        monotonic_s: a clock that only runs on.
    """

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._places: dict[str, LegPlace] = {}
        #: The legs that eavesdrop, to those that they hear: there are few.
        self._heard: dict[str, str] = {}

    def _move(self, leg_id: str, trigger: PlaceTrigger, other: str = "") -> None:
        place = self._of(leg_id)
        place.move(trigger, other)
        if place.state == "eavesdropping":
            self._heard[leg_id] = place.other
        else:
            self._heard.pop(leg_id, None)

    def _of(self, leg_id: str) -> LegPlace:
        place = self._places.get(leg_id)
        if place is None:
            place = self._places[leg_id] = LegPlace()
        return place

    # -- reads ---------------------------------------------------------------------------------

    def partner(self, leg_id: str) -> str:
        """The leg that a leg is bridged with; empty where it is not bridged."""
        place = self._places.get(leg_id)
        return place.other if place is not None and place.state == "bridged" else ""

    def heard_by(self, leg_id: str) -> str:
        """The leg that a leg eavesdrops on; empty where it does not eavesdrop."""
        return self._heard.get(leg_id, "")

    def hearers(self, leg_id: str) -> list[str]:
        """The legs that eavesdrop on a leg."""
        return [one for one, heard in self._heard.items() if heard == leg_id]

    def is_to_leave(self, leg_id: str) -> bool:
        """Whether a leg was to be parked and has not been, however long ago that was."""
        place = self._places.get(leg_id)
        return place is not None and place.leaving_since_s is not None

    def is_leaving(self, leg_id: str) -> bool:
        """Whether a leg is about to be parked, and must not be touched before."""
        place = self._places.get(leg_id)
        if place is None or place.leaving_since_s is None:
            return False
        return self._monotonic_s() - place.leaving_since_s < AGAIN_S

    # -- changes -------------------------------------------------------------------------------

    def eavesdrops(self, leg_id: str, heard: str) -> None:
        """A leg begins to eavesdrop on another."""
        if leg_id in self._heard:
            self._heard[leg_id] = self._places[leg_id].other = heard
        else:
            self._move(leg_id, "eavesdrops", heard)

    def eavesdrop_failed(self, leg_id: str) -> None:
        """FreeSWITCH has refused the eavesdropping."""
        if leg_id in self._heard:
            self._move(leg_id, "parted")

    def leaves(self, leg_id: str) -> None:
        """A leg is about to be parked."""
        self._of(leg_id).leaving_since_s = self._monotonic_s()

    def parted(self, leg_id: str) -> None:
        """A leg is parked or down; the leg that it was bridged with is alone too."""
        other = self.partner(leg_id)
        self._places.pop(leg_id, None)
        self._heard.pop(leg_id, None)
        if other and self.partner(other) == leg_id:
            self._move(other, "parted")

    def bridged(self, one: str, other: str) -> None:
        """Two legs are bridged."""
        for leg_id in (one, other):
            self.parted(leg_id)
        self._move(one, "bridged", other)
        self._move(other, "bridged", one)

    def found(self, bridged: Mapping[str, str], hearing: Mapping[str, str]) -> None:
        """Take over what a comparison has read: bridged legs, and who eavesdrops on whom."""
        self._places = {leg_id: LegPlace("bridged", other) for leg_id, other in bridged.items()}
        self._heard = {}
        for leg_id, heard in hearing.items():
            self._move(leg_id, "eavesdrops", heard)
