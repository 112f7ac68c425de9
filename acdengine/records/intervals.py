"""Counts of queues by quarter of an hour, which add up to hours, days and months.

A queue wait is counted in the quarter in which it began, whenever and however it ended, so that the
parts of a ratio belong to the same calls; a conversation and a wrap-up in the one in which they
began. Quarters begin on the hour in UTC, and so in every zone that is whole quarters away.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

import msgspec

INTERVAL_US: Final = 900_000_000
_US_PER_S: Final = 1_000_000
#: Seconds of the columns ``answered_in_N_s`` and ``abandoned_in_N_s``: waits up to and with N.
WITHIN_S: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
_WITHIN_US: Final = tuple(seconds * _US_PER_S for seconds in WITHIN_S)


class QueueCounts(msgspec.Struct, gc=False):
    """What is added to the counts of one queue in one interval."""

    #: Waits begun; and waits that went on where they were left, for a callback or a number outside.
    queued: int = 0
    resumed: int = 0
    answered: int = 0
    abandoned: int = 0
    #: Of these, within the short-abandon time.
    short_abandoned: int = 0
    #: Left for another reason.
    left_otherwise: int = 0
    #: Calls that the queue did not take.
    refused: int = 0
    offers: int = 0
    #: Offers that were not answered though the caller was still there.
    offers_missed: int = 0
    waited_answered_us: int = 0
    waited_abandoned_us: int = 0
    waited_otherwise_us: int = 0
    conversations: int = 0
    talked_us: int = 0
    held_us: int = 0
    wrap_ups: int = 0
    wrapped_us: int = 0


#: Columns of plain counts, and those of the waits within so many seconds.
COUNT_NAMES: Final = QueueCounts.__struct_fields__
WITHIN_NAMES: Final = tuple(
    f"{what}_in_{seconds}_s" for what in ("answered", "abandoned") for seconds in WITHIN_S
)


class QueueIntervals:
    """Counts to be added to those that the database has."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], QueueCounts] = {}
        #: Waits by the first of `WITHIN_S` that they fall within; answered ones, then abandoned.
        self._within: dict[tuple[str, int], list[int]] = {}

    def of(self, queue_id: str, at_us: int) -> QueueCounts:
        """The counts of a queue in the interval that a moment is in."""
        key = (queue_id, at_us - at_us % INTERVAL_US)
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = QueueCounts()
        return counts

    def add_wait(self, queue_id: str, at_us: int, waited_us: int, *, answered: bool) -> None:
        """Count a wait that was answered or given up among those of its length."""
        place = bisect_left(_WITHIN_US, waited_us)
        if place == len(_WITHIN_US):
            return
        key = (queue_id, at_us - at_us % INTERVAL_US)
        within = self._within.get(key)
        if within is None:
            within = self._within[key] = [0] * (2 * len(WITHIN_S))
        within[place if answered else place + len(WITHIN_S)] += 1

    def drain(self, source_id: int) -> list[tuple[int | str, ...]]:
        """What is to be added, a tuple for each row: key, then counts in the order of columns."""
        none = [0] * (2 * len(WITHIN_S))
        rows = [
            (
                source_id, queue_id, at_us, queue_id.partition("/")[0],
                *msgspec.structs.astuple(counts),
                *_cumulated(self._within.get((queue_id, at_us), none)),
            )
            for (queue_id, at_us), counts in self._counts.items()
        ]  # fmt: skip
        self._counts.clear()
        self._within.clear()
        return rows


def _cumulated(within: list[int]) -> list[int]:
    """From waits that fall between two limits to those within each limit."""
    limits = len(WITHIN_S)
    sums = list(within)
    for place in range(1, 2 * limits):
        if place != limits:
            sums[place] += sums[place - 1]
    return sums
