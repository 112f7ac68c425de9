"""The last so many of something, by key, without ever looking for the oldest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

V = TypeVar("V")


class BoundedHistory(Generic[V]):
    """Keeps at least the last ``limit`` entries and at most twice as many.

    Two generations: when the young one is full it becomes the old one, and what was old is
    forgotten at once. A dict that is used as a queue gets slower the longer it lives.
    """

    __slots__ = ("_limit", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}

    def __setitem__(self, key: str, value: V) -> None:
        young = self._young
        young[key] = value
        if len(young) >= self._limit:
            self._old, self._young = young, {}

    def get(self, key: str) -> V | None:
        """The value, if it is still kept."""
        value = self._young.get(key)
        return self._old.get(key) if value is None else value

    def pop(self, key: str) -> V | None:
        """Take a value out."""
        value = self._young.pop(key, None)
        old = self._old.pop(key, None)
        return old if value is None else value

    def __contains__(self, key: str) -> bool:
        return key in self._young or key in self._old

    def items(self) -> Iterator[tuple[str, V]]:
        """Everything kept, oldest first, each key once with its newest value."""
        for key, value in self._old.items():
            if key not in self._young:
                yield key, value
        yield from self._young.items()

    def generations(self) -> tuple[dict[str, V], dict[str, V]]:
        """Old and young, for a snapshot."""
        return self._old, self._young

    def load(self, old: dict[str, V], young: dict[str, V]) -> None:
        """Continue with the generations of a snapshot."""
        self._old, self._young = old, young
