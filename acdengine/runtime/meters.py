"""Counters of the runtime, as plain integers."""

from __future__ import annotations

from typing import Final

from acdengine.runtime.histogram import Histogram

#: Nanoseconds from an event to its commands: from a tenth of the usual to what callers would hear.
DECISION_BOUNDS_NS: Final = (
    5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 1_000_000_000,
)  # fmt: skip
#: Microseconds by which the loop came late to what it had planned.
LAG_BOUNDS_US: Final = (
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000,
)  # fmt: skip


class Meters:
    """Counters since the start, written by the runtime only."""

    def __init__(self) -> None:
        #: Events handled, by their type.
        self.events: dict[str, int] = {}
        self.commands = 0
        self.facts = 0
        #: Times the outbox of the sinks was full and delivered within the turn.
        self.outbox_full = 0
        #: Facts that a slow reader lost, because its outbox was full.
        self.facts_dropped = 0
        self.decision_ns = Histogram(DECISION_BOUNDS_NS)
        self.lag_us = Histogram(LAG_BOUNDS_US)
        #: Longest inbox since the start.
        self.inbox_peak = 0
        #: At a long inbox: calls and requests turned away, and events dropped.
        self.arrivals_turned_away = 0
        self.requests_turned_away = 0
        self.events_dropped = 0
        #: How often the sources were asked to wait.
        self.pauses = 0
        #: Events that the engine's tables did not allow.
        self.invalid_transitions = 0
        #: Times the engine had to be rebuilt from its journal.
        self.rebuilds = 0
        #: Errors that ports and sinks raised where they must not.
        self.port_errors = 0
        self.sink_errors = 0
        self.clock_steps = 0
        #: Snapshots written, and how long the last one held up the loop.
        self.snapshots = 0
        self.snapshot_ns = 0
        self.snapshot_bytes = 0

    def held(self, nanoseconds: int) -> None:
        """A slice of a snapshot has held up the loop for so long."""
        self.snapshot_ns = max(self.snapshot_ns, nanoseconds)
