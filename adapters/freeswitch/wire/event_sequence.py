"""Detects missed events by the sequence number that FreeSWITCH gives each event.

The number counts every event of the core, also those a link did not ask for. So on a link that is
sent all events a missing number is a lost event; on any other link, numbers only tell that the
switch was restarted (they begin again, and its `Core-UUID` is another), and how many events of any
kind passed while the link was down.

Events may overtake each other by a little: FreeSWITCH delivers with several threads when it is
busy. So a number counts as missed only when events far beyond it have come.

Source: `switch_event_prep_for_delivery_detailed`, `switch_event_dispatch_thread` (switch_event.c).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

#: How far events may overtake each other, in numbers.
DEFAULT_SLACK: Final = 1_000
#: No more missing numbers are remembered one by one; a larger hole is a loss at once.
_MAX_HOLES: Final = 10_000


class GapCause(Enum):
    """Why events may be missing."""

    LOST = "lost"
    """Events that should have come did not: the switch's queue for this link ran over."""
    AWAY = "away"
    """The link was down meanwhile."""
    RESTARTED = "restarted"
    """The switch is another process than before: all its calls are gone."""


class Gap(msgspec.Struct, frozen=True):
    """Events from `first` to `last` were not seen; `count` of them, of whatever kind.

    After a restart nothing is known of the events before, and all three are 0.
    """

    cause: GapCause
    first: int
    last: int
    count: int


class SequenceWatch:
    """Watches the numbers of one switch's events, over reconnects."""

    def __init__(self, *, is_complete: bool = False, slack: int = DEFAULT_SLACK) -> None:
        self.is_complete = is_complete
        self._slack = slack
        self._core = ""
        self._highest = 0
        self._was_away = False
        #: Numbers that were passed over, lowest first.
        self._holes: dict[int, None] = {}

    def away(self) -> None:
        """The link is down: events pass unseen from now on."""
        self._was_away = True
        self._holes.clear()

    def see(self, core: str, number: int) -> Gap | None:
        """An event came; what is now known to be missing, if anything. Number 0 means unknown."""
        if core and core != self._core:
            is_first, self._core = not self._core, core
            self._highest, self._was_away = number, False
            self._holes.clear()
            return None if is_first else Gap(GapCause.RESTARTED, 0, 0, 0)
        if not number:
            return None
        if self._was_away:
            return self._see_after_absence(number)
        if number <= self._highest:
            self._holes.pop(number, None)
            return None
        before, self._highest = self._highest, number
        if not self.is_complete or not before:
            return None
        hole = number - before - 1
        if hole > _MAX_HOLES:
            return Gap(GapCause.LOST, before + 1, number - 1, hole)
        if hole:
            self._holes.update(dict.fromkeys(range(before + 1, number)))
        return self._overdue() if self._holes else None

    def _see_after_absence(self, number: int) -> Gap | None:
        before = self._highest
        self._was_away = False
        self._highest = max(before, number)
        if not before or number <= before + 1:
            return None
        return Gap(GapCause.AWAY, before + 1, number - 1, number - before - 1)

    def _overdue(self) -> Gap | None:
        """Holes so far back that their events will not come any more."""
        overdue = []
        for number in self._holes:
            if number > self._highest - self._slack:
                break
            overdue.append(number)
        if not overdue and len(self._holes) <= _MAX_HOLES:
            return None
        overdue = overdue or list(self._holes)
        for number in overdue:
            del self._holes[number]
        return Gap(GapCause.LOST, overdue[0], overdue[-1], len(overdue))
