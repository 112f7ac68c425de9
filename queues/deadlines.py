"""Deadlines: what is due next, with cheap setting and cancelling.

Most deadlines never fire (a ringing phone is answered, a caller is served), so a heap of all of
them would fill with the dead. They lie in slots of an eighth of a second instead, where taking one
back is a deletion, and only the next slot is put in order. Cost does not grow with the number kept.
"""

from __future__ import annotations

from bisect import insort
from heapq import heappop, heappush
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_SHIFT: Final = 17  # 2**17 microseconds: about an eighth of a second
_IN_SLOT: Final = (1 << _SHIFT) - 1
#: Within a slot a deadline is one number, small enough for a machine word: the time in the slot,
#: then the serial.
_SERIAL_BITS: Final = 44
_SERIAL: Final = (1 << _SERIAL_BITS) - 1
NEVER_US: Final = 2**62


class Deadlines(Generic[T]):
    """Keeps records with the time when each is due, and hands them out in the order of time, then
    of setting."""

    __slots__ = (
        "_far", "_near", "_near_from_us", "_near_order", "_near_slot", "_slots", "not_before_us",
        "popped", "serial",
    )  # fmt: skip

    def __init__(self) -> None:
        #: Slot of time to what is due in it, by place: the time in the slot, then the serial.
        self._far: dict[int, dict[int, T]] = {}
        #: Heap of the slots in ``_far``.
        self._slots: list[int] = []
        #: What is due up to the end of this slot, by its place there (below 0: due before it), and
        #: the places negated and in order, so that the first is at the end of the list. Those of
        #: cancelled deadlines are still in the order.
        self._near_slot = -1
        self._near_from_us = 0
        self._near: dict[int, T] = {}
        self._near_order: list[int] = []
        #: Nothing is due before this.
        self.not_before_us = NEVER_US
        #: Of the deadline set last; ties are broken by it.
        self.serial = 0
        #: Of the deadline handed out last.
        self.popped = 0

    def __len__(self) -> int:
        return len(self._near) + sum(len(bucket) for bucket in self._far.values())

    def set(self, due_us: int, what: T, serial: int = 0) -> int:
        """Have ``what`` handed out at ``due_us``; returns the serial to cancel it by.

        After a restore a deadline is set again under the ``serial`` it had.
        """
        if not serial:
            serial = self.serial = self.serial + 1
        if due_us < self.not_before_us:
            self.not_before_us = due_us
        slot = due_us >> _SHIFT
        if slot <= self._near_slot:
            place = (due_us - self._near_from_us) << _SERIAL_BITS | serial
            self._near[place] = what
            insort(self._near_order, -place)
            return serial
        try:
            bucket = self._far[slot]
        except KeyError:
            bucket = self._far[slot] = {}
            heappush(self._slots, slot)
        bucket[(due_us & _IN_SLOT) << _SERIAL_BITS | serial] = what
        return serial

    def cancel(self, due_us: int, serial: int) -> None:
        """Cancel a deadline; no error when it has fired or was cancelled before."""
        slot = due_us >> _SHIFT
        # `contextlib.suppress` would cost more than the deletion.
        try:
            if slot <= self._near_slot:
                del self._near[(due_us - self._near_from_us) << _SERIAL_BITS | serial]
            else:
                del self._far[slot][(due_us & _IN_SLOT) << _SERIAL_BITS | serial]
        except KeyError:
            pass

    def next_us(self) -> int:
        """When the next record is due, or `NEVER_US`."""
        while True:
            order, near = self._near_order, self._near
            while order:
                place = -order[-1]
                if place in near:
                    due_us = self.not_before_us = self._near_from_us + (place >> _SERIAL_BITS)
                    return due_us
                order.pop()
            if not self._slots:
                self.not_before_us = NEVER_US
                return NEVER_US
            self._bring_near()

    def _bring_near(self) -> None:
        """Put the next slot in order; nothing of the one before is left."""
        slot = self._near_slot = heappop(self._slots)
        self._near_from_us = slot << _SHIFT
        self._near = self._far.pop(slot)
        self._near_order = sorted([-place for place in self._near])

    def pop(self, now_us: int) -> T | None:
        """The first of what is due by ``now_us``, taken out; None when nothing is."""
        if self.next_us() > now_us:
            return None
        place = -self._near_order.pop()
        self.popped = place & _SERIAL
        return self._near.pop(place)
