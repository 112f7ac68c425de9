"""The engine's own random numbers: seeded, in the snapshot, the same on every machine.

SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
"""

from __future__ import annotations

from typing import Final

_MASK: Final = (1 << 64) - 1


class Draw:
    """A stream of numbers that depends on nothing but its seed."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def _next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def below(self, bound: int) -> int:
        """Uniform over 0 .. bound - 1 (exact: what would favour small numbers is drawn again)."""
        limit = (1 << 64) - (1 << 64) % bound
        while True:
            number = self._next()
            if number < limit:
                return number % bound
