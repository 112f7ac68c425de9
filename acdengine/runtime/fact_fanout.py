"""Who is told the facts, and when: at once, or many facts together a moment later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from acdengine.facts import AnyFact
from acdengine.ports import FactSink
from acdengine.runtime.meters import Meters

_log = structlog.get_logger("acdengine.runtime")

#: Facts kept at most for those who are told later: to tell them takes less than a millisecond.
KEPT_LIMIT: Final = 256


class FactFanout:
    """Passes facts on to sinks.

    Counting and writing down cost several times as much when it is done for each event by itself,
    because by the next event the processor has forgotten all about it. So what only keeps count
    or accounts is told later: when there are many facts, at `catch_up`, and in the same order.

    Args:
        meters: counts the facts, and what sinks raise.
    """

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._at_once: list[FactSink] = []
        self._later: list[FactSink] = []
        #: Number of the event, and its facts, for those who are told later.
        self._kept: list[tuple[int, Sequence[AnyFact]]] = []
        self._number_kept = 0

    def add(self, sink: FactSink, *, later: bool) -> None:
        """Have somebody told from now on."""
        self.catch_up()
        (self._later if later else self._at_once).append(sink)

    def remove(self, sink: FactSink) -> None:
        """Have somebody told no more.

        Raises:
            ValueError: it is not told.
        """
        self.catch_up()
        (self._later if sink in self._later else self._at_once).remove(sink)

    def tell(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Pass on what came of one event."""
        self._meters.facts += len(facts)
        for sink in self._at_once:
            self._give(sink, seq, facts)
        if self._later:
            self._kept.append((seq, facts))
            self._number_kept += len(facts)
            if self._number_kept >= KEPT_LIMIT:
                self.catch_up()

    def catch_up(self) -> None:
        """Tell what was kept for later."""
        if not self._kept:
            return
        kept, self._kept = self._kept, []
        self._number_kept = 0
        for sink in self._later:
            for seq, facts in kept:
                self._give(sink, seq, facts)

    def _give(self, sink: FactSink, seq: int, facts: Sequence[AnyFact]) -> None:
        try:
            sink.take(seq, facts)
        except Exception:  # noqa: BLE001 - it is logged, and the loop goes on
            # A report that goes wrong must not stop the calls.
            self._meters.sink_errors += 1
            _log.exception("sink failed", sink=type(sink).__name__)
