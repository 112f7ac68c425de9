"""What holds when: values that change from interval to interval."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Timetable(Generic[T]):
    """A value for each interval, counted from the origin of the simulation.

    Attributes:
        starts_us: where the intervals begin, from 0, rising.
        values: the value of each.
        period_us: after this time the timetable begins again; None: the last value stays.
    """

    starts_us: tuple[int, ...]
    values: tuple[T, ...]
    period_us: int | None = None

    def __post_init__(self) -> None:
        if not self.starts_us or self.starts_us[0] != 0:
            raise ValueError("a timetable begins at 0")
        if any(later <= earlier for earlier, later in itertools.pairwise(self.starts_us)):
            raise ValueError("the intervals of a timetable must begin one after the other")
        if len(self.starts_us) != len(self.values):
            raise ValueError(f"{len(self.starts_us)} intervals but {len(self.values)} values")
        if self.period_us is not None and self.period_us <= self.starts_us[-1]:
            raise ValueError("a timetable cannot repeat before its last interval begins")

    @classmethod
    def always(cls, value: T) -> Timetable[T]:
        """The same value at all times."""
        return cls((0,), (value,))

    def at(self, since_us: int) -> T:
        """The value in force so long after the origin."""
        if self.period_us is not None:
            since_us %= self.period_us
        return self.values[bisect_right(self.starts_us, since_us) - 1]

    def changes(self, until_us: int) -> Iterator[tuple[int, T]]:
        """(time, value) from 0 up to a time, each time at which an interval begins."""
        for round_us in itertools.count(0, self.period_us or until_us):
            for start_us, value in zip(self.starts_us, self.values, strict=True):
                if round_us + start_us >= until_us:
                    return
                yield round_us + start_us, value
            if self.period_us is None:
                return

    def mapped(self, change: Callable[[T], U]) -> Timetable[U]:
        """The same intervals with other values."""
        return Timetable(self.starts_us, tuple(change(v) for v in self.values), self.period_us)
