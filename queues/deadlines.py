"""Deadlines: what is due next, with cheap setting and cancelling.

Most deadlines never fire (a ringing phone is answered, a caller is served), so a heap of all of
them would fill with the dead. They lie in buckets of an eighth of a second instead, where taking
one back is a deletion; only the buckets' times are in a heap. Cost does not grow with the number
kept.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_SHIFT: Final = 17  # 2**17 microseconds: about an eighth of a second
NEVER_US: Final = 2**62


class Deadlines(Generic[T]):
    """Things due at a time, handed out in the order of that time, then of their setting."""

    __slots__ = ("_buckets", "_count", "_times", "serial")

    def __init__(self) -> None:
        self._buckets: dict[int, dict[int, tuple[int, T]]] = {}
        self._times: list[int] = []
        #: Of the deadline set last; ties are broken by it.
        self.serial = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def set(self, due_us: int, what: T) -> int:
        """Have ``what`` handed out at ``due_us``; returns the serial to cancel it by."""
        serial = self.serial = self.serial + 1
        self.put(due_us, serial, what)
        return serial

    def put(self, due_us: int, serial: int, what: T) -> None:
        """Set a deadline under the serial it had, after a restore."""
        slot = due_us >> _SHIFT
        bucket = self._buckets.get(slot)
        if bucket is None:
            bucket = self._buckets[slot] = {}
            heappush(self._times, slot)
        bucket[serial] = (due_us, what)
        self._count += 1

    def cancel(self, due_us: int, serial: int) -> None:
        """Take a deadline back; one that has fired or was taken back is no error."""
        bucket = self._buckets.get(due_us >> _SHIFT)
        if bucket is not None and bucket.pop(serial, None) is not None:
            self._count -= 1

    def next_us(self) -> int:
        """When the next one is due, or `NEVER_US`: exact, so the first bucket is searched."""
        times = self._times
        while times:
            bucket = self._buckets[times[0]]
            if bucket:
                return min(due for due, _ in bucket.values())
            del self._buckets[heappop(times)]
        return NEVER_US

    def first_bucket_us(self) -> int:
        """A time before which nothing is due; cheaper than `next_us`, and may be early."""
        times = self._times
        return times[0] << _SHIFT if times else NEVER_US

    def pop_due(self, now_us: int) -> list[T]:
        """Everything due by ``now_us``, in order, taken out."""
        due: list[tuple[int, int, T]] = []
        now_slot = now_us >> _SHIFT
        while self._times and self._times[0] <= now_slot:
            bucket = self._buckets[self._times[0]]
            ripe = [(at, serial) for serial, (at, _) in bucket.items() if at <= now_us]
            for at, serial in ripe:
                due.append((at, serial, bucket.pop(serial)[1]))
            if bucket:
                break
            del self._buckets[heappop(self._times)]
        self._count -= len(due)
        due.sort(key=_order)
        return [what for _, _, what in due]


def _order(item: tuple[int, int, object]) -> tuple[int, int]:
    return item[0], item[1]
