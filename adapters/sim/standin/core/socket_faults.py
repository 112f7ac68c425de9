"""Faults between the switch and its clients, on demand and from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.sim.standin.core.event_socket_protocol import Event


@dataclass(slots=True)
class Faults:
    """All off to begin with; may be changed at any time, for what is said from then on.

    Attributes:
        delay_s: everything that is said arrives so much later, in our seconds.
        piece_bytes: what is said is sent in pieces of so many bytes; 0 is whole.
        is_frozen: nothing is heard and nothing said, but connections stay open; what was held back
            comes all at once when it is taken away (`StandIn.thaw`).
        read_pause_s: after each time it has read, the switch reads nothing for so long.
        lost, doubled, swapped: the share of events that are not sent, sent twice, or sent behind
            the next one.
        loses: events that are not sent, by what they are.
        unknown: commands that are answered as unknown, by their first word; of `api` and `bgapi`
            the API command's name.
        seed: of what is drawn.
    """

    delay_s: float = 0.0
    piece_bytes: int = 0
    is_frozen: bool = False
    read_pause_s: float = 0.0
    lost: float = 0.0
    doubled: float = 0.0
    swapped: float = 0.0
    loses: Callable[[Event], bool] | None = None
    unknown: tuple[str, ...] = ()
    seed: int = 1
    _draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    @property
    def harms_events(self) -> bool:
        """Whether events may be lost, doubled or swapped."""
        return bool(self.lost or self.doubled or self.swapped or self.loses)

    def copies(self, event: Event) -> int:
        """How often an event is sent."""
        if self.loses is not None and self.loses(event):
            return 0
        drawn = self._draw.random()
        if drawn < self.lost:
            return 0
        return 2 if drawn < self.lost + self.doubled else 1

    def is_swapped(self) -> bool:
        """Whether an event is sent behind the next one."""
        return bool(self.swapped) and self._draw.random() < self.swapped
