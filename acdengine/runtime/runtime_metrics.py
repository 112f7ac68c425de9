"""Metrics of the daemon itself: its loop, its inbox, its journal."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.runtime.clock import clock_offset_us
from acdengine.runtime.exposition import Family, HistogramFamily
from acdengine.runtime.loop import Runtime
from acdengine.runtime.meters import DECISION_BOUNDS_NS, LAG_BOUNDS_US, Meters


def _counter(name: str, help_text: str) -> Family:
    return Family(f"acdengine_{name}", help_text, "counter")


def _gauge(name: str, help_text: str) -> Family:
    return Family(f"acdengine_{name}", help_text, "gauge")


class RuntimeMetrics:
    """The meters of a runtime, rendered."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._decision = HistogramFamily(
            "acdengine_decision_seconds", "From an event to its commands, in the engine.",
            DECISION_BOUNDS_NS, 1e-9,
        )  # fmt: skip
        self._lag = HistogramFamily(
            "acdengine_loop_lag_seconds", "By how much the loop came late to what was planned.",
            LAG_BOUNDS_US, 1e-6,
        )  # fmt: skip
        self._events = Family(
            "acdengine_events_total", "Events handled, by type.", "counter", ("type",)
        )
        self._engine = Family(
            "acdengine_engine_total",
            "Things worth knowing that the engine counts: late events, orders repeated or never "
            "confirmed.",
            "counter", ("what",),
        )  # fmt: skip
        meters = runtime.meters
        self._single: list[tuple[Family, Callable[[], float]]] = [
            (_counter("commands_total", "Commands given to adapters."), lambda: meters.commands),
            (
                _counter("late_events_total", "Events that came too late to matter."),
                lambda: runtime.state.counters.get("late_events", 0),
            ),
            (
                _counter("invalid_transitions_total", "Events that no table allows: defects."),
                lambda: meters.invalid_transitions,
            ),
            (
                _counter("engine_rebuilds_total", "Times the engine was rebuilt after a defect."),
                lambda: meters.rebuilds,
            ),
            (_gauge("inbox_depth", "Events waiting to be handled."), runtime.inbox_depth),
            (_gauge("inbox_peak", "The most there were."), lambda: meters.inbox_peak),
            (
                _counter("inbox_pauses_total", "Times the sources of events were paused."),
                lambda: meters.pauses,
            ),
            (
                _counter("inbox_arrivals_turned_away_total", "New calls that met congestion."),
                lambda: meters.arrivals_turned_away,
            ),
            (
                _counter("inbox_requests_turned_away_total", "Requests not taken: too busy."),
                lambda: meters.requests_turned_away,
            ),
            (_counter("inbox_dropped_total", "Events lost."), lambda: meters.events_dropped),
            (
                _counter("port_errors_total", "Commands lost by a defect of an adapter."),
                lambda: meters.port_errors,
            ),
            (
                _counter("clock_steps_total", "Times the system's clock was set."),
                lambda: meters.clock_steps,
            ),
        ]
        self._single += _facts(meters) + _clocks(runtime)
        if runtime.journal is not None:
            self._single += _journal(runtime)

    def render(self) -> list[str]:
        """The families, each as text."""
        meters = self._runtime.meters
        self._decision.show(meters.decision_ns)
        self._lag.show(meters.lag_us)
        for kind, count in meters.events.items():
            self._events.set(count, (kind,))
        for what, count in self._runtime.state.counters.items():
            self._engine.set(count, (what,))
        for family, value in self._single:
            family.set(value())
        text = [family.render() for family, _ in self._single]
        return [
            *text, self._decision.render(), self._lag.render(), self._events.render(),
            self._engine.render(),
        ]  # fmt: skip


def _facts(meters: Meters) -> list[tuple[Family, Callable[[], float]]]:
    return [
        (_counter("facts_total", "Facts told."), lambda: meters.facts),
        (
            _counter("sink_errors_total", "Facts lost by a defect of a sink."),
            lambda: meters.sink_errors,
        ),
        (
            _counter(
                "outbox_full_total",
                "Times the facts kept for sinks were so many that they were delivered at once.",
            ),
            lambda: meters.outbox_full,
        ),
        (
            _counter("facts_dropped_total", "Facts lost by readers that are too slow."),
            lambda: meters.facts_dropped,
        ),
    ]


def _clocks(runtime: Runtime) -> list[tuple[Family, Callable[[], float]]]:
    return [
        (_gauge("clock_seconds", "The centre's clock."), lambda: runtime.clock.now_us() / 1e6),
        (
            _gauge("clock_offset_seconds", "How far the system's clock is before the centre's."),
            lambda: clock_offset_us(runtime.clock) / 1e6,
        ),
    ]


def _journal(runtime: Runtime) -> list[tuple[Family, Callable[[], float]]]:
    journal, meters = runtime.journal, runtime.meters
    assert journal is not None
    return [
        (_counter("journal_bytes_total", "Bytes of events."), lambda: journal.bytes_written),
        (_counter("journal_events_total", "Events written."), lambda: journal.events_written),
        (_counter("journal_failures_total", "Writes that failed."), lambda: journal.failures),
        (
            _counter("journal_events_lost_total", "Events not written while it was broken."),
            lambda: journal.events_lost,
        ),
        (_gauge("journal_broken", "1 while it cannot be written."), lambda: int(journal.broken)),
        (_counter("snapshots_total", "Snapshots written."), lambda: meters.snapshots),
        (_gauge("snapshot_bytes", "Size of the last."), lambda: meters.snapshot_bytes),
        (
            _gauge("snapshot_duration_seconds", "For how long the last held up the loop."),
            lambda: meters.snapshot_ns / 1e9,
        ),
    ]
