"""Fact fan-out: passes facts to sinks, at once or through a bounded outbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from acdengine.facts import AnyFact
from acdengine.ports import FactSink
from acdengine.runtime.meters import Meters
from acdengine.runtime.outbox import Outbox

_log = structlog.get_logger("acdengine.runtime")

#: Facts kept at most for the sinks that take them later: passing them on takes less than a
#: millisecond.
KEPT_LIMIT: Final = 256


class FactFanout:
    """Passes facts on to sinks.

    A sink that only counts or writes takes facts later, many at a time: counting for each event by
    itself costs several times as much, because the code and data of the sink have left the
    processor's cache by the next event. All these sinks share one outbox, which is delivered when
    it is full and at `catch_up`. A slow reader has an outbox of its own (`open_outbox`).

    Args:
        meters: counts the facts, the errors of sinks, and what happens at the limit of an outbox.
    """

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._at_once: list[FactSink] = []
        self._later: list[FactSink] = []
        self._outbox = Outbox(KEPT_LIMIT, "deliver")
        self._readers: list[Outbox] = []

    def add(self, sink: FactSink, *, later: bool) -> None:
        """Pass facts to a sink from now on."""
        self.catch_up()
        (self._later if later else self._at_once).append(sink)

    def remove(self, sink: FactSink) -> None:
        """Stop passing facts to a sink, after those in its outbox.

        Raises:
            ValueError: it has not been added.
        """
        self.catch_up()
        (self._later if sink in self._later else self._at_once).remove(sink)

    def open_outbox(self, limit: int) -> Outbox:
        """Open an outbox for a reader that empties it in its own time.

        At its limit facts are dropped, and counted in the outbox and in ``facts_dropped``.
        """
        outbox = Outbox(limit, "drop")
        self._readers.append(outbox)
        return outbox

    def close_outbox(self, outbox: Outbox) -> None:
        """Stop keeping facts for a reader.

        Raises:
            ValueError: the outbox is not open.
        """
        self._readers.remove(outbox)

    def tell(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Pass on the facts that event ``seq`` caused."""
        self._meters.facts += len(facts)
        for sink in self._at_once:
            self._give(sink, seq, facts)
        for reader in self._readers:
            before = reader.dropped
            reader.put(seq, facts)
            self._meters.facts_dropped += reader.dropped - before
        if self._later and self._outbox.put(seq, facts):
            self._meters.outbox_full += 1
            self.catch_up()

    def catch_up(self) -> None:
        """Deliver the outbox."""
        if not len(self._outbox):
            return
        kept = self._outbox.take_all()
        for sink in self._later:
            for seq, facts in kept:
                self._give(sink, seq, facts)

    def _give(self, sink: FactSink, seq: int, facts: Sequence[AnyFact]) -> None:
        try:
            sink.take(seq, facts)
        except Exception:  # noqa: BLE001 - it is logged, and the loop goes on
            # A defect in a report must not stop the calls.
            self._meters.sink_errors += 1
            _log.exception("sink failed", sink=type(sink).__name__, caused_by=seq)
