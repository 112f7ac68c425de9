"""Trunks: lines that calls arrive on, and what happens when they are all taken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from acdengine.plan import TrunkGroup

US: Final = 1_000_000
#: Speech channels of one E1 span: 32 time slots less synchronisation and signalling (ITU-T G.704).
E1_CHANNELS: Final = 30

Busy = Literal["channels", "rate"]


class Trunk:
    """One trunk group: channels, and calls a second where the carrier limits them.

    The rate is a bucket that fills with `calls_per_s` and holds one second of it, at least one
    call: a burst of that many passes at any time.
    """

    __slots__ = ("_earliest_us", "_spacing_us", "_tolerance_us", "busy", "channels", "trunk_id")

    def __init__(self, group: TrunkGroup) -> None:
        self.trunk_id = group.trunk_id
        #: Channels taken.
        self.busy = 0
        self.use(group)
        #: When the next call would be in order, had all come evenly (the GCRA of ATM Forum TM 4.0).
        self._earliest_us = -US

    def take(self, now_us: int) -> Busy | None:
        """Take a channel for a new call; what is missing where there is none."""
        if self.busy >= self.channels:
            return "channels"
        if self._spacing_us:
            earliest_us = self._earliest_us
            if now_us < earliest_us - self._tolerance_us:
                return "rate"
            self._earliest_us = max(now_us, earliest_us) + self._spacing_us
        self.busy += 1
        return None

    def add(self) -> None:
        """A call that is up already counts, also beyond the limits."""
        self.busy += 1

    def use(self, group: TrunkGroup) -> None:
        """Other limits, from now on; the calls stay."""
        self.channels = group.channels
        rate = group.calls_per_s
        self._spacing_us = 0 if rate is None else round(US / rate)
        self._tolerance_us = max(0, US - self._spacing_us)

    def give_back(self) -> None:
        """A call is over.

        Raises:
            ValueError: no channel was taken.
        """
        if not self.busy:
            raise ValueError(f"trunk {self.trunk_id} has no call to end")
        self.busy -= 1


def trunks_of(groups: Iterable[TrunkGroup]) -> dict[str, Trunk]:
    """The trunk groups of a plan by id."""
    return {group.trunk_id: Trunk(group) for group in groups}
