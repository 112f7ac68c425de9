"""A bounded outbox of facts: between the turn that caused them and a sink that takes them later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from acdengine.facts import AnyFact

#: ``deliver``: the facts are delivered at once, within the turn: for sinks in this process.
#: ``drop``: further facts are dropped and counted until there is room: for a slow reader.
AtLimit = Literal["deliver", "drop"]

#: The number of an event, and the facts that it caused.
Caused: TypeAlias = tuple[int, Sequence[AnyFact]]


class Outbox:
    """Keeps facts in order, up to a limit.

    Args:
        limit: facts kept at most. The facts of one event are kept whole or not at all; with
            ``deliver`` those of one event may go beyond it.
        at_limit: what happens then.

    Attributes:
        dropped: facts lost for good at the limit.
    """

    def __init__(self, limit: int, at_limit: AtLimit) -> None:
        self._limit = limit
        self._at_limit = at_limit
        self._kept: list[Caused] = []
        self._count = 0
        self.dropped = 0

    def __len__(self) -> int:
        return self._count

    def put(self, seq: int, facts: Sequence[AnyFact]) -> bool:
        """Keep the facts of an event.

        Returns:
            Whether the outbox has to be delivered now.
        """
        count = self._count + len(facts)
        if count > self._limit and self._at_limit == "drop":
            self.dropped += len(facts)
            return False
        self._kept.append((seq, facts))
        self._count = count
        return count >= self._limit and self._at_limit == "deliver"

    def take_all(self) -> list[Caused]:
        """Empty the outbox."""
        kept, self._kept = self._kept, []
        self._count = 0
        return kept
