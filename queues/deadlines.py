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
    """Things due at a time, handed out in the order of that time, then of their setting."""

    __slots__ = (
        "_far", "_near", "_near_order", "_near_slot", "_slots", "not_before_us", "popped", "serial",
    )  # fmt: skip

    def __init__(self) -> None:
        #: Slot of time to what is due in it, by time in the slot and serial.
        self._far: dict[int, dict[int, T]] = {}
        #: Heap of the slots in ``_far``.
        self._slots: list[int] = []
        #: What is due up to the end of this slot is in order already, the first at the end of the
        #: list: (-time, -serial), and what of it has not been cancelled.
        self._near_slot = -1
        self._near_order: list[tuple[int, int]] = []
        self._near: dict[int, T] = {}
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
            self._near[serial] = what
            insort(self._near_order, (-due_us, -serial))
            return serial
        bucket = self._far.get(slot)
        if bucket is None:
            bucket = self._far[slot] = {}
            heappush(self._slots, slot)
        bucket[(due_us & _IN_SLOT) << _SERIAL_BITS | serial] = what
        return serial

    def cancel(self, due_us: int, serial: int) -> None:
        """Cancel a deadline; no error when it has fired or was cancelled before."""
        slot = due_us >> _SHIFT
        if slot <= self._near_slot:
            if serial in self._near:
                del self._near[serial]
            return
        bucket = self._far.get(slot)
        if bucket is not None:
            place = (due_us & _IN_SLOT) << _SERIAL_BITS | serial
            if place in bucket:
                del bucket[place]

    def next_us(self) -> int:
        """When the next one is due, or `NEVER_US`."""
        order, near = self._near_order, self._near
        while True:
            while order:
                if -order[-1][1] in near:
                    self.not_before_us = -order[-1][0]
                    return self.not_before_us
                order.pop()
            if not self._slots:
                self.not_before_us = NEVER_US
                return NEVER_US
            self._bring_near()

    def _bring_near(self) -> None:
        """Put the next slot in order; nothing of the one before is left."""
        slot = self._near_slot = heappop(self._slots)
        order, near = self._near_order, self._near
        begins_us = slot << _SHIFT
        for place, what in self._far.pop(slot).items():
            serial = place & _SERIAL
            near[serial] = what
            order.append((-begins_us - (place >> _SERIAL_BITS), -serial))
        order.sort()

    def pop(self, now_us: int) -> T | None:
        """The first of what is due by ``now_us``, taken out; None when nothing is."""
        if self.next_us() > now_us:
            return None
        self.popped = -self._near_order.pop()[1]
        return self._near.pop(self.popped)
