"""The protocol of a step on a caller's leg: it takes keys, and is told when its prompts end."""

from __future__ import annotations

from typing import Protocol


class Step(Protocol):
    """A row of prompts, a collection of keys or a recording of the caller.

    Attributes:
        name: what it gives the player to play is known by.
    """

    name: str

    @property
    def hides_keys(self) -> bool:
        """Whether the switch is to tell of no key."""

    def press(self, key: str) -> bool:
        """A key is pressed; returns whether the step takes it."""

    def began(self, left: int) -> None:
        """Another part of what it gave the player has begun; so many are still to come."""

    def played(self, is_whole: bool) -> None:
        """What it gave the player is over; ``is_whole``: no order has cut it off."""

    def cancel(self) -> None:
        """End it, and report that."""
